// Suggestions while a user fills in a prompt's argument or a resource's URI. What Nexus knows is asked for as the user,
// with the scopes that the prompt or template itself needs: nobody is shown an id or a person that they can't see.
import * as z from 'zod';
import { path, type ApiPath } from '../define/api';
import type { Completer } from '../define/context';
import { upstreamText } from '../define/text';
import { plain } from './words';

/** What fits into a menu; whoever wants another one types on. */
const SUGGESTIONS = 20;
/** Longer than any name or id: nothing in Nexus matches it, so Nexus isn't asked. */
const MAX_TYPED = 200;
/** The beginning of an id (`lead_00`) or of a slug (`refund-`): letters, then a separator. */
const ID_BEGUN = /^[a-z][a-z0-9]*[_-][a-z0-9_-]*$/;

/** Suggests the values of a closed set: those that begin with what was typed, then those that contain it. */
export function oneOf(values: readonly string[]): Completer {
  return (typed) => {
    const wanted = typed.trim().toLowerCase();
    const begin = values.filter((value) => value.startsWith(wanted));
    return [...begin, ...values.filter((value) => value.includes(wanted) && !begin.includes(value))];
  };
}

/** Emails of colleagues, found by email or name. */
export const colleagues: Completer = async (typed, { api }) => {
  if (typed.length > MAX_TYPED) return [];
  const people = z.object({ items: z.array(z.object({ email: upstreamText(254) })) });
  const query = typed.trim() || undefined;
  const { items } = await api.get(path`/v1/users`, people, { query, limit: SUGGESTIONS });
  return items.map(({ email }) => email);
};

/** Ids in one of Nexus' lists, newest change first: by their beginning, or by any text the list is searched by. */
function records<Item>(list: ApiPath, item: z.ZodType<Item>, suggestion: (item: Item) => string): Completer {
  const page = z.object({ items: z.array(item) });
  return async (typed, { api }) => {
    if (typed.length > MAX_TYPED) return [];
    const query = typed.trim() || undefined;
    const found = ID_BEGUN.test(typed) && (await api.get(list, page, { starts_with: typed, limit: SUGGESTIONS }));
    if (found && found.items.length > 0) return found.items.map(suggestion);
    return (await api.get(list, page, { query, limit: SUGGESTIONS })).items.map(suggestion);
  };
}

const withId = z.object({ id: upstreamText(64) });
const named = withId.extend({ company: upstreamText(200) });

export const leadIds = records(path`/v1/leads`, withId, ({ id }) => id);
export const customerIds = records(path`/v1/customers`, withId, ({ id }) => id);
export const ticketIds = records(path`/v1/tickets`, withId, ({ id }) => id);
export const slugs = records(path`/v1/articles`, z.object({ slug: upstreamText(128) }), ({ slug }) => slug);

/** `Initech (cus_0001)`, for arguments that a person reads; {@link idOfSuggestion} takes it apart again. */
export const customerNames = records(path`/v1/customers`, named, ({ id, company }) => `${plain(company, 80)} (${id})`);

/** The id at the end of a suggestion, where no name can put another one; or the text, if it is an id. */
export function idOfSuggestion(text: string): string | undefined {
  return /(?:^|\()([a-z]+_[A-Za-z0-9_-]{1,60})\)?$/.exec(text.trim())?.[1];
}

// What types can't say about the part of a definition that people see on pages: examples, links, colours, images, nouns.
import { linkProblem, type Branding, type PageLinks } from './branding';
import type { GatewayDefinition } from './definition';
import { checkAccent } from './palette';

/** Three lines of a phone. */
const MAX_EXAMPLE = 120;
/** Each page carries the logo and the icon. */
const MAX_LOGO = 16_384;
const MAX_FAVICON = 8_192;
const MAX_NOUN = 24;

/** Base64 or percent-encoded: neither can end an attribute. Other types than these aren't shown by every browser. */
const IMAGE =
  /^data:image\/(?:svg\+xml|png|webp|jpeg|gif|x-icon|vnd\.microsoft\.icon)(?:;charset=[\w-]+)?(?:;base64)?,[\w!$&'()*+,;=:@/%.~-]+$/;

/** @throws TypeError naming the field and what is wrong with it */
export function checkPages({ examples, links = {}, branding = {} }: Partial<GatewayDefinition>): void {
  if (examples) checkExamples(examples);
  for (const [kind, value] of Object.entries(links) as [keyof PageLinks, string][]) {
    const problem = linkProblem(kind, value);
    if (problem !== undefined) throw new TypeError(`links.${kind}: ${value} ${problem}`);
  }
  if (branding.accent) checkAccent(branding.accent);
  checkImage('branding.logo', branding.logo, MAX_LOGO);
  checkImage('branding.favicon', branding.favicon, MAX_FAVICON);
  if (branding.tenant) checkNoun(branding.tenant);
}

function checkExamples(examples: readonly string[]): void {
  if (examples.length !== 3) throw new TypeError(`examples: ${examples.length}; the landing page shows three`);
  for (const example of examples)
    if (example.trim() === '' || example.length > MAX_EXAMPLE)
      throw new TypeError(`examples: "${example}" must have 1 to ${MAX_EXAMPLE} characters`);
}

function checkImage(what: string, value: string | undefined, longest: number): void {
  if (value === undefined) return;
  if (!IMAGE.test(value)) throw new TypeError(`${what} must be a data URL of an image, in base64 or percent-encoded`);
  if (value.length > longest)
    throw new TypeError(`${what} has ${value.length} characters, and may have ${longest}: each page carries it`);
}

function checkNoun(noun: NonNullable<Branding['tenant']>): void {
  for (const key of ['one', 'many'] as const)
    if (!/^\p{Ll}[\p{L} -]*$/u.test(noun[key]) || noun[key].length > MAX_NOUN)
      throw new TypeError(
        `branding.tenant.${key}: "${noun[key]}" must be a noun in lower case, 1 to ${MAX_NOUN} letters`,
      );
}

// The kinds of access on the consent page: reading before what changes data, and what was allowed before. Folded lists
// work without a script, and their checkboxes are submitted also while they are closed.
import { EMAIL, Small, Tag } from './design';
import type { Markup } from './markup';
import { plainText } from './text';

export interface ConsentScope {
  readonly name: string;
  /** Completes the sentence "It may …", as in the scope catalogue. */
  readonly description: string;
  /** Part of every sign-in: shown checked, and can't be unchecked. */
  readonly baseline: boolean;
  /** Changes data or reaches other people. */
  readonly sensitive: boolean;
  /** Its effects can't be undone: never checked beforehand. */
  readonly irreversible: boolean;
  /** Whether this person has allowed it to this client before. */
  readonly before: boolean;
}

/** @param email the person who allowed what was allowed before */
export function ScopeChoice({
  scopes,
  email,
}: {
  scopes: readonly ConsentScope[];
  email?: string | undefined;
}): Markup {
  const before = scopes.filter((scope) => scope.before);
  const choices = scopes.filter((scope) => !scope.before);
  const reading = choices.filter(({ sensitive }) => !sensitive);
  const changing = choices.filter(({ sensitive }) => sensitive);
  const isMore = before.length > 0;
  return (
    <>
      {reading.length > 0 && (
        <fieldset>
          <legend>{isMore ? 'New: it may see and read' : 'It may see and read'}</legend>
          <ScopeList scopes={reading} />
        </fieldset>
      )}
      {changing.length > 0 && (
        // Open when the client asks for nothing else: folded, it would hide what the person is asked for.
        <Changing scopes={changing} isMore={isMore} open={isMore || reading.every(({ baseline }) => baseline)} />
      )}
      {isMore && <Before scopes={before} email={email} />}
    </>
  );
}

function Changing({
  scopes,
  isMore,
  open,
}: {
  scopes: readonly ConsentScope[];
  isMore: boolean;
  open: boolean;
}): Markup {
  const ticked = scopes.filter(({ irreversible }) => !irreversible).length;
  const preset = ticked === 0 ? 'none is ticked' : ticked === scopes.length ? 'all are ticked' : `${ticked} are ticked`;
  return (
    <details class="fold changes" open={open}>
      <summary>
        <span class="fold-name">
          {isMore ? 'New: it may act for you' : 'It may act for you'} <Tag tone="caution">Can change data</Tag>
        </span>{' '}
        <span class="fold-count">
          {kinds(scopes.length)}, {preset} beforehand
        </span>
      </summary>
      <fieldset>
        <legend class="unseen">It may act for you</legend>
        <Small>Others see these as done by you. Tick what you want.</Small>
        <ScopeList scopes={scopes} />
      </fieldset>
    </details>
  );
}

function Before({ scopes, email }: { scopes: readonly ConsentScope[]; email: string | undefined }): Markup {
  const changing = scopes.filter(({ sensitive }) => sensitive).length;
  return (
    <details class="fold">
      <summary>
        <span class="fold-name">
          Allowed before{' '}
          {email !== undefined && (
            <span class="aside">
              by <bdi>{plainText(email, EMAIL)}</bdi>
            </span>
          )}
        </span>{' '}
        <span class="fold-count">
          {kinds(scopes.length)}
          {changing > 0 && `, ${changing} can change data`}
        </span>
      </summary>
      <fieldset>
        <legend class="unseen">Allowed before</legend>
        <Small>It stays allowed unless you untick it.</Small>
        <ScopeList scopes={scopes} />
      </fieldset>
    </details>
  );
}

/** A list of what is allowed, without a choice. */
export function AllowedScopes({ scopes }: { scopes: readonly ConsentScope[] }): Markup {
  const changing = scopes.filter(({ sensitive }) => sensitive).length;
  return (
    <details class="fold">
      <summary>
        <span class="fold-name">What it may do</span>{' '}
        <span class="fold-count">
          {kinds(scopes.length)}
          {changing > 0 && `, ${changing} can change data`}
        </span>
      </summary>
      <ul class="scopes">
        {scopes.map((scope) => (
          <li class="read">
            <Words {...scope} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function ScopeList({ scopes }: { scopes: readonly ConsentScope[] }): Markup {
  return (
    <ul class="scopes">
      {scopes.map((scope) => (scope.baseline ? <FixedScope {...scope} /> : <OptionalScope {...scope} />))}
    </ul>
  );
}

/** Browsers don't submit a disabled checkbox, so a hidden field has its value. */
function FixedScope(scope: ConsentScope): Markup {
  return (
    <li class="fixed">
      <label>
        <input type="checkbox" checked disabled />
        <Words {...scope} />
      </label>
      <input type="hidden" name="scope" value={scope.name} />
    </li>
  );
}

function OptionalScope(scope: ConsentScope): Markup {
  return (
    <li>
      <label>
        <input type="checkbox" name="scope" value={scope.name} checked={scope.before || !scope.irreversible} />
        <Words {...scope} />
      </label>
    </li>
  );
}

function Words({ description, baseline, irreversible }: ConsentScope): Markup {
  return (
    <span class="words">
      <span class="what">{description}</span>
      {baseline && (
        <>
          {' '}
          <Tag tone="plain">Always included</Tag>
        </>
      )}
      {irreversible && (
        <>
          {' '}
          <Tag tone="caution">Can’t be undone</Tag>
        </>
      )}
    </span>
  );
}

function kinds(count: number): string {
  return count === 1 ? '1 kind of access' : `${count} kinds of access`;
}

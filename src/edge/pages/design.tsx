// The design system: the few components that all pages are made of. A component says what a thing is. The stylesheet
// says how it looks, in light and dark. Hono's JSX escapes all text.
import type { Child, PropsWithChildren } from 'hono/jsx';
import { CautionIcon, CheckIcon } from './icons';
import type { Markup } from './markup';
import { plainText } from './text';

/** The longest email address that a mail server takes (RFC 5321 §4.5.3.1). */
export const EMAIL = 320;

/** A surface with content: the whole of a short page, or a block of a longer one. */
export function Card({
  as: Element = 'main',
  kind,
  children,
}: PropsWithChildren<{ readonly as?: 'main' | 'div'; readonly kind?: string }>): Markup {
  return <Element class={kind === undefined ? 'card' : `card ${kind}`}>{children}</Element>;
}

/** The one first-level heading of a page, with the sentence that follows it. */
export function Opening({ lead, children }: PropsWithChildren<{ readonly lead: Child }>): Markup {
  return (
    <div>
      <h1>{children}</h1>
      <p class="lead">{lead}</p>
    </div>
  );
}

export function Small({ kind, children }: PropsWithChildren<{ readonly kind?: string }>): Markup {
  return <p class={kind === undefined ? 'small' : `small ${kind}`}>{children}</p>;
}

/** The account that a page is about, for people who have several. */
export function SignedInAs({ email }: { readonly email: string }): Markup {
  return (
    <p>
      You signed in as <b>{plainText(email, EMAIL)}</b>.
    </p>
  );
}

/** A short remark about the words before it. */
export function Tag({ tone, children }: PropsWithChildren<{ readonly tone: 'good' | 'caution' | 'plain' }>): Markup {
  return (
    <span class={`tag ${tone}`}>
      {tone === 'good' && <CheckIcon />}
      {children}
    </span>
  );
}

/** Something to consider before going on. */
export function Notice({ children }: PropsWithChildren): Markup {
  return (
    <div class="notice" role="note">
      <CautionIcon />
      <div>{children}</div>
    </div>
  );
}

export function LinkButton({
  href,
  primary = false,
  children,
}: PropsWithChildren<{ readonly href: string; readonly primary?: boolean }>): Markup {
  return (
    <a class={primary ? 'button primary' : 'button'} href={href}>
      {children}
    </a>
  );
}

/** A button that submits its form. `name=value` tells which button it was. */
export function SubmitButton({
  name,
  value,
  primary = false,
  children,
}: PropsWithChildren<{ readonly name: string; readonly value: string; readonly primary?: boolean }>): Markup {
  return (
    <button class={primary ? 'button primary' : 'button'} name={name} value={value}>
      {children}
    </button>
  );
}

/** A part of a long page, named by its heading. */
export function Section({
  id,
  title,
  children,
}: PropsWithChildren<{ readonly id: string; readonly title: string }>): Markup {
  return (
    <section class="section" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

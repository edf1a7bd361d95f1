// Links to pages of the product's maker: below every page, and to support on pages that mention it.
import type { PageLinks as Links } from '../../define/branding';
import type { Markup } from './markup';

const names = [
  ['privacy', 'Privacy'],
  ['terms', 'Terms'],
  ['support', 'Support'],
  ['status', 'Service status'],
] as const satisfies readonly (readonly [keyof Links, string])[];

/** @param elsewhere whether a link opens a new tab: in the middle of a sign-in, going back would start it again */
export function PageLinks({ links, elsewhere }: { readonly links: Links; readonly elsewhere: boolean }): Markup {
  const given = names.flatMap(([kind, name]) => {
    const href = links[kind];
    return href === undefined ? [] : [{ name, href }];
  });
  if (given.length === 0) return <></>;
  return (
    <footer class="links">
      {given.map(({ name, href }) => (
        <>
          <Link href={href} elsewhere={elsewhere}>
            {name}
          </Link>{' '}
        </>
      ))}
    </footer>
  );
}

/** A link to support. An email has the reference in its subject already. */
export function ContactSupport({ at, reference }: { readonly at: string; readonly reference: string }): Markup {
  const { protocol, pathname, host, search } = new URL(at);
  const mail = protocol === 'mailto:';
  const href = mail && search === '' ? `${at}?subject=${encodeURIComponent(`Reference ${reference}`)}` : at;
  return (
    <p class="small contact">
      <Link href={href} elsewhere={!mail}>
        Contact support: {mail ? decoded(pathname) : host}
      </Link>
    </p>
  );
}

function Link({
  href,
  elsewhere,
  children,
}: {
  readonly href: string;
  readonly elsewhere: boolean;
  readonly children: string | (string | false)[];
}): Markup {
  if (!elsewhere || href.startsWith('mailto:')) return <a href={href}>{children}</a>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
      <span class="unseen"> (opens in a new tab)</span>
    </a>
  );
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

// Who asks for access, as far as it is known, and where the access goes. The most visible words are facts: the verified
// host of a metadata document, or the host that access is sent to. The name is the client's own claim, and is always
// quoted as one.
import type { PropsWithChildren } from 'hono/jsx';
import { Notice, Small, Tag } from './design';
import type { Markup } from './markup';
import { mixesAlphabets, plainText } from './text';

export interface ShownClient {
  /** Any text: the client chooses it. */
  readonly clientName: string;
  /** The host of a client id metadata document; absent for clients whose name nobody verifies. */
  readonly clientDomain?: string;
  /** The host of the redirect URI, or the whole URI when it has no meaningful host (`com.example.app:/callback`). */
  readonly redirectHost: string;
  readonly redirectIsLoopback: boolean;
  /** Whether the redirect leads to a web page, rather than to an app on this device. */
  readonly redirectIsWeb: boolean;
}

const SHOWN_NAME = 48;
const WHOLE_NAME = 400; // in the tooltip, because names may be of any length
export const HOST = 512; // DNS stops at 253; a private-use URI may be longer

/** The client in a heading, described by what is known of it. */
export function Asker({ clientDomain, redirectHost, redirectIsLoopback, redirectIsWeb }: ShownClient): Markup {
  if (clientDomain !== undefined)
    return (
      <>
        <bdi class="asker">{plainText(clientDomain, HOST)}</bdi>
        {redirectIsLoopback && ', on this computer,'}
      </>
    );
  if (redirectIsLoopback) return <>a program on this computer</>;
  if (!redirectIsWeb) return <>an app on this device</>;
  return (
    <>
      the app at <bdi>{plainText(redirectHost, HOST)}</bdi>
    </>
  );
}

/** What the client calls itself, between quotation marks. */
export function ClientName({ clientName }: Pick<ShownClient, 'clientName'>): Markup {
  const whole = plainText(clientName, WHOLE_NAME);
  if (whole === '') return <>nothing at all</>;
  return (
    <>
      “<bdi title={whole}>{plainText(whole, SHOWN_NAME)}</bdi>”
    </>
  );
}

/**
 * The way of the access: from the client that asks, over the provider that signs the person in, to where it is sent.
 */
export function Route(client: PropsWithChildren<ShownClient>): Markup {
  const { clientName, clientDomain, redirectHost, redirectIsLoopback, children } = client;
  return (
    <ol class="route">
      <Stop label="Asking">
        {clientDomain === undefined ? <UnverifiedClient {...client} /> : <VerifiedClient {...client} />}
        {mixesAlphabets(clientName) && (
          <Small>This name mixes letters of different alphabets. That can make it look like another app’s name.</Small>
        )}
      </Stop>
      {children}
      <Stop label="Then access is sent to">
        <bdi class="host">{plainText(redirectHost, HOST)}</bdi>
        {redirectIsLoopback && (
          <>
            {' '}
            <Tag tone="caution">This computer</Tag>
          </>
        )}
      </Stop>
    </ol>
  );
}

export function Stop({ label, children }: PropsWithChildren<{ readonly label: string }>): Markup {
  return (
    <li>
      <span class="step">{label}</span> {children}
    </li>
  );
}

function VerifiedClient({ clientName, clientDomain = '' }: ShownClient): Markup {
  return (
    <>
      <bdi class="host">{plainText(clientDomain, HOST)}</bdi> <Tag tone="good">Verified address</Tag>
      <Small>
        It calls itself <ClientName clientName={clientName} />.
      </Small>
    </>
  );
}

function UnverifiedClient({ clientName }: ShownClient): Markup {
  return (
    <>
      <span class="claim">
        It calls itself <ClientName clientName={clientName} />
      </span>{' '}
      <Tag tone="caution">Name not verified</Tag>
      <Small>Any app can give itself this name.</Small>
    </>
  );
}

export function LoopbackNotice({ verified }: { readonly verified: boolean }): Markup {
  return (
    <Notice>
      <p>
        <strong>Access goes to a program on this computer.</strong> Any program running here could be the one asking
        {verified && ', whatever name and address are shown above'}.
      </p>
      <p>Allow only if you have just started connecting from an app on this computer.</p>
    </Notice>
  );
}

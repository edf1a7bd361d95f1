// What people read when a sign-in or a connection fails: one entry for each stable code, in plain words for a reader
// who has never heard of OAuth. No entry names a system, a configuration or a cause that would help an attacker.
// `{tenant}` stands for the product's word for a tenant; `messageOf` fills it in.
import { defaultTenantNoun, type TenantNoun } from '../../define/branding';

interface PageMessage {
  readonly status: number;
  readonly title: string;
  /** What happened. */
  readonly message: string;
  /** What this person can do now. */
  readonly whatToDo: string;
}

const CONNECT_AGAIN = 'Go back to the app you came from and connect again.';

export const pageMessages = {
  sign_in_denied: {
    status: 403,
    title: 'You were not signed in',
    message: 'The sign-in was cancelled or refused, so nothing was connected and nothing was shared.',
    whatToDo: `If you did not mean to cancel, go back to the app you came from and connect again. If your account was refused, ask your administrator whether you may use this.`,
  },
  sign_in_wrong_domain: {
    status: 403,
    title: 'This account can’t be used here',
    message: 'You signed in with an account that doesn’t belong to your company here. It may be a personal account.',
    whatToDo: `Sign out of that account, or choose another one, and connect again with your work account. If this was your work account, ask your administrator to add its domain.`,
  },
  sign_in_email_unverified: {
    status: 403,
    title: 'Your email address isn’t verified',
    message: 'Your sign-in provider says that nobody has confirmed the email address of your account yet.',
    whatToDo: 'Confirm the address with your sign-in provider, usually by a link in an email, and then connect again.',
  },
  sign_in_expired: {
    status: 400,
    title: 'This sign-in has expired',
    message: 'It took too long, or it was already used once. Each sign-in works a single time, to keep it safe.',
    whatToDo: `${CONNECT_AGAIN} Please don’t use the browser’s back button or reload the page during the sign-in.`,
  },
  sign_in_other_browser: {
    status: 400,
    title: 'This sign-in began in another browser',
    message: 'A sign-in must end in the browser where it began. That stops others from finishing it in your place.',
    whatToDo: `${CONNECT_AGAIN} Stay in one browser window, outside private mode, and allow cookies for this site. If someone sent you this link, close the page.`,
  },
  sign_in_provider_unavailable: {
    status: 503,
    title: 'Your sign-in provider isn’t answering',
    message: 'We could not reach the service that signs you in. Your account and your data are not affected.',
    whatToDo: 'Wait a few minutes and connect again. If it keeps happening, tell your administrator.',
  },
  sign_in_not_verified: {
    status: 400,
    title: 'We couldn’t verify your sign-in',
    message: 'The answer of your sign-in provider did not pass our checks, so we did not accept it.',
    whatToDo: `${CONNECT_AGAIN} If it happens again, give your administrator the reference below.`,
  },
  unknown_user: {
    status: 403,
    title: 'You don’t have an account here',
    message: 'Your sign-in worked, but nobody has given this address access to the service that you want to connect.',
    whatToDo: `Connect again with another address if you have one. Otherwise ask your administrator to add you.`,
  },
  user_disabled: {
    status: 403,
    title: 'Your account is disabled',
    message: 'Your sign-in worked, but your account at the service that you want to connect has been switched off.',
    whatToDo: 'Ask your administrator to switch it on again, and then connect again.',
  },
  not_in_tenant: {
    status: 403,
    title: 'You don’t belong to this {tenant}',
    message: 'The address that your app connects to is for one {tenant}, and your account is not a part of it.',
    whatToDo: `Check the connector address in your app: each {tenant} has its own. Or connect again with the account that belongs to it.`,
  },
  backend_unavailable: {
    status: 503,
    title: 'We couldn’t look up your account',
    message: 'You are signed in, but the service that you want to connect isn’t answering. Nothing is lost.',
    whatToDo:
      'Wait a moment and try again. If this page stays open for more than ten minutes, connect again in your app.',
  },
  client_unknown: {
    status: 400,
    title: 'We don’t know this app',
    message: 'The app that sent you here is not registered, or its registration has been removed.',
    whatToDo: 'In the app, remove this connection and add it again. That registers the app anew.',
  },
  client_unreachable: {
    status: 503,
    title: 'We couldn’t check this app',
    message: 'An app publishes a description of itself on the web. We could not load the one of this app just now.',
    whatToDo:
      'Wait a minute and connect again. If it keeps happening, tell the maker of the app that their site turns ours away, and your administrator, who can have the app let in without it.',
  },
  client_invalid: {
    status: 400,
    title: 'This app’s description isn’t valid',
    message: 'The app publishes a description of itself that we can’t accept, so we can’t tell who is asking.',
    whatToDo: 'Update the app, or tell its maker. Until it is corrected, this app can’t be connected.',
  },
  redirect_uri_invalid: {
    status: 400,
    title: 'This app asked for an address it hasn’t registered',
    message: 'Access would have been sent to an address that the app never announced. We stopped before that.',
    whatToDo: 'Update the app and connect again. If someone sent you a link to this page, close it.',
  },
  request_invalid: {
    status: 400,
    title: 'This request isn’t complete',
    message: 'Something in the link that brought you here is missing or wrong.',
    whatToDo: `${CONNECT_AGAIN} Copied, bookmarked or edited links don’t work. If it happens again, update the app.`,
  },
  consent_denied: {
    status: 403,
    title: 'You didn’t allow access',
    message: 'Nothing was connected and nothing was shared.',
    whatToDo: 'You can close this page. If you want to tell the app that you said no, go back to it.',
  },
  consent_expired: {
    status: 400,
    title: 'This access request has expired',
    message:
      'The page was open for too long, was already answered, or was opened in another browser. Nothing was shared.',
    whatToDo: CONNECT_AGAIN,
  },
  too_many_requests: {
    status: 429,
    title: 'Too many attempts',
    message: 'There were more requests from you in a short time than we allow.',
    whatToDo: 'Wait a minute and try again.',
  },
  gateway_misconfigured: {
    status: 500,
    title: 'This service isn’t set up correctly',
    message: 'It can’t work until its operator corrects that. You did nothing wrong, and nothing was shared.',
    whatToDo: 'Give your administrator the reference below.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong on our side',
    message: 'We could not finish this. You did nothing wrong, and nothing was shared.',
    whatToDo: 'Try again in a minute. If it happens again, give your administrator the reference below.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing at this address',
    message: 'The link may be mistyped or out of date.',
    whatToDo: 'Check the address. To connect an app, use the connector address that your company gave you.',
  },
} as const satisfies Record<string, PageMessage>;

export type PageMessageCode = keyof typeof pageMessages;

/** A message of the catalogue, with the product's word for a tenant filled in. */
export function messageOf(code: PageMessageCode, { one, many }: TenantNoun = defaultTenantNoun): PageMessage {
  const fill = (text: string): string => text.replaceAll('{tenant}', one).replaceAll('{tenants}', many);
  const { status, title, message, whatToDo } = pageMessages[code];
  return { status, title: fill(title), message: fill(message), whatToDo: fill(whatToDo) };
}

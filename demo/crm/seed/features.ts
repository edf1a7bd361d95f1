// Ten things that the demo's companies offer their customers, with the facts that tickets and articles are written from.

export interface Feature {
  readonly slug: string;
  readonly name: string;
  readonly purpose: string;
  readonly steps: readonly [string, string, string];
  readonly limit: string;
  readonly owner: string;
  readonly question: string;
  readonly answer: string;
  readonly symptom: string;
  readonly cause: string;
  readonly fix: string;
}

export const features: readonly Feature[] = [
  {
    slug: 'customer-portal',
    name: 'Customer portal',
    purpose: 'gives customers one place for orders, invoices and support requests',
    steps: [
      'Open the invitation mail and choose a display name.',
      'Add colleagues under Team and give each of them a role.',
      'Set the delivery addresses that orders may be sent to.',
    ],
    limit: 'An invitation is valid for seven days, and a workspace may have up to 200 members.',
    owner: 'Customer operations',
    question: 'Can two companies share one workspace?',
    answer: 'No. Each legal entity has its own workspace; a person may be a member of several and switch between them.',
    symptom: 'Portal shows an empty order list',
    cause: 'the member was invited to a sister company and is looking at its workspace',
    fix: 'Switch the workspace in the top left corner. If it is missing, ask an administrator for an invitation.',
  },
  {
    slug: 'invoices',
    name: 'Invoices',
    purpose: 'sends one collected invoice a month and keeps every earlier one for download',
    steps: [
      'Check the billing address and tax number under Billing.',
      'Choose between PDF by mail and electronic invoices.',
      'Name a second recipient, so that holidays do not delay payment.',
    ],
    limit: 'Invoices are due after 30 days. Changes to a tax number apply from the next invoice.',
    owner: 'Finance',
    question: 'How do I get a corrected invoice?',
    answer:
      'Open the invoice, choose Request correction, and say what is wrong. The corrected one replaces it within two working days.',
    symptom: 'Invoice total differs from the order confirmation',
    cause: 'freight was added after the goods had left the warehouse',
    fix: 'Compare the freight line with the delivery note. If it is not on the note, request a correction.',
  },
  {
    slug: 'single-sign-on',
    name: 'Single sign-on',
    purpose: 'lets employees sign in with the account they already have at work',
    steps: [
      'Register our service with your identity provider.',
      'Enter issuer, client id and secret under Security.',
      'Test with one person before you make it mandatory.',
    ],
    limit: 'Once it is mandatory, passwords stop working for everybody except one emergency administrator.',
    owner: 'Security',
    question: 'What happens when somebody leaves our company?',
    answer:
      'As soon as your identity provider disables them, they cannot sign in any more; sessions that are open end within the hour.',
    symptom: 'Sign-in loops back to the start page',
    cause: 'the redirect address at the identity provider lacks the trailing path',
    fix: 'Copy the redirect address from the Security page character by character and save it at the identity provider.',
  },
  {
    slug: 'api-keys',
    name: 'API keys',
    purpose: 'connects your own systems to our platform without a person signing in',
    steps: [
      'Create a key under Developers and name the system that will use it.',
      'Give it only the permissions which that system needs.',
      'Store it in your secret manager; it is shown once.',
    ],
    limit: 'A key expires after one year at the latest, and allows 600 requests a minute.',
    owner: 'Developer relations',
    question: 'What do I do when a key has leaked?',
    answer: 'Revoke it at once under Developers, which takes effect within seconds, then create a new one and tell us.',
    symptom: 'API answers 403 for a key that worked yesterday',
    cause: 'the permissions of the person who created the key were reduced',
    fix: 'Have an administrator create a new key, and replace the old one in your system.',
  },
  {
    slug: 'data-export',
    name: 'Data export',
    purpose: 'hands you everything you keep with us, in files that other programs read',
    steps: [
      'Choose what to export and the period.',
      'Pick CSV for spreadsheets or JSON for programs.',
      'Wait for the mail with the download link.',
    ],
    limit: 'A link works for 48 hours. Exports of more than two million rows are split into parts.',
    owner: 'Data platform',
    question: 'Are deleted records part of an export?',
    answer: 'Records that were deleted less than 30 days ago are, and marked as such. After that they no longer exist.',
    symptom: 'Export stays at "preparing" for hours',
    cause: 'another export of the same workspace is running, and they run one by one',
    fix: 'Look under Exports for one that is still running. Cancel it if nobody needs it.',
  },
  {
    slug: 'webhooks',
    name: 'Webhooks',
    purpose: 'tells your systems at once when an order, a delivery or a ticket changes',
    steps: [
      'Enter the address that we should call.',
      'Choose the events you need.',
      'Verify the signature of each call with the secret shown.',
    ],
    limit: 'We call up to eight times over 24 hours and then pause the webhook.',
    owner: 'Developer relations',
    question: 'Do webhooks arrive in order?',
    answer: 'Usually, but do not rely on it. Every call carries a sequence number for the record it is about.',
    symptom: 'Webhook was paused without notice',
    cause: 'your server answered with a redirect, which counts as a failure',
    fix: 'Enter the final address instead of the one that redirects, then choose Resume.',
  },
  {
    slug: 'delivery-tracking',
    name: 'Delivery tracking',
    purpose: 'shows where a shipment is and when it will arrive',
    steps: [
      'Open the order and choose Track.',
      'Share the link with the person who receives the goods.',
      'Turn on messages for delays of more than two hours.',
    ],
    limit: 'Positions are updated every 15 minutes while a shipment is on the road.',
    owner: 'Logistics',
    question: 'Can I change the address after dispatch?',
    answer:
      'Within the same city and until the evening before delivery, yes. Otherwise the carrier has to return the shipment.',
    symptom: 'Tracking shows no movement for a day',
    cause: 'the shipment is waiting for customs papers',
    fix: 'Open the shipment and look for requested documents. Upload the commercial invoice if it is listed.',
  },
  {
    slug: 'returns',
    name: 'Returns',
    purpose: 'takes goods back that are damaged, wrong or no longer needed',
    steps: [
      'Open the order and mark what you want to return.',
      'Say why, and add photographs if something is damaged.',
      'Print the label and hand the parcel to the carrier.',
    ],
    limit: 'Unused goods can be returned for 30 days, damaged ones for as long as the warranty runs.',
    owner: 'Customer operations',
    question: 'When do I get the credit note?',
    answer: 'Two working days after the goods have been checked, which takes at most a week from their arrival.',
    symptom: 'Return label cannot be printed',
    cause: 'the order is older than the return period, so the return waits for approval',
    fix: 'Wait for the approval, normally one working day. The label then arrives by mail.',
  },
  {
    slug: 'mobile-app',
    name: 'Mobile app',
    purpose: 'brings orders, approvals and service visits to the phone, also without a network',
    steps: [
      'Install the app from your company store.',
      'Sign in and allow notifications.',
      'Open the sites you visit once, so that they are available offline.',
    ],
    limit: 'Offline data is kept for 14 days and wiped when somebody signs out.',
    owner: 'Field services',
    question: 'Which devices are supported?',
    answer:
      'The two most recent major versions of both mobile systems. Rugged scanners work if their system is recent enough.',
    symptom: 'Mobile app does not send photographs',
    cause: 'the device saves power and stops the app in the background',
    fix: 'Exclude the app from battery saving, open it, and wait until the upload mark disappears.',
  },
  {
    slug: 'service-reports',
    name: 'Service reports',
    purpose: 'documents each maintenance visit with readings, parts and a signature',
    steps: [
      'Choose the equipment on site by its code.',
      'Enter readings and the parts that were replaced.',
      'Have the customer sign on the screen.',
    ],
    limit: 'A signed report cannot be changed; corrections are added below it.',
    owner: 'Field services',
    question: 'How long are reports kept?',
    answer: 'Ten years, or longer where a contract or the law of your country says so.',
    symptom: 'Signed service report is missing from the portal',
    cause: "it is still on the technician's device, waiting for a network",
    fix: 'Ask the technician to open the app with a connection. The report appears within a minute.',
  },
];

/** A name or symptom as it reads in the middle of a sentence: "API keys" keeps its capitals. */
export const inSentence = (text: string): string =>
  text.startsWith('API') ? text : text.charAt(0).toLowerCase() + text.slice(1);

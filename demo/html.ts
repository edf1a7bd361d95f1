// Reads forms and text out of HTML, as far as a scripted browser needs it: pages of servers that we start ourselves.

export interface Form {
  /** As written; relative to the page. Empty: the page's own address. */
  readonly action: string;
  readonly method: string;
  /** What a browser sends without anybody touching the form: hidden, filled and checked inputs. */
  readonly fields: readonly (readonly [string, string])[];
  /** Checkboxes that may be ticked, whether they are or not. */
  readonly boxes: readonly (readonly [string, string])[];
  readonly buttons: readonly { readonly name: string; readonly value: string }[];
}

export function formsOf(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, opening = '', inner = '']) => {
    const attributes = attributesOf(opening);
    return {
      action: attributes['action'] ?? '',
      method: (attributes['method'] ?? 'get').toUpperCase(),
      fields: tags(inner, 'input').filter(isSent).map(nameAndValue),
      boxes: tags(inner, 'input')
        .filter((input) => input['type'] === 'checkbox' && input['disabled'] === undefined)
        .map(nameAndValue),
      buttons: [...tags(inner, 'button'), ...tags(inner, 'input').filter((input) => input['type'] === 'submit')].map(
        ({ name = '', value = '' }) => ({ name, value }),
      ),
    };
  });
}

/** The words of a page, as a person would read them. */
export function textOf(html: string): string {
  const visible = html.replace(/<(head|style|script|template)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<!--[\s\S]*?-->/g, ' ');
  return decode(visible.replace(/<[^>]+>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

type Attributes = Record<string, string>;

const tags = (html: string, name: string): Attributes[] =>
  [...html.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'gi'))].map(([, inner = '']) => attributesOf(inner));

function isSent(input: Attributes): boolean {
  if (input['name'] === undefined || input['disabled'] !== undefined) return false;
  const type = input['type'] ?? 'text';
  if (type === 'checkbox' || type === 'radio') return input['checked'] !== undefined;
  return type !== 'submit' && type !== 'button' && type !== 'reset';
}

const nameAndValue = (input: Attributes): [string, string] => [
  input['name'] ?? '',
  input['value'] ?? (input['type'] === 'checkbox' ? 'on' : ''),
];

function attributesOf(source: string): Attributes {
  const found = source.matchAll(/([^\s"'=<>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g);
  return Object.fromEntries(
    [...found].map(([, name = '', double, single, bare]) => [
      name.toLowerCase(),
      decode(double ?? single ?? bare ?? ''),
    ]),
  );
}

function decode(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (entity, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return named[name.toLowerCase()] ?? entity;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

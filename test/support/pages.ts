// What a person sees: which page of the catalogue an answer is, and the links on it.
import { expect } from 'vitest';
import { messageOf, type PageMessageCode } from '../../src/edge/pages/messages';

/** Asserts that an answer is a page of the catalogue, with its status and its words. @returns the page */
export async function expectPage(answer: Response, code: PageMessageCode): Promise<string> {
  const page = await answer.text();
  const { status, title, message, whatToDo } = messageOf(code);
  expect({ status: answer.status, title: /<h1>(.*?)<\/h1>/.exec(page)?.[1] }).toEqual({ status, title });
  expect(page).toContain(message);
  expect(page).toContain(whatToDo);
  expect(answer.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
  expect(answer.headers.get('Cache-Control')).toBe('no-store');
  expect(page).toContain(answer.headers.get('X-Request-Id'));
  return page;
}

/** The link back to the client on an error page. */
export function wayBack(page: string): URL {
  const href = /<a class="button primary" href="([^"]+)"/.exec(page)?.[1];
  if (href === undefined) throw new Error('the page has no link back');
  return new URL(href.replaceAll('&amp;', '&'));
}

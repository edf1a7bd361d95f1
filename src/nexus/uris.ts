// The addresses of records as resources. Templates, embedded records, links and change notices take them from here, so
// that a client which was given one can read it again and recognise it when it changes.
import type { Changed, ContentBlock, ResourceBody } from '../define/content';

export const uriTemplates = {
  lead: 'nexus://leads/{id}',
  customer: 'nexus://customers/{id}',
  ticket: 'nexus://tickets/{id}',
  article: 'nexus://knowledge/{slug}',
} as const;

export type RecordKind = keyof typeof uriTemplates;

/**
 * Records are attached as Markdown and as nothing else. What is attached goes into the conversation as it is: there the
 * escaped form that marks quotes as data is worth more than a second, raw one at twice the length. A program that wants
 * fields calls get_*, whose structured content has them.
 */
export const RECORD_TYPE = 'text/markdown';

export function uriOf(kind: RecordKind, id: string): string {
  return uriTemplates[kind].replace(/\{\w+\}/, () => encodeURIComponent(id));
}

export function recordBody(kind: RecordKind, id: string, markdown: string): ResourceBody {
  return { uri: uriOf(kind, id), mimeType: RECORD_TYPE, text: markdown };
}

/** A record to look at on demand; `title` is upstream text that was made visible. */
export function linkTo(kind: RecordKind, id: string, title: string): ContentBlock {
  return { type: 'resource_link', uri: uriOf(kind, id), name: id, title, mimeType: RECORD_TYPE };
}

/** What a tool reports that changed one record. */
export function changedRecord(kind: RecordKind, id: string): readonly Changed[] {
  return [{ kind: 'resource', uri: uriOf(kind, id) }];
}

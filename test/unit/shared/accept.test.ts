// The media ranges of RFC 9110 §12.5.1, with its own examples among them.
import { expect, test } from 'vitest';
import { accepts, EVENT_STREAM_TYPE, JSON_TYPE } from '../../../src/shared/accept';

test.each([
  [null, true, true],
  ['', true, true],
  ['*/*', true, true],
  ['*', true, true],
  ['application/json, text/event-stream', true, true],
  ['APPLICATION/JSON, Text/Event-Stream', true, true],
  ['application/json', true, false],
  ['text/event-stream', false, true],
  ['application/*', true, false],
  ['text/*;q=0.3, */*;q=0', false, true],
  ['text/html', false, false],
  ['text/html, application/xhtml+xml, */*;q=0.8', true, true],
  ['text/html, image/gif, *; q=.2, */*; q=.2', true, true],
  ['*/*;q=0', false, false],
  ['application/json;q=0', false, false],
  ['application/json;Q=0.000, */*', false, true],
  ['*/*, application/json; q = 0', false, true],
  ['*/*;q=0, application/json', true, false],
  ['application/json;charset=utf-8;q=0.1', true, false],
  ['application/json;q=high', true, false],
  ['application/jsonp, x-application/json', false, false],
  ['application/vnd.api+json', false, false],
  [',,application/json,', true, false],
  ['nonsense', false, false],
])('%j: JSON %s, event streams %s', (accept, json, stream) => {
  expect([accepts(accept, JSON_TYPE), accepts(accept, EVENT_STREAM_TYPE)]).toEqual([json, stream]);
});

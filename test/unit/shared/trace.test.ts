// W3C Trace Context: a good traceparent is continued, anything else starts a new trace.
import { expect, test } from 'vitest';
import { continueTrace, traceparent } from '../../../src/shared/trace';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parent = 'b7ad6b7169203331';

test('continues a trace under a span of its own', () => {
  const trace = continueTrace(`00-${traceId}-${parent}-01`);
  expect(trace).toMatchObject({ traceId, flags: '01' });
  expect(trace.spanId).toMatch(/^[0-9a-f]{16}$/);
  expect(trace.spanId).not.toBe(parent);
  expect(traceparent(trace)).toBe(`00-${traceId}-${trace.spanId}-01`);
});

test('lets white space around it pass', () => {
  expect(continueTrace(`  00-${traceId}-${parent}-00\t`).traceId).toBe(traceId);
});

test.each([
  null,
  '',
  'garbage',
  `00-${traceId}-${parent}`,
  `00-${traceId}-${parent}-01-more`,
  `00-${traceId.toUpperCase()}-${parent}-01`,
  `00-${'0'.repeat(32)}-${parent}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId}a-${parent}-01`,
  `00-${traceId}-${parent}-0`,
  `ff-${traceId}-${parent}-01`,
  `00-${traceId}-${parent}-01\r\nX-Injected: 1`,
  `00-${'g'.repeat(32)}-${parent}-01`,
])('starts a new trace for %j', (header) => {
  const trace = continueTrace(header);
  expect(trace.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(trace.traceId).not.toBe(traceId);
  expect(trace.flags).toBe('00');
  expect(traceparent(trace)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

test('gives each request a span of its own', () => {
  const spans = Array.from({ length: 100 }, () => continueTrace(`00-${traceId}-${parent}-01`).spanId);
  expect(new Set(spans).size).toBe(100);
});

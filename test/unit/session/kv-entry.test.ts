// One entry of an object's storage, read once: what memory says is what storage holds, after every way to change it.
import { beforeEach, expect, test, vi } from 'vitest';
import { KvEntry } from '../../../src/session/kv-entry';
import { FakeKv } from './fakes';

let kv: FakeKv;
let entry: KvEntry<string>;
beforeEach(() => {
  kv = new FakeKv();
  entry = new KvEntry(kv, 'key');
});

/** What a new object finds: memory is gone, storage is not. */
const evicted = () => new KvEntry<string>(kv, 'key').get();

test('is read from storage once, whether it is there or not', () => {
  const read = vi.spyOn(kv, 'get');
  expect([entry.get(), entry.get(), entry.get()]).toEqual([undefined, undefined, undefined]);
  expect(read).toHaveBeenCalledTimes(1);
  entry.put('value');
  expect([entry.get(), evicted()]).toEqual(['value', 'value']);
  expect(read).toHaveBeenCalledTimes(2);
});

test('is what was written last', () => {
  entry.put('first');
  entry.put('second');
  expect([entry.get(), evicted()]).toEqual(['second', 'second']);
  entry.delete();
  expect([entry.get(), evicted()]).toEqual([undefined, undefined]);
});

test('stays what it was when it could not be written', () => {
  entry.put('first');
  vi.spyOn(kv, 'put').mockImplementation(() => {
    throw new Error('too large');
  });
  expect(() => entry.put('second')).toThrow('too large');
  expect([entry.get(), evicted()]).toEqual(['first', 'first']);
});

test('is gone at once when storage is about to be emptied', () => {
  entry.put('value');
  entry.emptied();
  // Whoever asks before storage is empty doesn't bring it back.
  expect(entry.get()).toBeUndefined();
  kv.delete('key');
  expect(entry.get()).toBeUndefined();
  entry.put('again');
  expect(entry.get()).toBe('again');
});

// Where a run keeps its files. In memory where that is possible: what Durable Objects store is on no machine's disk in
// production either, and how fast this one's is says nothing about a Worker.
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';

const IN_MEMORY = '/dev/shm';

export const scratch = usable(IN_MEMORY) ? IN_MEMORY : tmpdir();

function usable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

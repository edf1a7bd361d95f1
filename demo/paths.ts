// Where things are, whatever directory a command is started from.
import { fileURLToPath } from 'node:url';

export const inRepository = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url).href);

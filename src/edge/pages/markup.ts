import type { JSX } from 'hono/jsx/jsx-runtime';

/** What a component returns. Our pages contain no promise, so at run time it is never one. */
export type Markup = JSX.Element;

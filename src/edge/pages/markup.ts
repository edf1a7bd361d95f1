// What a component returns. Pages put no promise into a component, so it is never a promise at run time.
import type { JSX } from 'hono/jsx/jsx-runtime';

export type Markup = JSX.Element;

// Small line icons, drawn inline and coloured by their context. They repeat what the words beside them say.
import { html } from 'hono/html';

export const checkIcon = html`<svg
  class="icon"
  width="16"
  height="16"
  viewBox="0 0 24 24"
  aria-hidden="true"
  focusable="false"
>
  <path d="m5 12.5 4.5 4.5L19 7.5" />
</svg>`;

export const cautionIcon = html`<svg
  class="icon"
  width="16"
  height="16"
  viewBox="0 0 24 24"
  aria-hidden="true"
  focusable="false"
>
  <path d="M12 4 2.8 20h18.4z M12 10v4.5 M12 17.2v.1" />
</svg>`;

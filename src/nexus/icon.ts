// The product's icon, inline: clients show it beside the name, and nobody has to serve a file for it.
import type { Icon } from '../define/content';

// Readable on light and on dark: three records, connected.
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#3b5bdb"/>' +
  '<path d="M10 22V10l12 12V10" fill="none" stroke="#fff" stroke-width="2.5" stroke-linejoin="round"/>' +
  '<g fill="#fff"><circle cx="10" cy="10" r="3"/><circle cx="22" cy="10" r="3"/><circle cx="10" cy="22" r="3"/>' +
  '<circle cx="22" cy="22" r="3"/></g></svg>';

export const nexusIcon: Icon = {
  src: `data:image/svg+xml;base64,${btoa(svg)}`,
  mimeType: 'image/svg+xml',
  sizes: ['any'],
};

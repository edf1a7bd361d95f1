// Small line drawings, inline, in the colour of the text around them. They repeat the words beside them, so screen
// readers skip them.
import type { Accent } from '../../define/palette';
import type { Markup } from './markup';

export function CheckIcon(): Markup {
  return <Icon path="m5 12.5 4.5 4.5L19 7.5" />;
}

export function CautionIcon(): Markup {
  return <Icon path="M12 4 2.8 20h18.4z M12 10v4.5 M12 17.2v.1" />;
}

/** The gateway's mark: a door with a keyhole. */
export function BrandMark(): Markup {
  return (
    <svg class="mark" width="28" height="28" viewBox="0 0 28 28" aria-hidden="true" focusable="false">
      <rect class="tile" width="28" height="28" rx="8" />
      <path class="arch" d="M8.5 20.5v-6a5.5 5.5 0 0 1 11 0v6" />
      <circle class="key" cx="14" cy="16" r="2" />
    </svg>
  );
}

/** The mark as a data URL, for the tab of the browser. */
export function markOf({ accent, onAccent }: Pick<Accent, 'accent' | 'onAccent'>): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28"><rect width="28" height="28" rx="8" fill="${accent}"/><path d="M8.5 20.5v-6a5.5 5.5 0 0 1 11 0v6" fill="none" stroke="${onAccent}" stroke-width="2.5" stroke-linecap="round"/><circle cx="14" cy="16" r="2" fill="${onAccent}"/></svg>`;
  return `data:image/svg+xml;base64,${btoa(svg)}`;
}

function Icon({ path }: { readonly path: string }): Markup {
  return (
    <svg class="icon" width="16" height="16" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={path} />
    </svg>
  );
}

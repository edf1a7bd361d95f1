// The gateway's one browser script: the landing page's Copy button. A file of its own, because no page may run inline
// script, and a string, because it is written for a browser and served to the byte. Without it the button stays hidden.

export const COPY_SCRIPT_PATH = '/landing.js';

export const copyScript = `
const button = document.getElementById('copy');
const address = document.getElementById('address');
const announcement = document.getElementById('announcement');
let calmDown;

function say(label, words) {
  clearTimeout(calmDown);
  button.textContent = label;
  announcement.textContent = words;
  calmDown = setTimeout(() => {
    button.textContent = 'Copy';
    announcement.textContent = '';
  }, 2000);
}

button.addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(address.textContent);
    say('Copied', 'Connector address copied.');
  } catch {
    // No permission, or no clipboard outside HTTPS: one key press is left to do.
    getSelection().selectAllChildren(address);
    say('Selected', 'Connector address selected. Press Control C or Command C to copy it.');
  }
});
button.hidden = false;
`;

/** Not stored: it changes together with the page, which is not stored either. */
export function copyScriptResponse(): Response {
  return new Response(copyScript, {
    headers: {
      'Content-Type': 'text/javascript; charset=utf-8',
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    },
  });
}

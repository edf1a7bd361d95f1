// The gateway's one browser script: the landing page's Copy buttons. A file of its own, because no page may run inline
// script, and a string, because it is written for a browser and served to the byte. Without it the buttons stay hidden.

export const COPY_SCRIPT_PATH = '/landing.js';

export const copyScript = `
const announcement = document.getElementById('announcement');

for (const button of document.querySelectorAll('button[data-copies]')) {
  const source = document.getElementById(button.dataset.copies);
  const [label, what] = button.children;
  const subject = what.textContent.trim();
  let calmDown;

  const say = (word, rest) => {
    clearTimeout(calmDown);
    label.textContent = word;
    announcement.textContent = subject[0].toUpperCase() + subject.slice(1) + rest;
    calmDown = setTimeout(() => {
      label.textContent = 'Copy';
      announcement.textContent = '';
    }, 2000);
  };

  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      say('Copied', ' copied.');
    } catch {
      // No permission, or no clipboard outside HTTPS: one key press is left to do.
      getSelection().selectAllChildren(source);
      say('Selected', ' selected. Press Control C or Command C to copy it.');
    }
  });
  button.hidden = false;
}
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

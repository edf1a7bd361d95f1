// The gateway's one browser script: the Copy buttons of the landing page. It is a file of its own because no page may
// run inline script, and a string because it is written for a browser and served unchanged. Without it the buttons stay
// hidden.

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
      // No permission, or no clipboard without HTTPS: the text is selected, and one key press copies it.
      getSelection().selectAllChildren(source);
      say('Selected', ' selected. Press Control C or Command C to copy it.');
    }
  });
  button.hidden = false;
}
`;

/** Browsers must not store it: it changes together with the page, which isn't stored either. */
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

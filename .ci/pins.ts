// Warns when a shipped pin of a client was last compared with the client's document so long ago that it needs another
// look before the next release. It never fails: a pin that has ended only stops standing in for a document.
import { PIN_DAYS, pinEnds, PINNED_CLIENTS } from '../src/oauth/clients/pinned-clients.ts';

/** A release and its rollout fit into what is left then. */
const WARN_DAYS = 60;

const now = Date.now();
for (const pin of PINNED_CLIENTS) {
  const left = Math.floor((pinEnds(pin) - now) / 86_400_000);
  if (left >= WARN_DAYS) continue;
  const ends = left < 0 ? 'has ended' : `ends in ${left} days`;
  console.warn(
    `WARNING: the pin of ${pin.clientName}, checked on ${pin.checkedOn}, ${ends} (${PIN_DAYS} days in all). ` +
      `Compare it with ${pin.clientId} and set the date in src/oauth/clients/pinned-clients.ts.`,
  );
}

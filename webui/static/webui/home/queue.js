/* Asks about the pictures that wait, two at a time, in their order.
 *
 *   waiting -> made smaller -> asked through the API -> answered | failed
 *   three in a row do not reach the server -> those that wait fail as well, at once
 *   nothing waits any more -> finished(those that were asked about)
 */

import { inMemory } from "../in_memory.js";
import { change, nameOf } from "./item.js";
import { canDraw, isAnimated } from "./picture.js";
import { ask } from "./request.js";
import { smallerCopy } from "./resize.js";

const MOST_AT_ONCE = 2;
const GONE_AFTER = 3;

/** A queue over `items()`. `mayGo()` resolves to a code where nothing may be sent; `sendsOriginals()` says of files
 * whether they are sent as they are; `changed` is called after each, with what was found, and `finished` after the last. */
export function makeQueue({ items, mayGo, sendsOriginals, changed, finished }) {
  let asking = 0;
  let missed = 0;
  let run = new Set();

  function work() {
    while (asking < MOST_AT_ONCE) {
      const item = items().find(({ state }) => state === "waiting");
      if (!item) break;
      asking += 1;
      run.add(item);
      answer(item).finally(() => {
        asking -= 1;
        work();
      });
    }
    if (asking > 0 || run.size === 0) return;
    const asked = [...run].filter((item) => items().includes(item));
    run = new Set();
    finished(asked);
  }

  async function answer(item) {
    const abort = new AbortController();
    item.abort = abort;
    change(item, "looking");
    const code = await mayGo();
    const found = code ? { code } : await sent(item, abort.signal);
    if (abort.signal.aborted) return;
    if (found.prediction) change(item, "answered", { found, id: found.prediction.id });
    else change(item, "failed", found);
    missed = found.code === "unreachable" ? missed + 1 : 0;
    if (isHopeless(found.code)) giveUp(found.code);
    changed(item);
  }

  async function sent(item, signal) {
    const file = await inMemory(item.file);
    if (!file) return { code: "unread" };
    [item.sent, item.isDrawn, item.isAnimated] = await Promise.all([
      sendsOriginals() ? file : smallerCopy(file),
      item.isDrawn ?? canDraw(item.url),
      item.isAnimated ?? isAnimated(file),
    ]);
    return ask(item.sent, nameOf(item), {
      query: item.isDrawn ? "" : "?thumbnail=true",
      signal,
      onBusy: (seconds) => change(item, "looking", { seconds }),
    });
  }

  function isHopeless(code) {
    if (code === "unreachable") return missed >= GONE_AFTER || !navigator.onLine;
    return code === "unauthenticated" || code === "changed_account";
  }

  function giveUp(code) {
    for (const item of items().filter(({ state }) => state === "waiting")) {
      run.add(item);
      change(item, "failed", { code });
    }
  }

  return { work };
}

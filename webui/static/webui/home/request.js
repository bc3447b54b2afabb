/* Asks the API about one picture; where the server is busy, waits as long as it says and asks again. */

import { data } from "./messages.js";

const MOST_RETRIES = 3;
const DEFAULT_WAIT_S = 5;
const LONGEST_WAIT_S = 60;
const BUSY = new Set([429, 503]);

/** Resolves to {prediction, model, ms}, {code, reason, waitS} or {aborted}; never rejects.
 *
 * picture: a Blob. filename: how to call it. query: such as "?top_k=1". signal: of an AbortController.
 * mostRetries: how often to ask again where the server is busy. onBusy(seconds): called before each wait.
 */
export async function ask(picture, filename, { query = "", signal, mostRetries = MOST_RETRIES, onBusy = () => {} } = {}) {
  if (picture.size > data.maxBytes) return { code: "image_too_large" };
  for (let retries = 0; ; retries += 1) {
    const answer = await askOnce(picture, filename, query, signal);
    if (!answer.waitS || retries === mostRetries) return answer;
    onBusy(answer.waitS);
    await pause(answer.waitS, signal);
  }
}

async function askOnce(picture, filename, query, signal) {
  const form = new FormData();
  form.append(data.field, picture, filename);
  try {
    const response = await fetch(data.classifyUrl + query, { method: "POST", body: form, signal });
    const body = await response.json().catch((error) => {
      if (error instanceof SyntaxError) return {}; // A proxy's page.
      throw error;
    });
    if (!response.ok) return { code: body.code ?? "internal_error", reason: body.reason, waitS: waitOf(response, body) };
    return { prediction: body.predictions[0], model: body.model, ms: milliseconds(response) };
  } catch {
    return signal?.aborted ? { aborted: true } : { code: "unreachable" };
  }
}

/** In how many seconds to ask again; null where that is of no use. */
function waitOf(response, body) {
  const stated = response.headers.get("Retry-After");
  if (!BUSY.has(response.status) || stated === null || body.code === "model_unavailable") return null;
  const seconds = /^\d+$/.test(stated) ? Math.max(1, Number(stated)) : DEFAULT_WAIT_S;
  return seconds <= LONGEST_WAIT_S ? seconds : null;
}

function pause(seconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal?.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

function milliseconds(response) {
  const match = /total;dur=([\d.]+)/.exec(response.headers.get("Server-Timing") ?? "");
  return match ? Math.max(1, Math.round(match[1])) : null;
}

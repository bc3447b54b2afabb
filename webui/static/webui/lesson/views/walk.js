/* A button that goes on by itself until it is pressed again; who wants no motion gets one step for each press. */

import { messages } from "./page.js";

const STEP_MS = 260;

export function walk(button, { next }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let timer = null;

  function stop() {
    clearInterval(timer);
    timer = null;
    button.setAttribute("aria-pressed", "false");
    button.textContent = calm.matches ? messages.next : messages.walk;
  }

  button.addEventListener("click", () => {
    next();
    if (timer !== null) stop();
    else if (!calm.matches) {
      timer = setInterval(next, STEP_MS);
      button.setAttribute("aria-pressed", "true");
      button.textContent = messages.halt;
    }
  });
  document.addEventListener("visibilitychange", () => timer !== null && stop());
  stop();
}

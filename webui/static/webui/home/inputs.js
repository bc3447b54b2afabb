/* How pictures come onto the page: chosen, photographed, dropped, pasted, or one of the samples. */

import { announce, element, errorSentence } from "./messages.js";

const niche = element("upload");

/** Calls `add` with the files of every way in. */
export function listen(add) {
  listenToFields(add);
  listenToDrops(add);
  listenToPastes(add);
  listenToSamples(add);
}

function listenToFields(add) {
  for (const input of niche.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      add(input.files);
      input.value = "";
    });
  }
  niche.addEventListener("submit", (event) => event.preventDefault()); // Enter in a checkbox.
}

function listenToDrops(add) {
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    niche.classList.add("niche-over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) niche.classList.remove("niche-over");
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    niche.classList.remove("niche-over");
    add(event.dataTransfer.files);
  });
}

function listenToPastes(add) {
  document.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    add(event.clipboardData.files);
  });
}

function listenToSamples(add) {
  for (const button of document.querySelectorAll(".sample")) {
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      try {
        const response = await fetch(button.querySelector("img").src);
        const picture = await response.blob();
        add([new File([picture], button.value, { type: picture.type })]);
        element("results").focus(); // The samples are gone now.
      } catch {
        announce(errorSentence("unreachable"));
      }
    });
  }
}

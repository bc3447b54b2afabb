/* How pictures come onto the page: chosen, photographed, dropped, pasted, or one of the samples. */

import { announce, element, errorSentence } from "./messages.js";

const niche = element("upload");
const WRITTEN_IN = "input:not([type=checkbox], [type=file]), textarea";
const ADDRESS = /^https?:\/\/\S+$/i;

/** Calls `add` with the files of every way in. */
export function listen(add) {
  listenToFields(add);
  listenToDrops(add);
  listenToPastes(add);
  listenToSamples(add);
}

function listenToFields(add) {
  for (const input of niche.querySelectorAll("input[type=file]")) {
    const take = () => {
      add(input.files);
      input.value = "";
    };
    input.addEventListener("change", take);
    if (input.files.length) take(); // Chosen before the script came.
  }
  niche.addEventListener("submit", (event) => event.preventDefault()); // Enter in a checkbox.
}

/** Files are taken; so is an address, lest the browser leave the page for it. */
function listenToDrops(add) {
  const carries = (event, type) => event.dataTransfer?.types.includes(type);
  document.addEventListener("dragover", (event) => {
    if (!carries(event, "Files") && !carries(event, "text/uri-list")) return;
    event.preventDefault();
    niche.classList.toggle("niche-over", carries(event, "Files"));
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) niche.classList.remove("niche-over");
  });
  document.addEventListener("drop", (event) => {
    niche.classList.remove("niche-over");
    take(event, event.dataTransfer, add);
  });
}

function listenToPastes(add) {
  document.addEventListener("paste", (event) => take(event, event.clipboardData, add));
}

/** Takes files over from a drop or a paste; of an address, says why its picture is not fetched. Text that comes where
 * somebody writes is theirs, also with the picture of it that spreadsheets and word processors put beside it. */
function take(event, transfer, add) {
  const text = transfer?.getData("text/uri-list") || transfer?.getData("text/plain") || "";
  if (text && event.target.closest?.(WRITTEN_IN)) return;
  if (!transfer?.files.length && !ADDRESS.test(text.trim())) return;
  event.preventDefault();
  if (transfer.files.length) add(transfer.files);
  else sayNoAddress();
}

function sayNoAddress() {
  element("no-address").hidden = false;
  element("no-address").scrollIntoView({ block: "nearest" });
  announce(element("no-address").textContent);
}

function listenToSamples(add) {
  for (const button of document.querySelectorAll(".sample")) {
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      try {
        const response = await fetch(button.querySelector("img").src);
        if (!response.ok) throw new Error(response.statusText);
        const picture = await response.blob();
        add([new File([picture], button.value, { type: picture.type })]);
        element("results").focus(); // The samples are gone now.
      } catch {
        announce(errorSentence("unreachable"));
      }
    });
  }
}

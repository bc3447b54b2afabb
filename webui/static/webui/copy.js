/* Buttons that copy the text of a field or of an example: data-copy names it, data-copied and data-failed are what they say then.
 *
 * Browsers hand out the clipboard over HTTPS and on the machine itself only; elsewhere the old way is tried.
 */

const SAID_FOR_MS = 4000;

function select(source) {
  if (source.select) source.select();
  else getSelection().selectAllChildren(source);
}

async function copied(source) {
  select(source);
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}

function add(button) {
  const name = button.textContent;
  button.ariaLive = "polite"; // What it says is read out.
  button.addEventListener("click", async () => {
    const isCopied = await copied(document.getElementById(button.dataset.copy));
    button.textContent = isCopied ? button.dataset.copied : button.dataset.failed;
    if (isCopied) button.focus();
    setTimeout(() => { button.textContent = name; }, SAID_FOR_MS);
  });
}

document.documentElement.classList.add("js");
document.querySelectorAll("[data-copy]").forEach(add);

/* Reads the pictures of a zip file in the browser: its list first, then one entry after the other. */

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 65535;
const MOST_ENTRIES = 20000;
const MOST_BYTES_OF_LIST = 64 * 1024 * 1024;
const MOST_BYTES = 50 * 1024 * 1024; // Of a picture; the server takes no more.
const ENCRYPTED = 1;
const UTF_8 = 0x800;
const UNIX = [3, 19];
const STORED = 0;
const DEFLATED = 8;
const SLASH = 0x2f;
const CODE_PAGE_437 = // From 0x80 on, as Unicode has it in CP437.TXT.
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
  "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

async function view(blob, start, end) {
  return new DataView(await blob.slice(start, end).arrayBuffer());
}

/** The entries of a zip file: path, and a function that unpacks it; throws where it is none, or one too odd.
 *
 * What is encrypted, packed in another way or too large is listed; it cannot be unpacked.
 */
export async function entries(blob) {
  const tail = await view(blob, Math.max(0, blob.size - END_BYTES - LONGEST_COMMENT), blob.size);
  let at = tail.byteLength - END_BYTES;
  while (at >= 0 && tail.getUint32(at, true) !== END) at -= 1;
  if (at < 0) throw new Error("no zip");
  const [count, size, start] = [tail.getUint16(at + 10, true), tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  if (count > MOST_ENTRIES || size > MOST_BYTES_OF_LIST || start + size > blob.size) throw new Error("not that one");
  const list = await view(blob, start, start + size);
  const found = [];
  for (let entry = 0; entry + 46 <= list.byteLength && list.getUint32(entry, true) === ENTRY; ) {
    const flags = list.getUint16(entry + 8, true);
    const method = list.getUint16(entry + 10, true);
    const [packed, whole] = [list.getUint32(entry + 20, true), list.getUint32(entry + 24, true)];
    const [name, extra, comment] = [28, 30, 32].map((offset) => list.getUint16(entry + offset, true));
    const bytes = new Uint8Array(list.buffer, list.byteOffset + entry + 46, name);
    const path = nameOf(bytes, flags, list.getUint8(entry + 5));
    const isUsual = !(flags & ENCRYPTED) && [STORED, DEFLATED].includes(method) && whole <= MOST_BYTES;
    const offset = list.getUint32(entry + 42, true);
    const unpack = isUsual ? () => unpacked(blob, { offset, packed, whole, method, path }) : refuse;
    if (!path.endsWith("/")) found.push({ path, unpack });
    if (found.length > MOST_ENTRIES) throw new Error("more than it says");
    entry += 46 + name + extra + comment;
  }
  return found;
}

async function refuse() {
  throw new Error("unusual");
}

/** A name as text. macOS writes UTF-8 and does not say so; Windows writes what is usual in its country. */
function nameOf(bytes, flags, system) {
  if (flags & UTF_8) return new TextDecoder().decode(bytes);
  const text = UNIX.includes(system) ? decoded("utf-8", bytes) : null; // Else packed anew from another system's archive.
  return text ?? foldersOf(bytes).map(fromWindows).join("/");
}

/** Bytes as text of an encoding; null where they are not of it. */
function decoded(encoding, bytes) {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The parts of a path. The second byte of a Chinese character is never that of a slash. */
function foldersOf(bytes) {
  const parts = [[]];
  for (const byte of bytes) {
    if (byte === SLASH) parts.push([]);
    else parts.at(-1).push(byte);
  }
  return parts.map((part) => Uint8Array.from(part));
}

/** One part of a path as Windows wrote it, in GBK in China, or in one of the code pages 437 and 850 in the West.
 *
 * Of the two bytes of a common Chinese character (GB 2312) the first is no letter of 437 but ß, and the second not of
 * ASCII. Those of other characters of GBK may as well be a letter with an accent and one without: 巔 is the Äp of Äpfel.
 * That cannot be told, so it goes by the language of the page. 437 stands for 850, too, as in the API: the usual letters are
 * the same in both. What is UTF-8 and says nothing of it comes from other programs.
 */
function fromWindows(bytes) {
  const isChinese = isCommonChinese(bytes) || document.documentElement.lang.startsWith("zh");
  return (
    (isChinese ? decoded("gbk", bytes) : null) ??
    decoded("utf-8", bytes) ??
    Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : CODE_PAGE_437[byte - 128])).join("")
  );
}

/** Whether all that is not ASCII is signs (、（①Ａ) or characters of GB 2312, which has the 6,763 most common ones. */
function isCommonChinese(bytes) {
  return /^(?:[\x00-\x7f]|[\xa1-\xa3\xb0-\xf7][\xa1-\xfe])*$/.test(String.fromCharCode(...bytes));
}

async function unpacked(blob, { offset, packed, whole, method, path }) {
  const head = await view(blob, offset, offset + 30);
  const start = offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const data = blob.slice(start, start + packed);
  const name = path.split("/").pop();
  if (method === STORED) return new File([data], name);
  const stream = data.stream().pipeThrough(new DecompressionStream("deflate-raw")).pipeThrough(atMost(whole));
  return new File([await new Response(stream).blob()], name);
}

/** Passes on no more bytes than an entry says that it has. */
function atMost(bytes) {
  let passed = 0;
  return new TransformStream({
    transform(chunk, controller) {
      passed += chunk.byteLength;
      if (passed > bytes) controller.error(new Error("more than it says"));
      else controller.enqueue(chunk);
    },
  });
}

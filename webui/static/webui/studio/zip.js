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

/** A name as text. macOS writes UTF-8 and does not say so; Windows writes what is usual in its country, here China. */
function nameOf(bytes, flags, system) {
  if (flags & UTF_8) return new TextDecoder().decode(bytes);
  if (UNIX.includes(system)) {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      // Packed anew from another system's archive.
    }
  }
  return new TextDecoder("gbk").decode(bytes);
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

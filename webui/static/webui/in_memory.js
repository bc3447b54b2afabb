/* What pages do with a file before they send it. */

/** Resolves to a file with its bytes: one on a disk may be gone before it is sent, which looks like a lost connection.
 * To null where it cannot be read: a folder, or what was moved or changed since it was chosen. */
export async function inMemory(file) {
  try {
    return new File([await file.arrayBuffer()], file.name, { type: file.type });
  } catch {
    return null;
  }
}

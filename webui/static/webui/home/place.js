/* Which nodes a list shows. */

/** Makes these nodes the children of a list, moving as few as possible; the focus stays where it is. */
export function place(list, nodes) {
  const focused = document.activeElement;
  const wanted = new Set(nodes);
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
}

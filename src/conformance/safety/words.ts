import type { Cell } from './log-tree.js';

/** "index 7 of term 2 (digest ab12)". */
export function place(cell: Cell): string {
  return entryAt(cell.index, cell);
}

/** As {@link place}, for an entry that is known without what is before it. */
export function entryAt(index: number, entry: { readonly term: number; readonly digest: number | undefined }): string {
  const digest = entry.digest === undefined ? '' : ` (digest ${entry.digest.toString(16)})`;
  return `index ${index} of term ${entry.term}${digest}`;
}

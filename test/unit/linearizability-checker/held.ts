/** How many values can be reached from an object: what it holds in memory, as good as. */
export function heldBy(root: object): number {
  const seen = new Set<object>();
  const waiting: unknown[] = [root];
  let count = 0;
  while (waiting.length > 0) {
    const next = waiting.pop();
    count++;
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    if (ArrayBuffer.isView(next)) count += (next as Int32Array).length;
    else if (next instanceof Map) for (const entry of next) waiting.push(...entry);
    else if (next instanceof Set) for (const entry of next) waiting.push(entry);
    else for (const value of Object.values(next)) waiting.push(value);
  }
  return count;
}

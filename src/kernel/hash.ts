/** 32-bit FNV-1a of a string's UTF-16 units, well mixed at the end; not cryptographic. */
export function hash32(text: string, basis = 0x811c9dc5): number {
  let hash = basis;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix32(hash);
}

/** A bijective scramble of 32 bits (murmur3's finalizer), as an unsigned number. */
export function mix32(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** 53 bits of digest as an exact integer: two independent 32-bit hashes, the upper one cut to 21 bits. */
export function hash53(text: string): number {
  return (hash32(text, 0x9747b28c) & 0x1fffff) * 0x1_0000_0000 + hash32(text);
}

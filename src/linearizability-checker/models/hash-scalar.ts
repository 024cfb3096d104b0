import type { Scalar } from './cas-register.js';

/** 32 bits, well mixed; equal for equal values. */
export function hashScalar(value: Scalar): number {
  let hash = typeof value === 'number' ? value | 0 : 0x51ed_270b;
  const text = typeof value === 'number' && value === hash ? '' : `${typeof value}${value}`;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}

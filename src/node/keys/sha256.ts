import { hash } from 'node:crypto';

/** Begins no UTF-8 text. */
const NOT_UTF8 = Buffer.from([0xff]);

/** SHA-256 of a text, 43 base64url characters. */
export function sha256(text: string): string {
  return hash('sha256', text.isWellFormed() ? text : bytesOfText(text), 'base64url');
}

/**
 * Different bytes for different texts: UTF-8, and for the texts that it cannot tell apart (with lone surrogates, all of
 * which it writes as U+FFFD) their UTF-16 units behind a byte that no UTF-8 has.
 */
export function bytesOfText(text: string): Buffer {
  return text.isWellFormed() ? Buffer.from(text) : Buffer.concat([NOT_UTF8, Buffer.from(text, 'utf16le')]);
}

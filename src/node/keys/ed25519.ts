import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { bytesOfText } from './sha256.js';

/** What stands before the 32 bytes of a private key in PKCS #8 (RFC 8410 §7), and of a public one in SPKI (§4). */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** A private key and the public one that belongs to it, the latter as the text that names it. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: string;
}

/** The pair that belongs to a seed of 32 bytes (RFC 8032 §5.1.5), a base64url text. */
export function keyPairOf(seed: string): KeyPair {
  const der = Buffer.concat([PRIVATE_PREFIX, Buffer.from(seed, 'base64url')]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, publicKey: spki.subarray(PUBLIC_PREFIX.length).toString('base64url') };
}

/** The public key of that text; undefined where it is none. */
export function publicKeyOf(text: string): KeyObject | undefined {
  const bytes = bytesOf(text, PUBLIC_KEY_BYTES);
  if (bytes === undefined) return undefined;
  return createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, bytes]), format: 'der', type: 'spki' });
}

export function signText(key: KeyObject, text: string): string {
  return sign(null, bytesOfText(text), key).toString('base64url');
}

/** False also for what is no signature at all, or one written in another way than {@link signText} writes it. */
export function verifyText(key: KeyObject, text: string, signature: string): boolean {
  const bytes = bytesOf(signature, SIGNATURE_BYTES);
  return bytes !== undefined && verify(null, bytesOfText(text), key, bytes);
}

/** Base64url is decoded leniently: one value must not have two texts, or a replayed one would look new. */
function bytesOf(text: string, length: number): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === length && bytes.toString('base64url') === text ? bytes : undefined;
}

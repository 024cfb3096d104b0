import { hash32, hash53 } from '../../../../src/kernel/hash.js';
import type { Keyring, Principal } from '../../../../src/ports/keys.js';

/**
 * Keys of a world in which nobody looks behind the interface: proofs are hashes with the owner's name in them, so they
 * are made fast and only by whoever holds the keyring.
 */
export class TestKeyring implements Keyring {
  constructor(readonly owner: Principal) {}

  sign(text: string): string {
    return signatureOf(this.owner, text);
  }

  verify(signer: Principal, text: string, signature: string): boolean {
    return signature === signatureOf(signer, text);
  }

  mac(reader: Principal, text: string): string {
    return macOf(this.owner, reader, text);
  }

  verifyMac(author: Principal, text: string, mac: string): boolean {
    return mac === macOf(author, this.owner, text);
  }

  digest(text: string): string {
    return `d${hash53(text).toString(36)}`;
  }
}

function signatureOf(signer: Principal, text: string): string {
  return `s${hash32(text, hash32(signer))}`;
}

/** The same for both of the pair: either could have made it. */
function macOf(one: Principal, other: Principal, text: string): string {
  return `m${hash32(text, hash32(one < other ? `${one} ${other}` : `${other} ${one}`))}`;
}

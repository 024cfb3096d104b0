/** Who signs: a node by its id, a client by a name that holds its public key (see {@link Identities}). */
export type Principal = string;

/**
 * What one principal can do with its keys. It can sign for itself alone; nobody else can. Texts are compared by their
 * UTF-16 units; signatures, MACs and digests are base64url texts. Everything is deterministic: the same key and text
 * give the same signature (Ed25519), the same MAC and the same digest (SHA-256).
 */
export interface Keyring {
  readonly owner: Principal;
  /** A signature that convinces everybody. */
  sign(text: string): string;
  /** Never throws: what is no signature at all, or of nobody known, verifies nothing. */
  verify(signer: Principal, text: string, signature: string): boolean;
  /** A message authentication code that convinces `reader` alone, who could have made it too. */
  mac(reader: Principal, text: string): string;
  verifyMac(author: Principal, text: string, mac: string): boolean;
  /** SHA-256: who finds two texts with one digest has broken more than this. */
  digest(text: string): string;
}

/** Makes principals for clients: their names hold their public keys, so that replicas need no list of clients. */
export interface Identities {
  /** A new principal, whose name begins with `label`; the same label gives the same principal. */
  create(label: string): Keyring;
}

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../../src/kernel/random.js';
import { keyPairOf } from '../../../../src/node/keys/ed25519.js';
import { clientName, nodeKeyring } from '../../../../src/node/keys/keyring.js';
import { MacKey } from '../../../../src/node/keys/mac-key.js';
import { BoundedMap, KeyMemory } from '../../../../src/node/keys/memory.js';
import { RunKeys } from '../../../../src/node/keys/run-keys.js';
import type { Keyring } from '../../../../src/ports/keys.js';

const NODES = ['n1', 'n2', 'n3', 'n4'];

const base64url = (hex: string) => Buffer.from(hex, 'hex').toString('base64url');
const runKeys = (seed = 1) => new RunKeys(new Random(seed), NODES);
const flip = (text: string, at: number) => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;

describe('signatures', () => {
  // RFC 8032 §7.1, the tests whose message is a text.
  const VECTORS = [
    {
      secret: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      text: '',
      signature:
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    },
    {
      secret: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      text: 'r',
      signature:
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    },
  ];
  it.each(VECTORS)('are those of RFC 8032 for "$text"', ({ secret, publicKey, text, signature }) => {
    const pair = keyPairOf(base64url(secret));
    expect(pair.publicKey).toBe(base64url(publicKey));
    const keys = {
      signingSeed: base64url(secret),
      publicKeys: { n1: pair.publicKey },
      peerSecrets: {},
      clientSecret: '',
    };
    const keyring = nodeKeyring('n1', keys);
    const fresh = nodeKeyring('n1', keys);
    expect(keyring.sign(text)).toBe(base64url(signature));
    for (const each of [keyring, fresh]) expect(each.verify('n1', text, base64url(signature))).toBe(true);
    expect(fresh.verify(clientName('c1', pair.publicKey), text, base64url(signature))).toBe(true);
  });

  /** The same keys in processes that share no memory, and in one where all do. */
  const settings: [string, (keys: RunKeys, node: string) => Keyring][] = [
    ['in one process', (keys, node) => keys.keyring(node)],
    ['in processes of their own', (keys, node) => nodeKeyring(node, keys.of(node))],
  ];
  describe.each(settings)('%s', (_, keyringOf) => {
    it('of a node convince every node and every client', () => {
      const keys = runKeys();
      const signature = keyringOf(keys, 'n2').sign('text');
      for (const node of NODES) expect(keyringOf(keys, node).verify('n2', 'text', signature)).toBe(true);
      expect(keys.create('c1').verify('n2', 'text', signature)).toBe(true);
    });

    it("of a client convince every node by the client's name alone", () => {
      const keys = runKeys();
      const client = keys.create('c1');
      const signature = client.sign('text');
      for (const node of NODES) expect(keyringOf(keys, node).verify(client.owner, 'text', signature)).toBe(true);
      expect(keyringOf(keys, 'n1').verify(keys.create('c2').owner, 'text', signature)).toBe(false);
    });

    it('convince nobody of another text, of another signer, or when one character is another', () => {
      const keys = runKeys();
      const signature = keyringOf(keys, 'n2').sign('text');
      const reader = keyringOf(keys, 'n1');
      for (let twice = 0; twice < 2; twice++) {
        expect(reader.verify('n2', 'texT', signature)).toBe(false);
        expect(reader.verify('n3', 'text', signature)).toBe(false);
        for (const at of [0, 40, 85]) expect(reader.verify('n2', 'text', flip(signature, at))).toBe(false);
        expect(reader.verify('n2', 'text', signature)).toBe(true);
      }
    });

    it('have one way to be written: what decodes to the same bytes is none', () => {
      const keys = runKeys();
      const signature = keyringOf(keys, 'n2').sign('text');
      const reader = keyringOf(keys, 'n1');
      const standard = Buffer.from(signature, 'base64url').toString('base64');
      const spare = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
        .map((last) => signature.slice(0, -1) + last)
        .filter((text) => text !== signature);
      for (const variant of [standard, `${signature}=`, ` ${signature}`, ...spare]) {
        expect(reader.verify('n2', 'text', variant), variant).toBe(false);
      }
    });

    it('tell texts apart that UTF-8 does not', () => {
      const keys = runKeys();
      const signature = keyringOf(keys, 'n2').sign('\ud800');
      const reader = keyringOf(keys, 'n1');
      expect(reader.verify('n2', '\ud800', signature)).toBe(true);
      for (const other of ['\ud801', '\ufffd']) expect(reader.verify('n2', other, signature)).toBe(false);
      expect(new Set(['\ud800', '\ud801', '\ufffd', '\ud83d\ude00'].map((text) => reader.digest(text))).size).toBe(4);
    });
  });
});

describe('message authentication codes', () => {
  it('convince the reader alone', () => {
    const keys = runKeys();
    const mac = keys.keyring('n1').mac('n2', 'text');
    expect(keys.keyring('n2').verifyMac('n1', 'text', mac)).toBe(true);
    expect(keys.keyring('n2').verifyMac('n1', 'texT', mac)).toBe(false);
    expect(keys.keyring('n2').verifyMac('n3', 'text', mac)).toBe(false);
    expect(keys.keyring('n2').verifyMac('n1', 'text', flip(mac, 3))).toBe(false);
    expect(keys.keyring('n3').verifyMac('n1', 'text', mac)).toBe(false);
  });

  it('cannot be given back to who made them', () => {
    const keys = runKeys();
    const mac = keys.keyring('n1').mac('n2', 'text');
    expect(keys.keyring('n1').verifyMac('n2', 'text', mac)).toBe(false);
  });

  it('go from clients to nodes, which know no list of clients, and back', () => {
    const keys = runKeys();
    const client = keys.create('c1');
    const node = nodeKeyring('n3', keys.of('n3'));
    expect(node.verifyMac(client.owner, 'text', client.mac('n3', 'text'))).toBe(true);
    expect(node.verifyMac(client.owner, 'text', client.mac('n2', 'text'))).toBe(false);
    expect(node.verifyMac(keys.create('c2').owner, 'text', client.mac('n3', 'text'))).toBe(false);
    const reply = node.mac(client.owner, 'reply');
    expect(client.verifyMac('n3', 'reply', reply)).toBe(true);
    expect(client.verifyMac('n2', 'reply', reply)).toBe(false);
    expect(keys.create('c2').verifyMac('n3', 'reply', reply)).toBe(false);
  });

  it('are SHA-256 of key and digest, cut', () => {
    const key = createHash('sha256').update('key').digest();
    const digest = createHash('sha256').update('text').digest('base64url');
    const expected = createHash('sha256').update(key).update(digest).digest('base64url').slice(0, 22);
    const macKey = new MacKey(key.toString('base64url'));
    for (let twice = 0; twice < 2; twice++) expect(macKey.tag(digest)).toBe(expected);
  });
});

describe('what comes from the network', () => {
  it('verifies nothing and throws nothing, whatever it is', () => {
    const keys = runKeys();
    const node = keys.keyring('n1');
    const good = keys.keyring('n2').sign('text');
    const odd = ['', '.', 'n9', '__proto__', 'toString', 'c1.', `c1.${'A'.repeat(43)}`, '\ud800', '🙂'.repeat(50)];
    const odder = [undefined, null, 7, {}, [], { length: 86 }, ['n2']] as unknown as string[];
    for (const garbage of [...odd, ...odder]) {
      expect(node.verify(garbage, 'text', good)).toBe(false);
      expect(node.verify('n2', 'text', garbage)).toBe(false);
      expect(node.verifyMac('n2', 'text', garbage)).toBe(false);
      expect(node.verifyMac(garbage, 'text', 'A'.repeat(22))).toBe(false);
      expect(keys.create('c1').verifyMac(garbage, 'text', 'A'.repeat(22))).toBe(false);
    }
  });
});

describe("a run's keys", () => {
  it('are the same for the same seed, and others for another', () => {
    expect(runKeys(1).of('n1')).toEqual(runKeys(1).of('n1'));
    expect(runKeys(1).create('c1').owner).toBe(runKeys(1).create('c1').owner);
    expect(runKeys(2).of('n1').signingSeed).not.toBe(runKeys(1).of('n1').signingSeed);
    expect(runKeys(2).create('c1').owner).not.toBe(runKeys(1).create('c1').owner);
  });

  it("say in a client's name whose it is", () => {
    expect(runKeys().create('7.1').owner).toMatch(/^7\.1\.[\w-]{43}$/);
  });

  it("give a node nobody else's private keys, and no secret that others share", () => {
    const keys = runKeys();
    const secrets = NODES.map((node) => {
      const { signingSeed, peerSecrets, clientSecret } = keys.of(node);
      expect(Object.keys(peerSecrets)).toEqual(NODES.filter((peer) => peer !== node));
      return { own: [signingSeed, clientSecret], shared: Object.values(peerSecrets) };
    });
    expect(new Set(secrets.flatMap(({ own }) => own)).size).toBe(2 * NODES.length);
    // Each pair's secret is with these two alone.
    const shared = secrets.flatMap(({ shared }) => shared);
    expect(new Set(shared).size).toBe((NODES.length * (NODES.length - 1)) / 2);
    expect(shared.filter((secret) => secret === shared[0])).toHaveLength(2);
  });
});

describe('the memory that keyrings share', () => {
  type Question =
    | { readonly kind: 'sign'; readonly by: string; readonly text: string }
    /** Of a signature made before: what was signed, or something else. */
    | { readonly kind: 'verify'; readonly of: number; readonly instead?: { signer: string; text: string } | undefined }
    | { readonly kind: 'mac'; readonly by: string; readonly reader: string; readonly text: string }
    | { readonly kind: 'digest'; readonly text: string };

  const node = fc.constantFrom(...NODES);
  const text = fc.oneof(
    fc.constantFrom('a', 'b', 'c'),
    fc.constantFrom('x', 'y').map((character) => character.repeat(1500)),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  const question: fc.Arbitrary<Question> = fc.oneof(
    fc.record({ kind: fc.constant('sign' as const), by: node, text }),
    fc.record({
      kind: fc.constant('verify' as const),
      of: fc.nat(5),
      instead: fc.option(fc.record({ signer: node, text }), { nil: undefined }),
    }),
    fc.record({ kind: fc.constant('mac' as const), by: node, reader: node, text }),
    fc.record({ kind: fc.constant('digest' as const), text }),
  );

  /** The answers to all questions, by the keyrings that `keyringOf` gives. */
  function answers(questions: readonly Question[], keyringOf: (node: string) => Keyring): unknown[] {
    const signed: { signature: string; signer: string; text: string }[] = [];
    const answerTo = (each: Question): unknown => {
      switch (each.kind) {
        case 'sign': {
          const signature = keyringOf(each.by).sign(each.text);
          signed.unshift({ signature, signer: each.by, text: each.text });
          return signature;
        }
        case 'verify': {
          const { signature, ...made } = signed[each.of] ?? { signature: 'none', signer: 'n1', text: '' };
          const { signer, text } = each.instead ?? made;
          return NODES.map((reader) => keyringOf(reader).verify(signer, text, signature));
        }
        case 'mac': {
          const mac = keyringOf(each.by).mac(each.reader, each.text);
          const believed = NODES.map((reader) => keyringOf(reader).verifyMac(each.by, each.text, mac));
          return [mac, believed];
        }
        case 'digest':
          return keyringOf('n1').digest(each.text);
      }
    };
    return questions.map(answerTo);
  }

  it.each([1, 2, 1024])('changes no answer, with %i slots', (slots) => {
    const keys = runKeys();
    const seen = new Set<unknown>();
    fc.assert(
      fc.property(fc.array(question, { maxLength: 25 }), (questions) => {
        const memory = new KeyMemory(slots);
        const sharing = new Map(NODES.map((id) => [id, nodeKeyring(id, keys.of(id), memory)]));
        const shared = answers(questions, (id) => sharing.get(id) as Keyring);
        const fresh = answers(questions, (id) => nodeKeyring(id, keys.of(id), new KeyMemory(1)));
        expect(shared).toEqual(fresh);
        for (const answer of shared.flat(2)) seen.add(answer);
      }),
      { numRuns: 30 },
    );
    expect(seen).toContain(true);
    expect(seen).toContain(false);
  });

  it('does not take a text for the long one whose digest it is', () => {
    const keys = runKeys();
    const long = 'x'.repeat(1500);
    const signer = keys.keyring('n1');
    const signature = signer.sign(long);
    expect(keys.keyring('n2').verify('n1', signer.digest(long), signature)).toBe(false);
    expect(keys.keyring('n2').verify('n1', long, signature)).toBe(true);
  });

  it('knows what was signed in this process, also after somebody showed it with another text', () => {
    const memory = new KeyMemory();
    const signer = nodeKeyring('n1', runKeys().of('n1'), memory);
    const { publicKeys } = runKeys().of('n1');
    const publicKey = publicKeys.n1 as string;
    const signature = signer.sign('text');
    expect(memory.judgement(publicKey, 'text', signature)).toBe(true);
    expect(signer.verify('n1', 'other', signature)).toBe(false);
    expect(memory.judgement(publicKey, 'text', signature)).toBe(true);
    const forged = flip(signature, 5);
    expect(memory.judgement(publicKey, 'text', forged)).toBeUndefined();
    signer.verify('n1', 'text', forged);
    expect(memory.judgement(publicKey, 'text', forged)).toBe(false);
  });

  it('is bounded: of more than it has room for, it forgets', () => {
    const memory = new KeyMemory(4);
    for (let number = 0; number < 100; number++) memory.judge('key', 'text', `signature ${number}`, true);
    const known = Array.from({ length: 100 }, (_, number) => memory.judgement('key', 'text', `signature ${number}`));
    const count = known.filter((judgement) => judgement === true).length;
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(4);

    const map = new BoundedMap<number>();
    let largest = 0;
    for (let number = 0; number < 10_000; number++) largest = Math.max(largest, map.set(`${number}`, number).size);
    expect(largest).toBe(4096);
    expect(map.get('9999')).toBe(9999);
  });
});

import { expect, test } from 'vitest';
import { parseConfig, readConfig } from '../../../src/node/config.js';

const complete = {
  system: 'raft',
  id: 'n1',
  nodes: [
    { id: 'n1', host: '127.0.0.1', peerPort: 7001 },
    { id: 'n2', host: '127.0.0.1', peerPort: 7002 },
  ],
  clientPort: 8001,
  dataDir: 'data',
};

const key = 'A'.repeat(43);
const keys = { signingSeed: key, publicKeys: { n1: key, n2: key }, peerSecrets: { n2: key }, clientSecret: key };

test('keys are taken as they are', () => {
  expect(parseConfig(JSON.stringify({ ...complete, keys }), 'here').keys).toEqual(keys);
});

test('a configuration gets its defaults: all addresses, seed 0, no faults allowed', () => {
  const config = parseConfig(JSON.stringify(complete), 'here');
  expect(config).toEqual({ ...complete, listenHost: '0.0.0.0', seed: 0, options: {}, allowFaults: false });
});

test.each([
  ['a misspelt field', { ...complete, clientport: 1 }, /clientport/],
  ['a port out of range', { ...complete, clientPort: 70_000 }, /clientPort/],
  ['a key that is too short', { ...complete, keys: { ...keys, clientSecret: 'AAAA' } }, /keys\.clientSecret: is no 32/],
  ['half of the keys', { ...complete, keys: { ...keys, publicKeys: undefined } }, /keys\.publicKeys/],
  ['an id that is none of the nodes', { ...complete, id: 'n7' }, /id: "n7" is none of n1, n2/],
  ['a node listed twice', { ...complete, nodes: [complete.nodes[0], complete.nodes[0]] }, /"n1" is listed twice/],
  ['a field missing deep inside', { ...complete, nodes: [{ id: 'n1', host: 'x' }] }, /nodes\.0\.peerPort/],
])('%s is refused with its place', (_, config, message) => {
  expect(() => parseConfig(JSON.stringify(config), 'the file')).toThrow(message);
  expect(() => parseConfig(JSON.stringify(config), 'the file')).toThrow(/^the file is no node configuration/);
});

test('text that is not JSON, arguments that nobody knows and no configuration at all are told apart', () => {
  expect(() => parseConfig('{', 'ASSAY_NODE')).toThrow(/ASSAY_NODE is not JSON/);
  expect(() => readConfig(['--port', '1'], {})).toThrow(/unexpected arguments: --port 1/);
  expect(() => readConfig(['--config'], {})).toThrow(/unexpected arguments/);
  expect(() => readConfig(['--config', 'no/such/file.json'], {})).toThrow(/cannot read no\/such\/file.json/);
  expect(() => readConfig([], {})).toThrow(/has no configuration/);
  expect(readConfig([], { ASSAY_NODE: JSON.stringify(complete) }).id).toBe('n1');
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LinkFault, LinkFaults } from '../../../src/backends/docker/links.js';

const ADDRESSES = new Map([
  ['n1', '10.0.0.1'],
  ['n2', '10.0.0.2'],
  ['n3', '10.0.0.3'],
]);
const PEER_PORTS = [2380];

const link = fc
  .tuple(fc.constantFrom('n1', 'n2', 'n3'), fc.constantFrom('n1', 'n2', 'n3'))
  .filter(([from, to]) => from !== to)
  .map(([from, to]) => ({ from, to }));
const links = fc.array(link, { minLength: 1, maxLength: 4 });
const linkFault: fc.Arbitrary<LinkFault> = fc.oneof(
  links.map((on): LinkFault => ({ kind: 'cut', links: on })),
  fc.tuple(links, fc.double({ min: 0.01, max: 1, noNaN: true })).map(([on, probability]): LinkFault => {
    return { kind: 'loss', links: on, probability };
  }),
  fc.tuple(links, fc.integer({ min: 1, max: 500 })).map(([on, meanMs]): LinkFault => {
    return { kind: 'delay', links: on, meanMs, jitterMs: 0 };
  }),
);

function rulesOf(faults: LinkFaults, node: string) {
  const { script, routes } = faults.rulesOf(node, ADDRESSES, PEER_PORTS);
  return { rules: script.split('\n').filter((line) => line.startsWith('-A')), routes };
}

describe('link faults', () => {
  it('cut one direction, at its receiver, and leave all others alone', () => {
    const faults = new LinkFaults();
    faults.add({ kind: 'cut', links: [{ from: 'n1', to: 'n2' }] });
    expect(rulesOf(faults, 'n2').rules).toEqual(['-A ASSAY-IN -s 10.0.0.1 -j DROP']);
    expect(rulesOf(faults, 'n1').rules).toEqual([]);
    expect(rulesOf(faults, 'n3').rules).toEqual([]);
  });

  it('multiply when they lose packets on the same link, and a cut beats them', () => {
    const faults = new LinkFaults();
    const on = [{ from: 'n1', to: 'n2' }];
    faults.add({ kind: 'loss', links: on, probability: 0.5 });
    faults.add({ kind: 'loss', links: on, probability: 0.2 });
    expect(rulesOf(faults, 'n2').rules).toEqual([
      '-A ASSAY-IN -s 10.0.0.1 -m statistic --mode random --probability 0.600000 -j DROP',
    ]);
    faults.add({ kind: 'cut', links: on });
    expect(rulesOf(faults, 'n2').rules).toEqual(['-A ASSAY-IN -s 10.0.0.1 -j DROP']);
  });

  it('delay a direction whoever opened the connection: outward at its sender, backward at its receiver', () => {
    const faults = new LinkFaults();
    faults.add({ kind: 'delay', links: [{ from: 'n1', to: 'n2' }], meanMs: 80, jitterMs: 10 });
    const delay = { meanMs: 80, jitterMs: 10 };
    const none = { meanMs: 0, jitterMs: 0 };
    const atSender = rulesOf(faults, 'n1').routes.filter(({ port }) => port === 2380);
    expect(atSender).toMatchObject([{ host: '10.0.0.2', out: delay, back: none }]);
    const atReceiver = rulesOf(faults, 'n2').routes.filter(({ port }) => port === 2380);
    expect(atReceiver).toMatchObject([{ host: '10.0.0.1', out: none, back: delay }]);
    expect(rulesOf(faults, 'n3').routes).toEqual([]);
  });

  it('send every relayed port to a listener of its own', () =>
    fc.assert(
      fc.property(fc.array(linkFault, { maxLength: 6 }), (list) => {
        const faults = new LinkFaults();
        for (const fault of list) faults.add(fault);
        for (const node of ADDRESSES.keys()) {
          const { rules, routes } = rulesOf(faults, node);
          const ports = routes.map(({ listenPort }) => listenPort);
          expect(new Set(ports).size).toBe(ports.length);
          for (const { listenPort, host, port } of routes) {
            expect(rules).toContainEqual(
              expect.stringMatching(new RegExp(`-d ${host} --dport ${port} .* --to-ports ${listenPort}$`)),
            );
          }
        }
      }),
    ));

  it('leave no rule behind once each was undone, in whatever order', () =>
    fc.assert(
      fc.property(fc.array(linkFault, { minLength: 1, maxLength: 6 }), fc.infiniteStream(fc.nat()), (list, picks) => {
        const faults = new LinkFaults();
        const tokens = list.map((fault) => faults.add(fault));
        while (tokens.length > 0) {
          const [token] = tokens.splice(Number(picks.next().value) % tokens.length, 1);
          if (token !== undefined) faults.remove(token);
        }
        for (const node of ADDRESSES.keys()) expect(rulesOf(faults, node)).toEqual({ rules: [], routes: [] });
      }),
    ));

  it('keep a link cut until the last of several cuts is undone', () => {
    const faults = new LinkFaults();
    const on = { from: 'n1', to: 'n3' };
    const first = faults.add({ kind: 'cut', links: [on] });
    const second = faults.add({ kind: 'cut', links: [on, { from: 'n2', to: 'n3' }] });
    faults.remove(first);
    expect(faults.stateOf(on).cut).toBe(true);
    faults.remove(second);
    expect(faults.stateOf(on).cut).toBe(false);
  });
});

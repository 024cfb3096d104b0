import { Option } from 'commander';
import { type Bounds, type DefectOfProtocol, PROTOCOLS, type Protocol } from '../../spec/protocols.js';
import { nodeName } from '../../spec/specification.js';
import { AssayError } from '../kernel/errors.js';
import type { Model } from '../model-checker/model.js';
import { didYouMean } from '../runner/suggest.js';
import { badValue, integerFlag } from './arguments.js';

/** What was asked of a model; what is absent has a default, or follows from the others. */
export type ModelFlags = Partial<Bounds> & { readonly defect?: string };

/** Bounds that only features know, each with those of which one must be on. */
const OF_FEATURES: Partial<Record<keyof Bounds, readonly [string, ...string[]]>> = {
  reads: ['reads', 'leases'],
  retries: ['sessions'],
  ticks: ['leases'],
};

/** The bounds of all protocols, each as a flag. */
export function modelFlags(): Option[] {
  return [
    number('nodes', 'nodes of the cluster', 1, 9),
    number('log', 'how many values clients ask for, each once', 0, 16),
    number('terms', 'the highest term; the first is 1', 1, 16),
    number('restarts', 'how often nodes restart in all', 0, 16),
    new Option(
      '--features <names>',
      `${whose('features')}what is modelled besides, with commas between: ${featureNames().join(', ')}`,
    ).argParser((text) => [...new Set(text.split(',').map((name) => name.trim()))]),
    number('reads', 'with reads or leases, how many reads begin (default: 1)', 0, 16),
    number('retries', 'with sessions, how often clients ask again (default: 1)', 0, 16),
    number('ticks', 'with leases, up to where clocks go (default: 4)', 0, 64),
    number('views', 'the highest view; the first is 0', 0, 16),
    new Option(
      '--traitors <nodes>',
      `${whose('traitors')}who says whatever it likes, with commas between, or none (default: n1, the first primary)`,
    ).argParser(traitors),
    number('sequences', 'the highest sequence number (default: as --log)', 0, 16),
    number('interval', 'after how many sequence numbers there is a checkpoint (default: never)', 1, 16),
    number('window', 'how far the watermarks are apart (default: as --sequences)', 1, 32),
    new Option('--defect <name>', 'leave something out of the specification, to see that it is noticed; named below'),
  ];
}

function number(bound: keyof Bounds, description: string, min: number, max: number): Option {
  return integerFlag(bound, `${whose(bound)}${description}${defaultsOf(bound)}`, { min, max });
}

/** "raft: " where not all protocols have the bound. */
function whose(bound: keyof Bounds): string {
  const having = [...PROTOCOLS].filter(([, protocol]) => boundsOf(protocol).includes(bound)).map(([name]) => name);
  return having.length === PROTOCOLS.size ? '' : `${having.join(', ')}: `;
}

function defaultsOf(bound: keyof Bounds): string {
  const defaults = [...PROTOCOLS].flatMap(([name, { defaults }]) =>
    defaults[bound] === undefined ? [] : [{ name, value: `${defaults[bound]}` }],
  );
  const [first] = defaults;
  if (first === undefined) return '';
  const differs = defaults.some(({ value }) => value !== first.value);
  const told = differs ? defaults.map(({ name, value }) => `${value} of ${name}`).join(', ') : first.value;
  return ` (default: ${told})`;
}

function boundsOf({ defaults, others }: Protocol): (keyof Bounds)[] {
  return [...(Object.keys(defaults) as (keyof Bounds)[]), ...others];
}

function traitors(text: string): number[] {
  const names = text === 'none' ? [] : text.split(',').map((name) => name.trim());
  if (!names.every((name) => /^n[1-9]$/.test(name)))
    throw badValue('traitors', text, 'Give names, as in n1,n3, or none.');
  return [...new Set(names.map((name) => Number(name.slice(1)) - 1))].sort((left, right) => left - right);
}

function featureNames(): string[] {
  return [...PROTOCOLS.values()].flatMap(({ features }) => Object.keys(features));
}

/** Those that a defect is of: without them there is nothing to leave out. */
function featuresOf({ of, with: besides }: DefectOfProtocol = { statement: '' }): string[] {
  return [of, besides].filter((feature) => feature !== undefined);
}

/** What `--features` and `--defect` may name, for the end of `--help`. */
export function namesInWords(): string {
  const lines: string[] = [];
  for (const [protocol, { features, defects }] of PROTOCOLS) {
    if (Object.keys(features).length > 0) lines.push('', `Features of ${protocol}:`);
    for (const [name, { statement }] of Object.entries(features)) lines.push(`  ${name}`, `      ${statement}`);
    lines.push('', `Defects of ${protocol}:`);
    for (const [name, defect] of Object.entries(defects)) {
      const needs = featuresOf(defect);
      lines.push(
        `  ${name}${needs.length === 0 ? '' : ` (--features ${needs.join(',')})`}`,
        `      ${defect.statement}`,
      );
    }
  }
  return lines.join('\n');
}

/**
 * @throws AssayError `unknown-name`, with a suggestion; `bad-argument` where the protocol has no such bound, where a
 * bound or a defect is of a feature that was not asked for, or where there are too few nodes
 */
export function modelOf(name: string, flags: ModelFlags): Model {
  const { features = [], defect } = flags;
  const protocol = PROTOCOLS.get(name);
  if (protocol === undefined) {
    throw new AssayError('unknown-name', `there is no specification "${name}"`, didYouMean(name, PROTOCOLS.keys()));
  }
  for (const feature of features) mustBeKnown(name, 'feature', feature, protocol.features);
  const bounds = { ...protocol.defaults, ...boundsGiven(name, protocol, flags) };
  mustHaveNodes(name, protocol, bounds);
  if (defect !== undefined) {
    mustBeKnown(name, 'defect', defect, protocol.defects);
    const missing = featuresOf(protocol.defects[defect]).filter((feature) => !features.includes(feature));
    if (missing.length > 0) {
      const word = missing.length === 1 ? 'feature' : 'features';
      throw without(`--defect ${defect}`, `${word} ${missing.join(' and ')}`, [...features, ...missing]);
    }
  }
  return { protocol: name, bounds, ...(defect !== undefined && { defect }) };
}

function boundsGiven(name: string, protocol: Protocol, flags: ModelFlags): Partial<Bounds> {
  const { features = [] } = flags;
  const all = new Set([...PROTOCOLS.values()].flatMap(boundsOf));
  const given = [...all].filter((bound) => flags[bound] !== undefined);
  for (const bound of given) {
    if (!boundsOf(protocol).includes(bound)) {
      const known = boundsOf(protocol).map((each) => `--${each}`);
      const message = `--${bound} says nothing of ${name}`;
      throw new AssayError('bad-argument', message, `Leave it out: the bounds of ${name} are ${known.join(', ')}.`);
    }
    const among = OF_FEATURES[bound];
    if (among && !among.some((feature) => features.includes(feature))) {
      throw without(`--${bound}`, `feature ${among.join(' or ')}`, [...features, among[0]]);
    }
  }
  return Object.fromEntries(given.map((bound) => [bound, flags[bound]]));
}

function mustBeKnown(protocol: string, what: string, word: string, known: object): void {
  if (Object.hasOwn(known, word)) return;
  const message = `there is no ${what} "${word}" of ${protocol}`;
  throw new AssayError('unknown-name', message, didYouMean(word, Object.keys(known), 'assay spec check --help'));
}

function mustHaveNodes(name: string, { leastNodes }: Protocol, { nodes, traitors = [] }: Bounds): void {
  if (nodes < leastNodes) {
    throw new AssayError('bad-argument', `${name} needs ${leastNodes} nodes`, `Give --nodes ${leastNodes} or more.`);
  }
  const absent = traitors.find((traitor) => traitor >= nodes);
  if (absent !== undefined) {
    const message = `there is no traitor ${nodeName(absent)} among ${nodes} nodes`;
    throw new AssayError('bad-argument', message, `Give names up to ${nodeName(nodes - 1)}, or more --nodes.`);
  }
  if (nodes - traitors.length < 2) {
    const message = `with ${traitors.length} traitors among ${nodes} nodes nobody has anybody to agree with`;
    throw new AssayError('bad-argument', message, 'Name fewer in --traitors, or give more --nodes.');
  }
}

function without(what: string, missing: string, features: readonly string[]): AssayError {
  const message = `${what} says nothing without the ${missing}`;
  return new AssayError('bad-argument', message, `Add --features ${features.join(',')}.`);
}

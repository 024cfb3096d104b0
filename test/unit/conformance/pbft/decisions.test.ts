import { describe, expect, it } from 'vitest';
import { BEGINNING, breaks, holds } from './judge-safety.js';
import { diverges, judgeEvents, steps } from './judge-steps.js';
import {
  digestOf,
  eventsOf,
  executes,
  type Line,
  learns,
  leaves,
  orders,
  others,
  receive,
  requestsOf,
  send,
  status,
  turns,
  viewChange,
} from './trace.js';

const decided = (replica: string, sequence = 5, digest = digestOf(sequence)) => ({
  ...{ type: 'Decided', sequence, digest, replica, auth: { macs: {} } },
});
const says = (node: string, sequence = 5, digest = digestOf(sequence)): Line[] => [
  send(node, 'n4', decided(node, sequence, digest)),
  receive('n4', node, decided(node, sequence, digest)),
];
const decides = (by: string[], sequence = 5, digest = digestOf(sequence)): Line => [
  'n4',
  { name: 'LearnDecision', sequence, digest, by },
];
const batch: readonly Line[] = [receive('n4', 'n1', { type: 'Batch', requests: requestsOf('d5') }), learns('n4', 'd5')];
const next = receive('n4', 'n1', status('n1'));

/** The others ordered 5, while n4 left for view 1. */
const ALONE: readonly Line[] = [
  ...orders(4),
  ...orders(5, { among: ['n1', 'n2', 'n3'] }),
  leaves('n4', 1),
  ...others('n4').map((other) => send('n4', other, viewChange('n4', 1, 4))),
];
const LEARNT: readonly Line[] = [...ALONE, ...says('n1'), ...says('n2'), decides(['n1', 'n2'])];
const EXECUTED: readonly Line[] = [...LEARNT, ...batch, executes('n4', 1, 5)];

describe('what others executed, in steps of PBFT', () => {
  it('is executed by who waits for a view', () => steps(EXECUTED));

  it('LearnDecision: by the word of f+1 others, which was received', async () => {
    const heard = [...ALONE, ...says('n1')];
    for (const by of [['n1'], ['n1', 'n1'], ['n1', 'n4'], []]) {
      await diverges('LearnDecision', [...heard, decides(by)], 'only by the word of 2 others');
    }
    await diverges(
      'LearnDecision',
      [...heard, decides(['n1', 'n3'])],
      'only by words that it received; it had none of n3',
    );
    await diverges(
      'LearnDecision',
      [...heard, turns('n2'), ...says('n2', 5, 'x'), decides(['n1', 'n2'])],
      'it had none of n2',
    );
  });

  it('LearnDecision: once, of what was not executed', async () => {
    await diverges('LearnDecision', [...LEARNT, decides(['n1', 'n2'])], 'nothing, for it knew what was decided there');
    await diverges('LearnDecision', [...EXECUTED, decides(['n1', 'n2'])], 'nothing, for it had executed');
  });

  it('LearnDecision: as soon as it can', async () => {
    await diverges(
      'LearnDecision',
      [...ALONE, ...says('n1'), ...says('n2'), next],
      'only to learn what was decided with',
    );
    await steps([...ALONE, ...says('n1'), turns('n2'), ...says('n2', 5, 'x'), next]);
    // What it executed itself it need not be told.
    await steps([...ALONE, ...says('n1', 4), ...says('n2', 4), next]);
  });

  it('LearnDecision: who says that it executed something did', async () => {
    await diverges('LearnDecision', [...ALONE, send('n3', 'n4', decided('n3', 5, 'x'))], 'only what it had executed');
    await diverges('LearnDecision', [...ALONE, send('n3', 'n4', decided('n3', 6))], 'only what it had executed');
    // It may have waited for the disk.
    await steps([...ALONE, send('n3', 'n4', decided('n3', 4))]);
  });

  it('Execute: what was learnt, as soon as its batch is here', async () => {
    await diverges('Execute', [...ALONE, executes('n4', 1, 5)], 'or what f+1 others executed');
    await diverges('Execute', [...LEARNT, executes('n4', 1, 5)], 'nothing before its batch is here');
    await diverges('Execute', [...LEARNT, ...batch, next], 'only to execute');
  });

  it('ReceivedWasSent: nobody says so in the name of a correct replica', async () => {
    await diverges('ReceivedWasSent', [...ALONE, receive('n4', 'n1', decided('n1'))]);
    await diverges('ReceivedWasSent', [
      ...ALONE,
      send('n1', 'n4', decided('n1')),
      receive('n4', 'n1', decided('n1', 4)),
    ]);
  });

  it('is counted among what a trace came upon', async () => {
    const { coverage } = await judgeEvents(eventsOf([...BEGINNING, ...EXECUTED]));
    expect(coverage?.find(({ name }) => name === 'decision learnt from others')?.times).toBe(1);
  });
});

describe('what others executed, over the whole cluster', () => {
  it('breaks no rule', () => holds(...EXECUTED));

  it('DecisionAuthentic: f+1 say so', () => breaks('DecisionAuthentic', ...ALONE, ...says('n1'), decides(['n1'])));

  it('DecisionAuthentic: what they say is received', () =>
    breaks('DecisionAuthentic', ...ALONE, ...says('n1'), decides(['n1', 'n2'])));

  it('DecisionAuthentic: and true of those who are correct', async () => {
    await breaks('DecisionAuthentic', ...ALONE, ...says('n1', 6), ...says('n2', 6), decides(['n1', 'n2'], 6));
    await holds(...ALONE, turns('n1'), turns('n2'), ...says('n1', 6), ...says('n2', 6), decides(['n1', 'n2'], 6));
  });

  it('QuorumDistinct: each is counted once', () =>
    breaks('QuorumDistinct', ...ALONE, ...says('n1'), decides(['n1', 'n1'])));

  it('Agreement: f+1 traitors say what they like', () =>
    breaks(
      'Agreement',
      ...[...ALONE, turns('n1'), turns('n2'), ...says('n1', 5, 'x'), ...says('n2', 5, 'x')],
      decides(['n1', 'n2'], 5, 'x'),
    ));
});

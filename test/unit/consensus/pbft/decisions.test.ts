import { describe, expect, it } from 'vitest';
import { BugSwitches } from '../../../../src/consensus/bug-switches.js';
import { Authenticator, NULL_DIGEST } from '../../../../src/consensus/pbft/authentication.js';
import { AUTHENTICATIONS, NO_BUGS, type PbftOptions } from '../../../../src/consensus/pbft/index.js';
import type { Decided } from '../../../../src/consensus/pbft/messages.js';
import type { Outcome } from '../../../../src/history/events.js';
import type { NodeId } from '../../../../src/kernel/ids.js';
import type { Keyring } from '../../../../src/ports/keys.js';
import { Watcher } from './watcher.js';
import { PbftWorld } from './world.js';

/** n4 waits alone for view 1, for it missed what the others ordered first; all that is said later arrives. */
class Lonely {
  readonly world: PbftWorld;
  readonly watcher = new Watcher([]);
  /** What n4 executed, by sequence number, in that order; and who told it of what. */
  readonly executed: number[] = [];
  readonly learnt: { readonly sequence: number; readonly by: readonly NodeId[] }[] = [];
  private readonly client: Keyring;
  private timestamp = 0;

  constructor(options: Partial<PbftOptions> = {}) {
    this.world = new PbftWorld({ options: { batchIntervalMs: 0, ...options } });
    this.world.onTrace = (node, step) => {
      this.watcher.observe(node, step);
      if (node !== 'n4') return;
      if (step.name === 'Execute') this.executed.push(step.sequence);
      if (step.name === 'LearnDecision') this.learnt.push(step);
    };
    this.client = this.world.keys.create('c1');
    const { onSend } = this.world;
    this.world.onSend = (sent) => (sent.to === 'n4' && sent.message.type !== 'Status' ? undefined : sent);
    this.ask();
    expect(this.world.run(2000, () => this.state().term === 1)).toBe(true);
    this.world.onSend = onSend;
  }

  /** A request that the first three execute. */
  ask() {
    const value = ++this.timestamp;
    const asked = this.world.ask(this.client, value, { f: 'append', key: 'x', value }, this.world.ids);
    this.watcher.asked(asked);
    expect(this.world.run(2000, () => ['n1', 'n2', 'n3'].every((id) => asked.answers.has(id)))).toBe(true);
    return asked;
  }

  state() {
    return this.world.core('n4').status();
  }

  /** Whether n4 comes to have executed so far within two seconds. */
  catchesUp(sequence: number): boolean {
    return this.world.run(2000, () => this.state().commitIndex === sequence);
  }

  /** What a replica says that was decided, be it true or not. */
  says(replica: NodeId, sequence: number, digest: string): void {
    const { options, ids, keys } = this.world;
    const switches = new BugSwitches(NO_BUGS);
    const author = new Authenticator(keys.keyring(replica), ids, options.authentication, switches);
    const message = author.authenticate<Decided>({ type: 'Decided', sequence, digest, replica });
    this.world.deliver({ from: replica, to: 'n4', message });
  }

  /** What n4 answers at once. */
  read(): Outcome | undefined {
    const reader = this.world.keys.create('reader');
    let answer: Outcome | undefined;
    const asked = this.world.ask(reader, 1, { f: 'read', key: 'x' }, this.world.ids, true);
    this.world.run(10, () => {
      answer = asked.answers.get('n4');
      return answer !== undefined;
    });
    return answer;
  }
}

describe.each(AUTHENTICATIONS)('a replica that waits alone for a later view, with %s', (authentication) => {
  it('executes what f+1 others say that they executed, and answers clients', () => {
    const lonely = new Lonely({ authentication });
    const asked = lonely.ask();
    expect(lonely.world.run(2000, () => asked.answers.has('n4'))).toBe(true);
    expect(asked.answers.get('n4')).toEqual({ type: 'ok' });
    expect(lonely.executed).toEqual([1, 2]);
    expect(lonely.learnt.map(({ by }) => by.length)).toEqual([2, 2]);
    expect(lonely.state()).toMatchObject({ role: 'candidate', term: 1 });
    expect(lonely.watcher.violations).toEqual([]);
  });

  it('takes checkpoints, which count for all', () => {
    const lonely = new Lonely({ authentication, checkpointInterval: 2, logWindow: 4 });
    // Without n4 these are no quorum.
    lonely.world.onSend = (sent) => (sent.from === 'n3' && sent.message.type === 'Checkpoint' ? undefined : sent);
    for (let sequence = 2; sequence <= 9; sequence++) {
      lonely.ask();
      expect(lonely.catchesUp(sequence)).toBe(true);
    }
    lonely.world.run(100);
    for (const id of ['n1', 'n2', 'n4']) {
      const { metrics } = lonely.world.core(id).status();
      expect(metrics).toMatchObject({ pbft_stable_sequence: 8, pbft_states_installed_total: 0 });
    }
    expect(lonely.watcher.violations).toEqual([]);
  });

  it('votes as any in a view that orders the same again, and executes nothing twice', () => {
    const lonely = new Lonely({ authentication });
    lonely.ask();
    expect(lonely.catchesUp(2)).toBe(true);
    lonely.world.crash('n1');
    const client = lonely.world.keys.create('c2');
    const asked = lonely.world.ask(client, 1, { f: 'append', key: 'y', value: 1 }, ['n2', 'n3', 'n4']);
    lonely.watcher.asked(asked);
    expect(lonely.world.run(5000, () => asked.answers.size === 3)).toBe(true);
    expect(lonely.state()).toMatchObject({ role: 'follower', term: 1 });
    expect(lonely.executed).toEqual([1, 2, 3]);
    expect(lonely.watcher.violations).toEqual([]);
  });
});

describe('what others say that they executed', () => {
  it('is believed of f+1, each of whom counts once and for what it said first', () => {
    const lonely = new Lonely({ bugs: { ...NO_BUGS, tellsNoDecisions: true } });
    for (const digest of [NULL_DIGEST, 'other', NULL_DIGEST]) lonely.says('n2', 1, digest);
    lonely.says('n3', 1, 'other');
    expect(lonely.learnt).toEqual([]);
    lonely.says('n1', 1, 'other');
    expect(lonely.learnt).toMatchObject([{ sequence: 1, by: ['n3', 'n1'] }]);
  });

  it('may be the null request', () => {
    const lonely = new Lonely({ bugs: { ...NO_BUGS, tellsNoDecisions: true } });
    for (const replica of ['n2', 'n3']) lonely.says(replica, 1, NULL_DIGEST);
    expect(lonely.executed).toEqual([1]);
  });

  it('has no place outside of the window, nor where it was executed', () => {
    const lonely = new Lonely({ logWindow: 4, checkpointInterval: 4 });
    expect(lonely.catchesUp(1)).toBe(true);
    const slots = lonely.state().metrics.pbft_log_slots;
    const learnt = lonely.learnt.length;
    for (const sequence of [0, 1, 5, 1000, Number.MAX_SAFE_INTEGER]) {
      for (const replica of ['n2', 'n3']) lonely.says(replica, sequence, 'other');
    }
    expect(lonely.state().metrics.pbft_log_slots).toBe(slots);
    expect(lonely.learnt.length).toBe(learnt);
  });

  it('is no reason to answer from an older state after a restart', () => {
    const lonely = new Lonely();
    expect(lonely.catchesUp(1)).toBe(true);
    lonely.world.run(20);
    expect(lonely.read()).toEqual({ type: 'ok', value: [1] });
    lonely.world.crash('n4');
    lonely.world.onSend = (sent) => (sent.to === 'n4' ? undefined : sent);
    lonely.world.boot('n4');
    expect(lonely.state().commitIndex).toBe(0);
    expect(lonely.read()).toBeUndefined();
    lonely.world.onSend = (sent) => sent;
    expect(lonely.catchesUp(1)).toBe(true);
    expect(lonely.read()).toEqual({ type: 'ok', value: [1] });
    expect(lonely.executed).toEqual([1, 1]);
  });
});

describe('known bugs', () => {
  it('who is told no decisions stays behind, and no client has the answer of all correct replicas', () => {
    const lonely = new Lonely({ bugs: { ...NO_BUGS, tellsNoDecisions: true } });
    const asked = lonely.ask();
    lonely.world.run(20_000);
    expect(asked.answers.has('n4')).toBe(false);
    expect(lonely.executed).toEqual([]);
  });

  it('who believes one replica executes what nobody else did', () => {
    const lonely = new Lonely({ bugs: { ...NO_BUGS, believesOneDecision: true } });
    lonely.says('n2', 1, NULL_DIGEST);
    expect(lonely.executed).toEqual([1]);
    expect(lonely.watcher.violations).toContainEqual(expect.stringMatching(/^Agreement at 1/));
  });
});

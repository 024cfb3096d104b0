import type { NodeId } from '../../../kernel/ids.js';
import { NULL_DIGEST } from '../authentication.js';
import type { NewView, PbftMessage, PrePrepare, Prepare, PreparedClaim, ViewChange } from '../messages.js';
import { primaryOf, quorumsOf } from '../quorums.js';
import type { Deceit } from './deceit.js';
import type { Means } from './means.js';
import { Memo, Recent } from './memo.js';

/** Pre-prepares that it keeps in mind. */
const MAX_HEARD = 100;

/**
 * Lies about what was prepared: its VIEW-CHANGE hides certificates or invents one; the NEW-VIEW of a view that it leads
 * has too few view changes, one twice, one that nobody sent, or an O that does not follow from them.
 */
export function badNewView(means: Means): Deceit {
  const lies = new Memo<PbftMessage, PbftMessage>();
  /** Of others: real ones, by sequence number. */
  const heard = new Recent<number, PrePrepare>(MAX_HEARD);
  return {
    hear(input) {
      if (input.kind !== 'receive' || input.message.type !== 'PrePrepare') return input;
      const { requests: _, ...header } = input.message;
      heard.set(header.sequence, header);
      return input;
    },
    send(to, message) {
      switch (message.type) {
        case 'ViewChange':
          return [
            means.lie(
              to,
              lies.of(message, () => falseViewChange(means, message, heard.values())),
            ),
          ];
        case 'NewView':
          return [
            means.lie(
              to,
              lies.of(message, () => falseNewView(means, message)),
            ),
          ];
        default:
          return [{ kind: 'send', to, message }];
      }
    },
  };
}

function falseViewChange(means: Means, message: ViewChange, heard: readonly PrePrepare[]): ViewChange {
  if (means.random.chance(0.5)) return means.restate(message, { prepared: [], prePrepared: [] });
  const claim = falseClaim(means, message, heard);
  const { sequence, view, digest } = claim;
  const others = message.prepared.filter((prepared) => prepared.sequence !== sequence);
  const prepared = [...others, claim].sort((a, b) => a.sequence - b.sequence);
  if (means.options.authentication === 'signatures') return means.restate(message, { prepared });
  const rest = message.prePrepared.filter((prePrepared) => prePrepared.sequence !== sequence);
  const prePrepared = [...rest, { sequence, view, digest }].sort((a, b) => a.sequence - b.sequence);
  return means.restate(message, { prepared, prePrepared });
}

/** That a batch prepared: one that nobody proposed, or one that only this replica has a vote for. */
function falseClaim(means: Means, { stable, view: next }: ViewChange, heard: readonly PrePrepare[]): PreparedClaim {
  const { logWindow } = means.options;
  const real = heard.filter(({ sequence, view, auth }) => {
    return sequence > stable && sequence <= stable + logWindow && view < next && 'signature' in auth;
  });
  if (real.length > 0 && means.random.chance(0.5)) {
    const prePrepare = means.random.pick(real);
    const { sequence, view, digest } = prePrepare;
    const prepares = ownPrepares(means, prePrepare, quorumsOf(means.context.nodes.length).quorum - 1);
    return { sequence, view, digest, proof: { prePrepare, prepares } };
  }
  const sequence = stable + means.random.int(1, logWindow);
  const digest = means.digestOfNothing(String(sequence));
  const view = next - 1;
  return { sequence, view, digest, proof: falseProof(means, view, sequence, digest) };
}

/** The same word of its own, so many times. */
function ownPrepares({ authenticator, id }: Means, { view, sequence, digest }: PrePrepare, count: number): Prepare[] {
  const prepare = authenticator.sign<Prepare>({ type: 'Prepare', view, sequence, digest, replica: id });
  return Array.from({ length: count }, () => prepare);
}

/** As good a certificate as one replica can make: its own prepare many times, or with the names of others on it. */
function falseProof(means: Means, view: number, sequence: number, digest: string): PreparedClaim['proof'] {
  if (means.options.authentication === 'macs') return null;
  const { authenticator, context, random } = means;
  const votes = quorumsOf(context.nodes.length).quorum - 1;
  const primary = primaryOf(view, context.nodes);
  const prePrepare = authenticator.sign<PrePrepare>({ type: 'PrePrepare', view, sequence, digest, replica: primary });
  const backups = context.nodes.filter((node) => node !== primary);
  const names = random.chance(0.5) ? backups.slice(0, votes) : Array.from({ length: votes }, () => means.id);
  const prepares = names.map((replica) =>
    authenticator.sign<Prepare>({ type: 'Prepare', view, sequence, digest, replica }),
  );
  return { prePrepare, prepares };
}

function falseNewView(means: Means, message: NewView): NewView {
  const { viewChanges, prePrepares } = message;
  const [first] = viewChanges;
  const fewer = viewChanges.slice(1);
  const lies: Partial<NewView>[] = [{ viewChanges: fewer }, { prePrepares: withOneMore(means, message) }];
  if (fewer[0]) lies.push({ viewChanges: [...fewer, fewer[0]] });
  if (first) lies.push({ viewChanges: [...fewer, unsentBy(means, first, fewer)] });
  if (prePrepares.length > 0) {
    const place = means.random.int(0, prePrepares.length - 1);
    lies.push({ prePrepares: prePrepares.toSpliced(place, 1) });
    const { digest } = prePrepares[place] as PrePrepare;
    lies.push({ prePrepares: withDigest(means, prePrepares, place, means.digestOfNothing(digest)) });
    if (digest !== NULL_DIGEST) lies.push({ prePrepares: withDigest(means, prePrepares, place, NULL_DIGEST) });
  }
  return means.restate(message, means.random.pick(lies));
}

/** O with a batch at the end that nobody prepared. */
function withOneMore(means: Means, { view, viewChanges, prePrepares }: NewView): readonly PrePrepare[] {
  const last = prePrepares.at(-1)?.sequence ?? Math.max(0, ...viewChanges.map(({ stable }) => stable));
  const sequence = last + 1;
  const digest = means.digestOfNothing(String(sequence));
  const { authenticator, id } = means;
  return [...prePrepares, authenticator.sign<PrePrepare>({ type: 'PrePrepare', view, sequence, digest, replica: id })];
}

function withDigest(means: Means, prePrepares: readonly PrePrepare[], place: number, digest: string) {
  return prePrepares.map((prePrepare, index) =>
    index === place ? means.authenticator.sign<PrePrepare>({ ...prePrepare, digest }) : prePrepare,
  );
}

/** A view change of somebody who is not among `others`, as this replica can make it: all that was prepared is gone. */
function unsentBy(means: Means, like: ViewChange, others: readonly ViewChange[]): ViewChange {
  const silent = means.peers.filter((peer) => others.every(({ replica }) => replica !== peer));
  const replica: NodeId = means.random.pick(silent.length > 0 ? silent : means.peers);
  return means.authenticator.sign<ViewChange>({ ...like, replica, prepared: [], prePrepared: [] });
}

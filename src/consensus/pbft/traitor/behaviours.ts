import type { Behaviour } from '../../../ports/corruption.js';
import { badNewView } from './bad-new-view.js';
import { censorClient } from './censor-client.js';
import { collude } from './collude.js';
import { conflictingVotes } from './conflicting-votes.js';
import type { Deceit } from './deceit.js';
import { delay } from './delay.js';
import { equivocate } from './equivocate.js';
import { forgedSender } from './forged-sender.js';
import { lyingCheckpoint } from './lying-checkpoint.js';
import type { Means } from './means.js';
import { replayOldView } from './replay-old-view.js';
import { selectivelySilent } from './selectively-silent.js';
import { silent } from './silent.js';
import { tamperRequest } from './tamper-request.js';
import { twin } from './twin.js';
import { wrongDigest } from './wrong-digest.js';

const DECEITS: Readonly<Record<Behaviour, (means: Means) => Deceit>> = {
  equivocate,
  silent,
  'selectively-silent': selectivelySilent,
  'wrong-digest': wrongDigest,
  'conflicting-votes': conflictingVotes,
  'forged-sender': forgedSender,
  'replay-old-view': replayOldView,
  'tamper-request': tamperRequest,
  'censor-client': censorClient,
  delay,
  'lying-checkpoint': lyingCheckpoint,
  'bad-new-view': badNewView,
  collude,
  twin,
};

export function deceitOf(behaviour: Behaviour, means: Means): Deceit {
  return DECEITS[behaviour](means);
}

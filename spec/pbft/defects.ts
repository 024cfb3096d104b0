/** What can be modelled beyond the paper. */
export const PBFT_FEATURES = {
  decisions: {
    statement: 'replicas tell others what they executed, who execute what f+1 say (Berger et al. 2021)',
  },
} as const;

type PbftFeature = keyof typeof PBFT_FEATURES;

/** Guards that can be left out of the specification, to see that its invariants notice. */
export const DEFECTS = {
  'prepares-of-any-digest': { statement: 'PREPAREs count whatever digest they are for (against §4.2)' },
  'accepts-second-pre-prepare': {
    statement: 'a backup accepts another digest for a view and a sequence number that it has one for (against §4.2)',
  },
  'accepts-unsigned-requests': { statement: 'a backup accepts requests that no client signed (against §4.2)' },
  'no-watermarks': { statement: 'a backup accepts any sequence number (against §4.2)' },
  'commits-unprepared': { statement: 'a replica sends a COMMIT for what has not prepared (against §4.2)' },
  'quorum-of-2f+1': { statement: '2f+1 replicas are a quorum also where there are more than 3f+1 (against §4.2)' },
  'majority-is-a-quorum': { statement: 'more than half of the replicas are a quorum (against §4.2)' },
  'executes-prepared': { statement: 'a replica executes what has prepared and not committed (against §4.2)' },
  'executes-out-of-order': { statement: 'a replica executes what commits without what is before it (against §4.2)' },
  'executes-requests-twice': {
    statement: 'a request with two sequence numbers is executed twice (against §4.1)',
  },
  'client-trusts-f-replies': { statement: 'a client accepts a result that f replicas sent (against §4.1)' },
  'believes-f-decisions': {
    statement: 'a replica executes what f others say that they executed (against Berger et al. 2021)',
    of: 'decisions',
  },
  'stable-by-itself': { statement: 'a checkpoint is stable where it was taken, without others (against §4.3)' },
  'discards-at-checkpoint': {
    statement: 'a replica discards what prepared before a checkpoint that is not stable (against §4.3)',
  },
  'drops-prepared': { statement: 'a VIEW-CHANGE tells nothing of what prepared (against §4.4)' },
  'unproved-certificates': {
    statement: 'a VIEW-CHANGE is valid whoever signed the messages in its certificates (against §4.4)',
  },
  'lowest-certificate': {
    statement: 'a new view proposes what prepared in the lowest view, not in the highest (against §4.4)',
  },
  'no-null-requests': { statement: 'a new view leaves gaps between its pre-prepares (against §4.4)' },
  'new-view-of-few': { statement: 'VIEW-CHANGEs of f+1 replicas are enough for a new view (against §4.4)' },
  'unverified-new-view': {
    statement: 'a backup enters a new view whatever its pre-prepares follow from (against §4.4)',
  },
  'votes-after-view-change': {
    statement: 'a replica goes on in its view after its VIEW-CHANGE for the next (against §4.4)',
  },
  'view-goes-back': { statement: 'a replica enters views that are before its own (against §4.4)' },
} as const satisfies Record<string, { readonly statement: string; readonly of?: PbftFeature }>;

export type Defect = keyof typeof DEFECTS;

import { isBetweenWatermarks } from './normal-case.js';
import { ofItself, type PbftAction } from './outcome.js';
import { type Digest, withAssignment } from './replica.js';
import { stepRule } from './rules.js';
import type { Setting } from './setting.js';
import type { Assignment } from './view-change.js';
import { requestName } from './words.js';

/** Beyond the paper: what others executed is decided, and executed by a replica that takes no part in their view. */
export function decisionActions(setting: Setting): PbftAction[] {
  const { bounds, defect, quorums } = setting;
  const enough = defect === 'believes-f-decisions' ? quorums.faulty : quorums.weak;
  const sequences = Array.from({ length: bounds.sequences }, (_, index) => index + 1);
  const assignments = sequences.flatMap((sequence) =>
    [...setting.requests, null].map((digest): Assignment<Digest | null> => ({ sequence, digest })),
  );

  const learnDecision: PbftAction = {
    ...stepRule('LearnDecision'),
    ...ofItself(setting, (node, self, { decisions }) => {
      const isKnown = (sequence: number) =>
        [...node.executed, ...node.committed].some((decision) => decision.sequence === sequence);
      /** Of the correct others; traitors say it of everything. */
      const tellersOf = ({ sequence, digest }: Assignment<Digest | null>) =>
        decisions
          .filter((told) => told.sequence === sequence && told.digest === digest)
          .flatMap(({ replicas }) => replicas.filter((replica) => replica !== self));
      return assignments
        .filter(({ sequence }) => isBetweenWatermarks(setting, node, sequence) && !isKnown(sequence))
        .filter((assignment) => tellersOf(assignment).length + bounds.traitors.length >= enough)
        .map((assignment) => ({
          node: { ...node, committed: withAssignment(node.committed, { ...assignment, view: null }) },
          choice: `${requestName(assignment.digest)} as ${assignment.sequence}`,
        }));
    }),
  };

  return bounds.decisions ? [learnDecision] : [];
}

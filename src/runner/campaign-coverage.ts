import { grouped } from '../kernel/count.js';
import type { Rarity } from '../plugin/coverage.js';
import type { CampaignEvidence, CampaignReach } from '../store/campaign-record.js';
import type { RunRecord } from '../store/run-record.js';
import { PROFILES, type ProfileName } from './profiles.js';

type ReachedInRuns = CampaignReach['classes'][number];

/** What a valid campaign must have come upon: all that is as rare as this, or less. */
export const RAREST: Readonly<Record<ProfileName, Rarity>> = {
  quick: 'common',
  standard: 'uncommon',
  thorough: 'rare',
};
const RARITIES: readonly Rarity[] = ['common', 'uncommon', 'rare'];

/** What the runs of a campaign came upon, all together. */
export class CampaignCoverage {
  private runs = 0;
  private readonly classes = new Map<string, ReachedInRuns>();

  add({ id, checks }: Pick<RunRecord, 'id' | 'checks'>): void {
    const reached = checks.flatMap(({ coverage }) => coverage ?? []);
    if (reached.length > 0) this.runs++;
    for (const { times, ...told } of reached) {
      const key = `${told.kind} ${told.name}`;
      const before = this.classes.get(key) ?? { ...told, times: 0, runs: 0 };
      const here = times > 0 ? { runs: before.runs + 1, example: before.example ?? id } : {};
      this.classes.set(key, { ...before, times: before.times + times, ...here });
    }
  }

  /** Undefined where no run could tell: the system records no trace, or no run came to its end. */
  summary(): CampaignReach | undefined {
    return this.runs === 0 ? undefined : { runs: this.runs, classes: [...this.classes.values()] };
  }
}

/**
 * What a campaign's verdict rests on besides its runs' own evidence: whether they came upon what its profile requires.
 * A short one that did not come upon something rare says so, and is valid all the same.
 */
export function campaignEvidence(profile: ProfileName, reach: CampaignReach | undefined): CampaignEvidence {
  if (reach === undefined) {
    return { verdict: 'valid', summary: 'What its nodes came upon is not known: no run left a trace of their steps.' };
  }
  const required = RARITIES.slice(0, RARITIES.indexOf(RAREST[profile]) + 1);
  const notable = reach.classes.filter(({ rarity }) => rarity !== undefined);
  const never = notable.filter(({ times }) => times === 0);
  const missing = never.filter(({ rarity }) => rarity !== undefined && required.includes(rarity));
  if (missing.length > 0) {
    return {
      verdict: 'unknown',
      summary: `Inconclusive. ${neverReached(missing, profile)}`,
      wayOut: wayOut(missing),
    };
  }
  const reached = reach.classes.filter(({ times }) => times > 0).length;
  const share = `The runs came upon ${grouped(reached)} of ${grouped(reach.classes.length)} actions, outcomes and states`;
  if (notable.length === 0) return { verdict: 'valid', summary: `${share}.` };
  const requiring = PROFILES.findLast((each) => never.some(({ rarity }) => rarity === RAREST[each]));
  if (requiring === undefined)
    return { verdict: 'valid', summary: `${share}, among them all that any profile requires.` };
  return { verdict: 'valid', summary: `${share}. ${neverReached(never, requiring)}` };
}

function neverReached(classes: readonly ReachedInRuns[], requiring: ProfileName): string {
  const names = classes.map(({ name }) => name).join(', ');
  const these = classes.length === 1 ? 'it' : 'them';
  return `Never reached, and so never tested: ${names} (profile ${requiring} requires ${these}).`;
}

/** More seeds, or the nemeses that lead to the first. */
function wayOut(missing: readonly ReachedInRuns[]): string {
  const [first] = missing;
  const directed =
    first?.by === undefined ? '' : ` To look at ${first.name} alone, try \`assay run\` with --nemesis ${first.by}.`;
  return `Certify again with another --seed, which makes other runs.${directed}`;
}

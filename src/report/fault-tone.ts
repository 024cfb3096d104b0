/** The style variable that holds the colour of a kind of fault. */
export function faultTone(kind: string): 'cut' | 'process' | 'clock' | 'packet' | 'traitor' {
  if (kind === 'cut') return 'cut';
  if (kind === 'byzantine') return 'traitor';
  if (kind === 'kill' || kind === 'pause' || kind === 'power') return 'process';
  return kind.startsWith('clock') ? 'clock' : 'packet';
}

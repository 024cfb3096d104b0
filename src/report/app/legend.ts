import { OUTCOME_MEANINGS } from '../operation-text.js';
import type { RunView } from '../view.js';
import { element } from './dom.js';

/** What the marks mean, in words and shapes: colour is never alone. */
export function legend({ words, treasons }: RunView): HTMLElement {
  const marks: [string, string][] = [
    [`<rect width="16" height="10" rx="1" fill="var(--ok)"/>`, `ok: ${OUTCOME_MEANINGS.ok}`],
    [
      `<rect x=".75" y=".75" width="14.5" height="8.5" fill="var(--fail)" fill-opacity=".25" stroke="var(--fail)" stroke-width="1.5"/>`,
      `fail: ${OUTCOME_MEANINGS.fail}`,
    ],
    [
      `<rect width="16" height="10" fill="var(--info)" fill-opacity=".45"/><rect width="4" height="10" fill="var(--info)"/>`,
      `info: ${OUTCOME_MEANINGS.info}`,
    ],
    [`<rect x="2" y="1.5" width="12" height="7" fill="var(--anomaly)"/>`, 'forces an anomaly'],
    [`<rect width="16" height="10" fill="var(--leader)"/>`, words.leader],
    [`<rect width="16" height="10" fill="var(--candidate)"/>`, words.candidateMeans],
    [`<rect width="16" height="10" fill="var(--follower)"/>`, words.follower],
    [`<rect width="16" height="10" fill="var(--down)"/>`, 'node does not answer'],
    ...(treasons.length > 0
      ? ([[`<rect width="16" height="10" fill="var(--traitor)"/>`, 'traitor']] as [string, string][])
      : []),
    [
      `<rect width="16" height="10" fill="var(--cut)" fill-opacity=".26"/><rect width="2" height="10" fill="var(--cut)"/>`,
      'fault in force',
    ],
    [`<path d="M0 5h16" stroke="var(--muted)" stroke-width="1.5" stroke-dasharray="2 3"/>`, 'rate asked for'],
  ];
  const line = element('div', { class: 'legend' });
  for (const [shape, words] of marks) {
    const mark = element('span');
    mark.innerHTML = `<svg viewBox="0 0 16 10" aria-hidden="true">${shape}</svg>`;
    mark.append(words);
    line.append(mark);
  }
  return line;
}

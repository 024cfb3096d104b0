import type { Verdict } from '../../plugin/checker.js';
import { html, type Markup } from './markup.js';

/** What each verdict is called: never by colour alone. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  valid: 'Valid',
  invalid: 'Invalid',
  unknown: 'Unknown',
};

const SHAPES: Readonly<Record<Verdict, Markup>> = {
  valid: html`<path d="M10 20.5l7 7 13.5-15" fill="none" stroke="var(--panel)" stroke-width="4.2" stroke-linecap="round" stroke-linejoin="round"/>`,
  invalid: html`<path d="M13 13l14 14M27 13L13 27" fill="none" stroke="var(--panel)" stroke-width="4.2" stroke-linecap="round"/>`,
  unknown: html`<path d="M14.5 15.6c.3-3.2 2.6-4.9 5.6-4.9 3.3 0 5.6 2 5.6 4.8 0 4.2-5.4 4.3-5.4 8.4" fill="none" stroke="var(--panel)" stroke-width="4" stroke-linecap="round"/><circle cx="20.2" cy="30" r="2.6" fill="var(--panel)"/>`,
};

/** The verdict's sign: a disc with a tick, a square with a cross, a disc with a question mark. */
export function verdictSign(verdict: Verdict): Markup {
  const ground =
    verdict === 'invalid'
      ? html`<rect x="1" y="1" width="38" height="38" rx="8" fill="currentColor"/>`
      : html`<circle cx="20" cy="20" r="19.5" fill="currentColor"/>`;
  return html`<svg viewBox="0 0 40 40" aria-hidden="true">${ground}${SHAPES[verdict]}</svg>`;
}

export function verdictBadge(verdict: Verdict, word: string = VERDICT_WORDS[verdict]): Markup {
  return html`<span class="badge ${verdict}">${verdictSign(verdict)}${word}</span>`;
}

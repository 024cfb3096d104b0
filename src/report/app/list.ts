import { wireCopyButtons } from './dom.js';

/** A list with a filter: every word that is typed must stand somewhere in a row. */
function wireFilter(input: HTMLInputElement): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const count = document.getElementById('count');
  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = (row.textContent ?? '').toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) shown++;
    }
    if (count) count.textContent = shown === rows.length ? `${rows.length}` : `${shown} of ${rows.length}`;
  };
  input.addEventListener('input', apply);
  apply();
}

wireCopyButtons();
const input = document.querySelector<HTMLInputElement>('input[type="search"]');
if (input) wireFilter(input);

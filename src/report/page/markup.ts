/** Text that is HTML already. Everything else that goes into a page is escaped. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Fragment = Markup | string | number | undefined | readonly Fragment[];

/**
 * HTML from a template: whatever is filled in is escaped unless it is {@link Markup} itself, so that no value of a run
 * can become part of the page's code.
 *
 * @example
 * html`<p title="${'"'}">${'<b>'}</p>`.text // '<p title="&quot;">&lt;b&gt;</p>'
 */
export function html(strings: TemplateStringsArray, ...fragments: readonly Fragment[]): Markup {
  let text = strings[0] ?? '';
  for (const [index, fragment] of fragments.entries()) text += textOf(fragment) + (strings[index + 1] ?? '');
  return new Markup(text);
}

/** JSON that stands inside a script element, which ends at `</script` whatever is around it. */
export function jsonForScript(value: unknown): Markup {
  return new Markup(
    JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

function textOf(fragment: Fragment): string {
  if (fragment === undefined) return '';
  if (fragment instanceof Markup) return fragment.text;
  if (typeof fragment === 'object') return fragment.map(textOf).join('');
  return String(fragment).replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

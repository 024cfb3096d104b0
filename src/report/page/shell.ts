import { createHash } from 'node:crypto';
import { type Fragment, html, Markup } from './markup.js';
import { STYLE } from './style.js';

/**
 * A whole page in one file. The content security policy lets it load nothing at all and run no script but `script`, so
 * that a page made from a hostile server's answers is as harmless as the server's answers.
 */
export function renderPage(page: { title: string; body: Fragment; data?: Markup; script?: string }): string {
  const scripts =
    page.script === undefined ? "'none'" : `'sha256-${createHash('sha256').update(page.script).digest('base64')}'`;
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${scripts}; img-src data:; base-uri 'none'; form-action 'none'`;
  const data = page.data ? html`<script type="application/json" id="data">${page.data}</script>` : undefined;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title}</title>
<link rel="icon" href="data:,">
<style>${new Markup(STYLE)}</style>
</head>
<body>
${page.body}
${data}
${page.script === undefined ? undefined : html`<script>${new Markup(page.script)}</script>`}
</body>
</html>
`.text;
}

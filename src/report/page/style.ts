/** The style of every page: a calm document first, an instrument below it. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #faf9f6; --panel: #ffffff; --ink: #1d1e20; --muted: #5b5e64; --line: #dcd9d1; --faint: #efede7;
  --accent: #2f5fa3;
  --valid: #1c6b46; --valid-tint: #e9f2ec;
  --invalid: #a5231c; --invalid-tint: #faebe9;
  --unknown: #775600; --unknown-tint: #f8f0da;
  --ok: #3d6fb4; --fail: #7d828b; --info: #cf7420; --pending: #cf7420; --anomaly: #c4231b;
  --leader: #2d5288; --candidate: #c79a3b; --follower: #dfe3ea; --down: #4a4d53; --on-leader: #ffffff; --on-follower: #5b5e64; --on-down: #ffffff;
  --cut: #7555ab; --process: #96404f; --clock: #83681b; --packet: #4d7240; --traitor: #a8385f; --on-traitor: #ffffff; --shade: rgba(117, 85, 171, 0.09);
  --node-1: #2d6fb0; --node-2: #b5562b; --node-3: #2f8060; --node-4: #8b4f9e; --node-5: #867217; --node-6: #b03a68; --node-7: #4a6a76;
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  --serif: ui-serif, "Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", Georgia, "Noto Serif", "DejaVu Serif", serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root:not([data-scheme="light"]) {
    --paper: #141619; --panel: #1a1d21; --ink: #e7e5e0; --muted: #a3a6ac; --line: #30343a; --faint: #22262b;
    --accent: #8ab4f0;
    --valid: #74cca0; --valid-tint: #16251e;
    --invalid: #ff8f86; --invalid-tint: #2c1918;
    --unknown: #e3c063; --unknown-tint: #282213;
    --ok: #6b9fe4; --fail: #858b95; --info: #eea04c; --pending: #eea04c; --anomaly: #ff6a5e;
    --leader: #7fabe8; --candidate: #c39a45; --follower: #2a3038; --down: #08090a; --on-leader: #0f1722; --on-follower: #a3a6ac; --on-down: #a3a6ac;
    --cut: #ab8fdc; --process: #d98391; --clock: #cfae57; --packet: #8fb77f; --traitor: #e78fae; --on-traitor: #2b0f1b; --shade: rgba(171, 143, 220, 0.13);
    --node-1: #74abea; --node-2: #e58e62; --node-3: #65bd98; --node-4: #c58ad8; --node-5: #cdb755; --node-6: #ea80a8; --node-7: #93b3bf;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 var(--sans); font-variant-numeric: tabular-nums; }
.column { max-width: 1200px; margin: 0 auto; padding: 0 28px; }
a { color: var(--accent); }
a:focus-visible, button:focus-visible, canvas:focus-visible, input:focus-visible, select:focus-visible, summary:focus-visible, [tabindex]:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px;
}
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 8px; top: 8px; background: var(--panel); padding: 6px 10px; z-index: 9; }
h2 { font: 600 20px/1.25 var(--serif); margin: 0 0 4px; letter-spacing: -0.005em; }
h3 { font: 600 15px/1.35 var(--sans); margin: 22px 0 6px; }
p { margin: 0 0 10px; }
code, .mono { font-family: var(--mono); font-size: 0.88em; }
.muted { color: var(--muted); }
.lede { color: var(--muted); margin: 0 0 14px; max-width: 75ch; }

.verdict { border-top: 6px solid var(--tone); background: var(--tint); padding: 26px 0 24px; border-bottom: 1px solid var(--line); }
.valid { --tone: var(--valid); --tint: var(--valid-tint); }
.invalid { --tone: var(--invalid); --tint: var(--invalid-tint); }
.unknown { --tone: var(--unknown); --tint: var(--unknown-tint); }
.eyebrow { display: flex; flex-wrap: wrap; gap: 4px 18px; justify-content: space-between; margin: 0 0 14px; color: var(--muted); font-size: 13px; }
.eyebrow b { color: var(--ink); font-weight: 600; letter-spacing: 0.02em; }
.verdict h1 { display: flex; align-items: center; gap: 14px; margin: 0; color: var(--tone); font: 600 44px/1.1 var(--serif); letter-spacing: -0.015em; }
.verdict h1 svg { flex: none; width: 40px; height: 40px; }
.subject { margin: 4px 0 14px; font-size: 16px; }
.narrative { text-wrap: pretty; font: 18px/1.55 var(--serif); max-width: 68ch; margin: 0 0 18px; overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: 12px 34px; margin: 0 0 18px; }
.figures div { min-width: 0; }
.figures dt { color: var(--muted); font-size: 12.5px; }
.figures dd { margin: 0; font: 600 21px/1.25 var(--sans); }
.replay { display: flex; align-items: stretch; max-width: 100%; width: fit-content; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); overflow: hidden; }
.replay code { padding: 8px 12px; overflow-x: auto; white-space: pre; font-size: 13px; }
.replay button { border: 0; border-left: 1px solid var(--line); border-radius: 0; min-width: 76px; }

button, select, input[type="search"], .button {
  font: 500 13px/1.2 var(--sans); color: var(--ink); background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 7px 11px; min-height: 34px;
}
button { cursor: pointer; }
button:hover { background: var(--faint); }
.button { text-decoration: none; display: inline-flex; align-items: center; }

section { padding: 30px 0 6px; }
section + section { border-top: 1px solid var(--line); margin-top: 26px; }
.anomaly-title { font: 600 18px/1.4 var(--serif); color: var(--invalid); margin: 14px 0 10px; max-width: 75ch; text-wrap: pretty; overflow-wrap: anywhere; }
.kind { font: 600 12px/1 var(--mono); color: var(--muted); margin-left: 8px; white-space: nowrap; }
.story { margin: 0 0 18px; padding-left: 0; list-style: none; counter-reset: step; max-width: 82ch; }
.story li { counter-increment: step; position: relative; padding: 4px 0 4px 36px; overflow-wrap: anywhere; }
.story li::before { content: counter(step); position: absolute; left: 0; top: 5px; width: 22px; height: 22px; border-radius: 50%; background: var(--invalid-tint); color: var(--invalid); font: 600 12px/22px var(--sans); text-align: center; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
.scroll { overflow-x: auto; }
.mini { margin: 0 0 14px; }
.mini svg { display: block; width: 100%; min-width: 780px; height: auto; font-family: var(--sans); }
.mini figcaption { padding: 0 14px 12px; color: var(--muted); font-size: 13px; }
.mini-actions { display: flex; gap: 8px; flex-wrap: wrap; margin: 0 0 16px; }
details.more { border-top: 1px solid var(--line); padding: 8px 0; }
details.more > summary { cursor: pointer; padding: 4px 0; overflow-wrap: anywhere; }
.reach > summary { font-weight: 600; font-size: 14px; }
.reach table { margin: 6px 0 10px; }
.reach .source { color: var(--muted); white-space: nowrap; }
@media (min-width: 721px) { .reach th[scope="row"] { width: 26%; } }
.reach tr.notable > * { background: var(--unknown-tint); }
.reach tr.notable > th { color: var(--unknown); padding-left: 10px; box-shadow: inset 3px 0 0 var(--unknown); }

.toolbar { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin: 0 0 10px; }
.toolbar .spacer { flex: 1; }
.toolbar .group { display: inline-flex; }
.toolbar .group button { border-radius: 0; margin-left: -1px; min-width: 38px; }
.toolbar .group button:first-child { border-radius: 6px 0 0 6px; margin-left: 0; }
.toolbar .group button:last-child { border-radius: 0 6px 6px 0; }
.toolbar label { display: inline-flex; gap: 6px; align-items: center; font-size: 13px; color: var(--muted); }
.instrument { position: relative; overflow: hidden; }
.instrument canvas { display: block; width: 100%; touch-action: pan-y; cursor: crosshair; }
.instrument canvas.overview { border-bottom: 1px solid var(--line); cursor: ew-resize; touch-action: none; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 9px 14px; border-top: 1px solid var(--line); font-size: 12.5px; color: var(--muted); }
.legend span { display: inline-flex; align-items: center; gap: 6px; }
.legend svg { width: 16px; height: 10px; flex: none; }
.tip { position: absolute; z-index: 3; pointer-events: none; max-width: min(420px, 90%); background: var(--ink); color: var(--paper); border-radius: 6px; padding: 8px 11px; font-size: 12.5px; line-height: 1.45; box-shadow: 0 4px 18px rgba(0,0,0,.22); overflow-wrap: anywhere; }
.tip b, .pinned b { font-family: var(--mono); font-weight: 600; }
.tip[hidden] { display: none; }
.pinned { border-top: 1px solid var(--line); padding: 11px 14px; font-size: 13px; min-height: 44px; overflow-wrap: anywhere; }
.pinned dl, .tip dl { display: grid; grid-template-columns: max-content 1fr; gap: 1px 14px; margin: 4px 0 0; }
.pinned dt { color: var(--muted); } .tip dt { opacity: 0.75; } .pinned dd, .tip dd { margin: 0; }
.keys kbd { font: 600 11px/1 var(--mono); border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: 2px 5px; background: var(--panel); }

table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th { text-align: left; font-weight: 600; color: var(--muted); font-size: 12.5px; }
th, td { padding: 8px 14px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.nowrap { white-space: nowrap; }
tbody tr:last-child td, tbody tr:last-child th { border-bottom: 0; }
tbody th { color: var(--ink); font-size: 13.5px; }
.badge { display: inline-flex; align-items: center; gap: 6px; font-weight: 600; color: var(--tone); white-space: nowrap; }
.badge svg { width: 15px; height: 15px; flex: none; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 5px 22px; margin: 0; font-size: 13.5px; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.traitor-name { background: var(--traitor); color: var(--on-traitor); border-radius: 3px; padding: 1px 6px; }
.checkfacts { color: var(--muted); font-size: 12.5px; font-weight: 400; }
.bad { color: var(--invalid); font-weight: 600; }
.odd { color: var(--unknown); font-weight: 600; }
.phase-legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 12.5px; color: var(--muted); }
.phase-legend > span { display: inline-flex; align-items: center; gap: 7px; }
.bar { display: inline-block; width: 46px; height: 8px; flex: none; background: linear-gradient(to right, var(--phase) calc(var(--reached) * 25%), var(--line) 0); -webkit-mask: repeating-linear-gradient(to right, #000 0 10px, transparent 10px 12px); mask: repeating-linear-gradient(to right, #000 0 10px, transparent 10px 12px); }
.p0 { --reached: 0; --phase: var(--line); } .p1 { --reached: 1; --phase: var(--candidate); } .p2 { --reached: 2; --phase: var(--info); } .p3 { --reached: 3; --phase: var(--ok); } .p4 { --reached: 4; --phase: var(--leader); }
.turned { background: repeating-linear-gradient(135deg, transparent 0 5px, color-mix(in srgb, var(--traitor) 24%, transparent) 5px 8px); }
.phase-legend .turned { background: none; }
.swatch { width: 22px; height: 12px; background: repeating-linear-gradient(135deg, transparent 0 5px, color-mix(in srgb, var(--traitor) 36%, transparent) 5px 8px); border: 1px solid var(--line); }
table.phases { font-size: 12.5px; width: auto; min-width: 100%; }
table.phases th, table.phases td { padding: 4px 14px 4px 0; vertical-align: middle; }
table.phases td.cell { padding: 4px 10px; white-space: nowrap; color: var(--muted); border-left: 1px solid var(--line); }
table.phases td.cell span { margin-left: 7px; }
table.phases thead th:nth-child(n+5) { padding-left: 10px; }
table.phases code.d0 { margin-left: 7px; color: var(--ink); } table.phases code.d1, table.phases code.d2 { margin-left: 7px; color: var(--invalid); font-weight: 600; } table.phases code.d2 { color: var(--unknown); }
table.phases tr.between td { background: var(--faint); font-size: 12.5px; overflow-wrap: normal; }
table.phases tr.broken > * { background-color: var(--invalid-tint); }
table.phases tr:hover > th { color: var(--accent); }
.omissions { font-size: 13px; color: var(--muted); border-left: 3px solid var(--line); padding-left: 12px; margin: 14px 0 0; max-width: 90ch; }
.list { padding-top: 22px; padding-bottom: 40px; }
.list h1 { font: 600 30px/1.2 var(--serif); margin: 0 0 14px; letter-spacing: -0.01em; }
.list input { min-width: min(340px, 60vw); font-weight: 400; }
.rows td:last-child { white-space: nowrap; }
.rows td:last-child a + a { margin-left: 10px; }
tbody tr[data-row]:hover > * { background: var(--faint); }
.pick { user-select: all; display: block; white-space: pre-wrap; font-weight: 400; padding: 4px 0; overflow-wrap: anywhere; }
.cell { text-decoration: none; }
footer { color: var(--muted); font-size: 12.5px; padding: 26px 0 40px; }
.error { border: 1px solid var(--line); border-left: 4px solid var(--unknown); background: var(--panel); padding: 10px 14px; border-radius: 6px; margin: 0 0 18px; max-width: 82ch; overflow-wrap: anywhere; }

@media (max-width: 720px) {
  .column { padding: 0 16px; }
  .verdict { padding: 18px 0; }
  .verdict h1 { font-size: 34px; }
  .verdict h1 svg { width: 32px; height: 32px; }
  .narrative { font-size: 16.5px; }
  .figures { display: grid; grid-template-columns: 1fr 1fr; gap: 10px 18px; }
  .figures dd { font-size: 18px; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: 8px; }
  table.stack thead { position: absolute; left: -9999px; }
  table.stack tr { display: block; border-bottom: 1px solid var(--line); padding: 8px 0; }
  table.stack th, table.stack td { display: block; border: 0; padding: 1px 0; text-align: left; white-space: normal; }
  table.stack td[data-label]::before { content: attr(data-label) ": "; color: var(--muted); }
  table.stack td:empty { display: none; }
  .keys { display: none; }
}
@media print {
  body { background: #fff; font-size: 11pt; }
  .verdict { background: none; }
  section { break-inside: auto; }
  h2, h3, .anomaly-title { break-after: avoid; }
  figure, tr, .instrument { break-inside: avoid; }
  .toolbar, .mini-actions, .replay button, .keys, nav, .skip, .tip, .pinned, .overview { display: none !important; }
  .mini svg { min-width: 0; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`;

/** The style of the page of a review: the colours and sizes of the console, which stand in `web/src/style/tokens.css`. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#16211c, #e9f0ec);
  --quiet: light-dark(#4a5850, #adbcb4);
  --paper: light-dark(#ffffff, #111815);
  --surface: light-dark(#f3f6f4, #1a2420);
  --line: light-dark(#d3dcd7, #35443c);
  --edge: light-dark(#6b7a72, #84968c);
  --accent: light-dark(#0f6b4f, #6fd3ad);
  --bad: light-dark(#a3221b, #ff9d94);
  --font: system-ui, -apple-system, 'Segoe UI', sans-serif;
  --fixed: ui-monospace, 'SF Mono', Menlo, Consolas, monospace;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 var(--font); }
main { max-width: 80rem; margin: 0 auto; padding: 24px 16px; }
h1 { margin: 0 0 8px; font-size: 1.625rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 32px 0 8px; font-size: 1.25rem; }
.lead, .quiet, dt, caption { color: var(--quiet); }
.lead { margin: 0 0 24px; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); gap: 16px; margin: 0 0 24px; }
dt { font-size: 0.875rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.proof dl { grid-template-columns: 1fr; gap: 8px; }
.proof dd, pre { font-family: var(--fixed); font-size: 0.875rem; }
pre { margin: 0; padding: 16px; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); white-space: pre-wrap; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; }
caption { padding: 0 0 8px; text-align: left; font-weight: 600; }
th, td { padding: 8px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead th { border-bottom-color: var(--edge); color: var(--quiet); }
tbody th { font-weight: 600; }
tbody th .quiet { font-weight: 400; }
.keep { color: var(--accent); }
.remove { color: var(--bad); }
@media (max-width: 60rem) {
  table, tbody, tr, th, td { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { padding: 8px 0; border-bottom: 1px solid var(--edge); }
  tbody th, td { padding: 2px 0; border: 0; }
}
@page { size: A4 landscape; margin: 12mm; }
@media print {
  :root { color-scheme: light; }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  table { font-size: 9pt; }
  thead { display: table-header-group; }
  tr, .proof div { break-inside: avoid; }
}
`;

/** The look of the page: readable on paper and without colours, contrast of at least 4.5 to 1 everywhere. */
export const style = `
:root { color-scheme: light; --ink: #1b1f24; --soft: #4a5561; --line: #c9d1d9; --back: #ffffff; --shade: #f3f5f7; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 72rem; color: var(--ink); background: var(--back);
  font: 1rem/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.35rem; margin: 2.8rem 0 .6rem; padding-bottom: .25rem; border-bottom: 2px solid var(--ink); }
h3 { font-size: 1.08rem; margin: 1.8rem 0 .4rem; }
p, ul { margin: .5rem 0; max-width: 48rem; }
ul { padding-left: 1.3rem; }
.lead { color: var(--soft); margin: 0; }
nav ul { columns: 2; max-width: 40rem; }
a { color: #0b4f8a; }
.wide { overflow-x: auto; margin: .9rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding: .2rem 0 .4rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line);
  overflow-wrap: break-word; }
thead th { background: var(--shade); border-bottom: 2px solid var(--line); overflow-wrap: normal; }
tbody th { font-weight: 500; min-width: 8rem; }
.plain { list-style: none; margin: 0; padding: 0; } .plain li + li { margin-top: .25rem; }
code { font: .88em/1.4 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; overflow-wrap: break-word; }
.verdict { display: inline-block; padding: 0 .45rem; border: 1.5px solid currentColor; border-radius: .25rem;
  font-size: .88em; font-weight: 600; white-space: nowrap; background: #fff; }
.passed { color: #17603a; } .violation { color: #a3141c; } .excepted, .deferred, .unverified { color: #7a4a00; }
.nothing, .not-run { color: #4a5561; border-style: dashed; }
.notice { border: 2px solid #7a4a00; border-left-width: .6rem; padding: .5rem 1rem; margin: 1rem 0; background: #fff9ef; }
.notice.refused { border-color: #a3141c; background: #fff4f4; }
details { border: 1px solid var(--line); border-radius: .3rem; padding: .3rem .8rem; margin: .6rem 0; }
summary { cursor: pointer; font-weight: 500; }
dl { display: grid; grid-template-columns: minmax(9rem, 13rem) 1fr; gap: .25rem 1rem; margin: .8rem 0; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid #0b4f8a; outline-offset: 2px; }
@media (max-width: 40rem) { nav ul { columns: 1; } dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
@page { size: A4; margin: 14mm 12mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 9pt; }
  table { font-size: 7.5pt; } th, td { padding: .2rem .35rem; } tbody th { min-width: 0; } p, ul { max-width: none; }
  nav { display: none; }
  h2 { break-after: avoid; } h3, caption, thead { break-after: avoid; } tr { break-inside: avoid; }
  .wide { overflow: visible; } details { border: 0; padding: 0; }
  details::details-content { content-visibility: visible; block-size: auto; }
  a { color: inherit; text-decoration: none; }
}
`;

/** The report's style sheet: as the console's, and fit for A4. No colour alone says anything. */

const LIGHT = `--ground:#f7f7f4;--card:#fff;--sunk:#f1f1ec;--ink:#1d2421;--soft:#59635e;--line:#dcdfd9;--accent:#1f5f5b;
--accent-soft:#e3efed;--second:#c3743a;--bad:#a8261d;--bad-soft:#fbeae7;--warn:#7a5200;--warn-soft:#fbf1d9;--good:#23662f;--good-soft:#e6f2e6;`;
const DARK = `--ground:#141817;--card:#1d2221;--sunk:#171b1a;--ink:#e6eae7;--soft:#a2aca7;--line:#343b38;--accent:#7cc8c0;
--accent-soft:#203734;--second:#e2a06c;--bad:#ff9d92;--bad-soft:#3a1f1c;--warn:#edc26b;--warn-soft:#362a13;--good:#93d39b;--good-soft:#1c3120;`;

export const STYLE = `
:root{color-scheme:light dark;${LIGHT}
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Hiragino Sans","Hiragino Kaku Gothic ProN","Yu Gothic UI","Noto Sans CJK JP","Noto Sans JP","IPAGothic",Meiryo,sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono","Noto Sans Mono","Courier New","Noto Sans Mono CJK JP","IPAGothic",monospace}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*,*::before,*::after{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.6 var(--sans);overflow-wrap:anywhere}
:lang(ja) body,body:lang(ja){line-height:1.75;line-break:strict}
main{max-width:62rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1,h2,h3,h4{line-height:1.3;text-wrap:balance;font-weight:650;break-after:avoid}
h1{margin:0 0 .5rem;font-size:1.7rem;letter-spacing:-.01em}
h2{margin:3rem 0 1rem;padding-top:.75rem;border-top:2px solid var(--line);font-size:1.25rem}
h3{margin:2rem 0 .75rem;font-size:1.08rem}
h4{margin:1.5rem 0 .5rem;font-size:.95rem}
p{margin:0 0 .75rem}
header p{color:var(--soft);font-size:.92rem;margin:0 0 .3rem}
a{color:var(--accent);text-underline-offset:.2em}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;margin:1.25rem 0 0;padding:0;list-style:none;font-size:.92rem}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:.75rem;margin:0 0 1rem}
.tiles div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.75rem .9rem}
.tiles dt{color:var(--soft);font-size:.85rem;line-height:1.35}
.tiles dd{margin:.15rem 0 0;font-size:1.5rem;font-weight:650;font-variant-numeric:tabular-nums;line-height:1.2}
@media (max-width:38rem){.tiles{grid-template-columns:repeat(2,1fr)}}
.tiles .bad dd{color:var(--bad)}.tiles .warn dd{color:var(--warn)}
.points{margin:0 0 1rem;padding:0;list-style:none}
.points li{border-left:4px solid var(--line);padding:.3rem 0 .3rem .8rem;margin:0 0 .4rem}
.points .bad{border-color:var(--bad)}.points .warn{border-color:var(--warn)}.points .good{border-color:var(--good)}
p.bad,p.warn,p.good{padding:.5rem .8rem;border-radius:8px}
p.bad{background:var(--bad-soft);color:var(--bad)}p.warn{background:var(--warn-soft);color:var(--warn)}p.good{background:var(--good-soft);color:var(--good)}
.said,code,pre{font-family:var(--mono);font-size:.88em}
.said{background:var(--sunk);border-radius:4px;padding:.05em .3em;unicode-bidi:isolate}
.badge{display:inline-block;border:1px solid currentColor;border-radius:999px;padding:0 .55em;font-size:.8rem;line-height:1.5;white-space:nowrap}
.badge.bad{color:var(--bad)}.badge.warn{color:var(--warn)}.badge.good{color:var(--good)}
.scroll{overflow-x:auto;margin:0 0 1rem;background:var(--card);border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%;font-size:.9rem;line-height:1.45}
th,td{text-align:left;vertical-align:top;padding:.45rem .7rem;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--soft);font-weight:600;vertical-align:bottom;overflow-wrap:normal;word-break:keep-all}
tbody th{font-weight:400}
.number{text-align:right;font-variant-numeric:tabular-nums}
td.number{white-space:nowrap}th.number{min-width:3.4rem}
td{min-width:4.5rem}td.number{min-width:0}
.chart{margin:1.25rem 0;padding:.9rem 1rem;background:var(--card);border:1px solid var(--line);border-radius:10px;break-inside:avoid}
.chart figcaption{font-weight:600;font-size:.95rem;margin-bottom:.4rem}
.chart svg{display:block;width:100%;height:auto}
.grid{stroke:var(--line);stroke-width:1}
.tick{fill:var(--soft);font:11px var(--sans)}
.bar.first{fill:var(--accent)}
.bar.second{fill:var(--card);stroke:var(--second);stroke-width:2;fill:color-mix(in srgb,var(--second) 35%,var(--card))}
.legend{display:flex;gap:1.2rem;flex-wrap:wrap;margin:0 0 .4rem;padding:0;list-style:none;font-size:.85rem;color:var(--soft)}
.legend li{display:flex;align-items:center;gap:.4rem}
.legend svg{width:14px;height:14px}
details{margin:.3rem 0 0;font-size:.9rem}
summary{cursor:pointer;color:var(--soft)}
.chart details table{width:auto;min-width:40%;margin-top:.4rem}
pre{margin:.4rem 0 1rem;padding:.8rem 1rem;background:var(--sunk);border:1px solid var(--line);border-radius:8px;overflow-x:auto;line-height:1.5;white-space:pre}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
footer{margin-top:3rem;color:var(--soft);font:.75rem/1.5 var(--mono)}
@page{size:A4;margin:16mm 14mm}
@media print{
:root{color-scheme:light;${LIGHT}--ground:#fff}
body{font-size:10pt}main{max-width:none;padding:0}nav{display:none}
h2{margin-top:1.6rem}tr,li,.tiles div{break-inside:avoid}thead{display:table-header-group}
.scroll{overflow:visible;border-radius:0}table{font-size:8.5pt}th,td{padding:.25rem .4rem}td{min-width:0}thead th{white-space:normal;overflow-wrap:anywhere;word-break:normal}
pre{white-space:pre-wrap;font-size:7.5pt}
.chart details{display:none}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`;

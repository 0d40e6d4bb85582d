/*
 * Runs in every page of the attack tests, before the page's own script: counts scripts that ran and what the policy had to
 * stop, and looks for anything in a document that the console does not build itself.
 */

const TAGS = new Set(
  (
    "html head meta title link script body a header img nav ul ol li form input span button main p section article h1 h2 h3 " +
    "footer small b i code pre div dl dt dd table thead tbody tr th td details summary label select option textarea " +
    "fieldset legend blockquote time del ins kbd br"
  ).split(" "),
);
const ATTRIBUTES = new Set(
  (
    "lang charset name content rel href type src class id tabindex role hidden alt width height action method value " +
    "aria-label aria-current aria-pressed aria-hidden aria-live datetime scope disabled required checked selected maxlength " +
    "min max rows autocomplete autocapitalize spellcheck inputmode placeholder open"
  ).split(" "),
);
/** What may hold words of others. */
const OF_OTHERS = new Set(["value", "aria-label", "data-label", "name", "href", "action", "content"]);
const ADDRESSES = new Set(["href", "src", "action", "data-gesture", "data-refresh", "data-live"]);

window.__hits = 0;
window.__hit = () => (window.__hits += 1);
window.__stopped = [];
addEventListener("securitypolicyviolation", (event) =>
  window.__stopped.push(event.blockedURI + event.effectiveDirective),
);

const isOurs = (address) => {
  const url = new URL(address, location.origin);
  return url.origin === location.origin && !address.startsWith("//");
};

/** Everything that is not the console's own. `mark` is in every payload. */
window.__faults = (text, mark) => {
  const page = text === undefined ? document : new DOMParser().parseFromString(text, "text/html");
  const faults = [];
  const comments = page.createNodeIterator(page, NodeFilter.SHOW_COMMENT | NodeFilter.SHOW_PROCESSING_INSTRUCTION);
  for (let one = comments.nextNode(); one !== null; one = comments.nextNode()) faults.push(`comment ${one.data}`);
  const scripts = [...page.querySelectorAll("script")].map((one) => one.outerHTML);
  if (scripts.length > 1) faults.push(...scripts);
  for (const element of page.querySelectorAll("*")) {
    const tag = element.localName;
    if (!TAGS.has(tag) || element.namespaceURI !== "http://www.w3.org/1999/xhtml") faults.push(`<${tag}>`);
    if (tag === "meta" && element.hasAttribute("http-equiv")) faults.push("meta http-equiv");
    for (const { name, value } of element.attributes) {
      if (!ATTRIBUTES.has(name) && !name.startsWith("data-")) faults.push(`<${tag} ${name}=${value}>`);
      if (value.includes(mark) && !OF_OTHERS.has(name)) faults.push(`<${tag} ${name}=${value}>`);
      if (name === "name" && value.includes(mark) && !/^(?:arg|bound)\./.test(value)) faults.push(`name ${value}`);
      if (ADDRESSES.has(name) && !isOurs(value)) faults.push(`<${tag} ${name}=${value}>`);
    }
  }
  return faults.slice(0, 20);
};

/** How many of the payloads are on the page, as text or in a field. */
window.__seen = (mark) => {
  const fields = [...document.querySelectorAll("input, textarea, option")].map((one) => one.value);
  const all = [document.documentElement.textContent, ...fields].join(" ");
  return new Set(all.match(new RegExp(`${mark}\\d{3}`, "g"))).size;
};

// The console's one script: looks again when something changed, asks for passkeys, keeps buttons dead until a human can
// have read. Nothing it does is trusted: what is signed is made and checked by the server.

const body = document.body;
const DEAD_MS = 800;

/* Sentences come from the server, in the page's language. What the script has to tell is always something that failed. */
const tell = (sentence) => {
  const note = document.querySelector("[data-note]");
  if (note === null) return;
  note.className = "problem";
  note.hidden = sentence === "";
  note.textContent = sentence;
  if (sentence !== "") note.scrollIntoView({ block: "nearest" });
};

/* Buttons that answer: dead while nobody can be looking, and for a while after that. */

let armedAt = Infinity;
const isEndReached = (box) => box.scrollHeight - box.clientHeight - box.scrollTop <= 4;
const unread = () => [...document.querySelectorAll("[data-to-end]")].filter((box) => box.dataset.reached === undefined);

const arm = () => {
  const isArmed = performance.now() >= armedAt && document.hasFocus() && document.visibilityState === "visible";
  const rest = unread();
  for (const button of document.querySelectorAll("button[data-answers]"))
    button.disabled = !isArmed || (button.dataset.answers === "approve" && rest.length > 0);
  const hint = document.querySelector("[data-unread]");
  if (hint !== null) hint.hidden = rest.length === 0;
};
const armLater = () => {
  armedAt = performance.now() + DEAD_MS;
  arm();
  setTimeout(arm, DEAD_MS + 5);
};
const disarm = () => {
  armedAt = Infinity;
  arm();
};
const noteReached = (event) => {
  const boxes = event === undefined ? unread() : [event.target];
  for (const box of boxes) if (box instanceof HTMLElement && isEndReached(box)) box.dataset.reached = "";
  arm();
};
const guard = () => {
  if (document.querySelector("button[data-answers]") === null) return;
  for (const box of unread()) box.addEventListener("scroll", noteReached, { passive: true });
  noteReached();
  armLater();
};
addEventListener("focus", armLater);
addEventListener("blur", disarm);
addEventListener("resize", () => noteReached());
document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? armLater() : disarm()));

/* Passkeys. */

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
const base64url = (buffer) =>
  btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const formOf = (form, submitter) => {
  const data = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter)) if (typeof value === "string") data.append(name, value);
  return data;
};

const asked = async (path, data) => {
  const answer = await fetch(path, { method: "POST", body: data, redirect: "error" });
  const said = (answer.headers.get("content-type") ?? "").startsWith("application/json") ? await answer.json() : {};
  if (answer.ok) return said;
  throw new Error(said.problem ?? body.dataset.unreachable);
};

const put = (form, name, value) => {
  let field = form.querySelector(`input[type="hidden"][name="${name}"]`);
  if (field === null) {
    field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    form.append(field);
  }
  field.value = value;
};

const asserted = async ({ challenge, rpId, allowCredentials, timeout }) => {
  const credential = await navigator.credentials.get({
    publicKey: {
      challenge: bytes(challenge),
      rpId,
      timeout,
      userVerification: "required",
      allowCredentials: allowCredentials.map((id) => ({ type: "public-key", id: bytes(id) })),
    },
  });
  const { authenticatorData, clientDataJSON, signature } = credential.response;
  return {
    id: credential.id,
    authenticatorData: base64url(authenticatorData),
    clientData: base64url(clientDataJSON),
    signature: base64url(signature),
  };
};

const enrolled = async ({
  challenge,
  rp,
  user,
  pubKeyCredParams,
  authenticatorSelection,
  excludeCredentials,
  timeout,
}) => {
  const credential = await navigator.credentials.create({
    publicKey: {
      challenge: bytes(challenge),
      rp,
      user: { ...user, id: bytes(user.id) },
      pubKeyCredParams,
      authenticatorSelection,
      timeout,
      attestation: "none",
      excludeCredentials: excludeCredentials.map(({ id }) => ({ type: "public-key", id: bytes(id) })),
    },
  });
  const { attestationObject, clientDataJSON } = credential.response;
  return {
    id: credential.id,
    attestationObject: base64url(attestationObject),
    clientData: base64url(clientDataJSON),
    transports: credential.response.getTransports?.() ?? [],
  };
};

let isBusy = false;
const submitted = async (event) => {
  const form = event.target;
  const path = event.submitter?.dataset.gesture ?? form.dataset.gesture;
  if (path === undefined) return;
  event.preventDefault();
  if (isBusy) return;
  isBusy = true;
  tell("");
  try {
    if (window.PublicKeyCredential === undefined) throw new Error(body.dataset.unsupported);
    const offer = await asked(path, formOf(form, event.submitter)).catch((error) => {
      throw error instanceof TypeError ? new Error(body.dataset.unreachable) : error;
    });
    const credential = await (offer.enrol === undefined ? asserted(offer.publicKey) : enrolled(offer.enrol)).catch(
      () => {
        throw new Error(body.dataset.cancelled);
      },
    );
    if (event.submitter?.name) put(form, event.submitter.name, event.submitter.value);
    // The page may have heard meanwhile that there is nothing to answer any more.
    if (!form.isConnected) throw new Error(body.dataset.closed);
    put(form, "gesture", offer.gesture);
    put(form, "credential", JSON.stringify(credential));
    // Sends the form as it is, without asking again.
    form.submit();
  } catch (error) {
    isBusy = false;
    tell(error.message);
  }
};
document.addEventListener("submit", (event) => void submitted(event));

/* What changed is fetched again; the stream says only that something did. */

let total = Number(document.querySelector("[data-total]")?.dataset.total ?? NaN);

const count = (now) => {
  const bare = document.title.replace(/^\(\d+\) /, "");
  document.title = now > 0 ? `(${now}) ${bare}` : bare;
  for (const badge of document.querySelectorAll("[data-count]")) {
    badge.textContent = String(now);
    badge.hidden = now === 0;
  }
  if (now > total) announce();
  total = now;
};

/*
 * A click whose two halves meet different elements is lost: nothing is put in place of another while a button is held, and
 * what was fetched before it is let go is old by then.
 */

const HELD_MS = 10_000; // One that is let go elsewhere may never be told.
let heldUntil = 0;
const isHeld = () => performance.now() < heldUntil;
const letGo = () => {
  if (isNews && !isHeld()) void look();
};
const hold = (event) => {
  if (event.button !== 0) return;
  heldUntil = performance.now() + HELD_MS;
  setTimeout(letGo, HELD_MS + 5);
};
addEventListener("pointerdown", hold, true);
const release = () => {
  heldUntil = 0;
  letGo();
};
// After the click that it may be.
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(release), true);

/** A row that only grew older is no other row. */
const age = (section, fresh) => {
  for (const row of section.querySelectorAll("a.row")) {
    const times = fresh.querySelector(`a.row[href="${CSS.escape(row.getAttribute("href"))}"] > .times`);
    if (times !== null) row.querySelector(".times").replaceWith(times.cloneNode(true));
  }
};

/** Puts what is new in place of what stands there. */
const replace = (section, fresh) => {
  // Where nobody can answer any more, nothing to answer with is left.
  if (fresh.dataset.state !== section.dataset.state)
    for (const form of document.querySelectorAll("form.answer")) form.remove();
  const focused = section.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  section.replaceWith(fresh);
  if (focused !== null) fresh.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
};

const refresh = async (section) => {
  const answer = await fetch(section.dataset.refresh, { headers: { "x-kidoban-refresh": "1" }, redirect: "error" });
  if (answer.status === 401) {
    location.reload();
    return;
  }
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-refresh]");
  if (fresh === null) return;
  if (isHeld()) {
    isNews = true;
    return;
  }
  age(section, fresh);
  if (!fresh.isEqualNode(section)) replace(section, fresh);
  if (fresh.dataset.total !== undefined) count(Number(fresh.dataset.total));
};

let isLooking = false;
let isNews = false;
const look = async () => {
  isNews = true;
  if (isLooking) return;
  isLooking = true;
  try {
    while (isNews && !isHeld()) {
      isNews = false;
      for (const section of document.querySelectorAll("[data-refresh]")) await refresh(section).catch(() => undefined);
    }
  } finally {
    isLooking = false;
  }
};

const AGE_MS = 15_000;
if (body.dataset.live !== undefined && document.querySelector("[data-refresh]") !== null) {
  let stream;
  const open = () => {
    stream?.close();
    stream = new EventSource(body.dataset.live);
    stream.addEventListener("changed", () => void look());
    // After a break nobody knows what was missed.
    stream.addEventListener("open", () => void look());
  };
  open();
  addEventListener("pagehide", () => stream?.close());
  // What waits grows older, and ends, without news.
  setInterval(() => document.hidden || void look(), AGE_MS);
  document.addEventListener("visibilitychange", () => document.hidden || void look());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

/* Notifications, only when asked for: that something waits, never what. */

const isOn = () => Notification.permission === "granted" && localStorage.getItem("kidoban-notify") === "on";
const bell = document.querySelector("[data-notify]");
const announce = () => {
  if (bell === null || !("Notification" in window) || !isOn() || document.hasFocus()) return;
  const shown = new Notification("Kidoban", { body: bell.dataset.arrived, tag: "kidoban" });
  shown.addEventListener("click", () => focus());
};
if (bell !== null && "Notification" in window && Notification.permission !== "denied") {
  const show = () => {
    bell.hidden = false;
    bell.setAttribute("aria-pressed", String(isOn()));
    if (isOn()) bell.textContent = bell.dataset.done;
  };
  show();
  const asks = async () => {
    if ((await Notification.requestPermission()) === "granted") localStorage.setItem("kidoban-notify", "on");
    show();
  };
  bell.addEventListener("click", () => void asks());
}

/* Keys: j and k walk through a list, a and d press a living button. */

const step = (by) => {
  const rows = [...document.querySelectorAll("[data-rows] a.row")];
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(at < 0 && by < 0 ? rows.length - 1 : at + by, 0), rows.length - 1)]?.focus();
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (event.target instanceof Element && event.target.closest("input, textarea, select") !== null) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else {
    const button = document.querySelector(`button[data-key="${CSS.escape(event.key)}"]`);
    if (button !== null && !button.disabled) button.click();
  }
});

guard();

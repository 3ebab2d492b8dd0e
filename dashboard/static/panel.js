/* Shows HTML that the server made, and sends a clicked link's address back instead of loading the
 * page anew. A link with a modifier key, or opened in a new tab, is left to the browser. */
/* What was clicked last, and how far each view was scrolled when it was left. Kept with the page,
 * since a panel is made anew when another card takes its place. */
const seen = (window.lofteskartanSeen ??= { last: "", views: new Map(), turn: 0 });

const IDENTITY = "[data-id]";

function addressOf(node) {
  return node.getAttribute("href");
}

function sendLink(event, root) {
  const link = event.target.closest("a[data-go]");
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  seen.last = link.dataset.id || "";
  const top = root.closest("[class*=st-key-card_scroll]")?.scrollTop ?? 0;
  if (root.dataset.view) seen.views.set(root.dataset.view, { top, id: seen.last });
  root.send("go", addressOf(link));
}

const isDay = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
  && new Date(text).toISOString().startsWith(text);

/* A date is typed as text, so that it reads the same whatever language the browser speaks. */
function sendDate(input, root) {
  const error = root.querySelector(`#${input.getAttribute("aria-describedby")}`);
  const text = input.value.trim();
  const good = isDay(text);
  input.setAttribute("aria-invalid", good ? "false" : "true");
  error.textContent = good ? "" : error.dataset.text;
  if (!good || text === input.defaultValue) return;
  seen.last = input.dataset.id;
  root.send("go", input.dataset.address.replace("DATE", text));
}

/* A filter: what is chosen or typed becomes a part of the address. */
function sendChoice(input, root) {
  seen.last = input.dataset.id;
  const [path, query] = input.dataset.choice.split("?");
  const address = new URLSearchParams(query);
  const asked = (address.get("ask") ?? "").split(";").map((part) => part === `${input.dataset.id.slice(5)}:VALUE`
    ? (input.value ? `${input.dataset.id.slice(5)}:${encodeURIComponent(input.value)}` : "") : part).filter(Boolean);
  if (asked.length) address.set("ask", asked.join(";"));
  else address.delete("ask");
  root.send("go", `${path}?${address}`);
}

function pickDate(root) {
  const native = root.querySelector(".lk-native-date");
  const typed = root.querySelector("input[data-address]");
  native.onchange = () => { typed.value = native.value; sendDate(typed, root); };
  native.showPicker();
}

/* Arrow keys step through a list's links, as in any list of choices. */
function step(event) {
  const list = event.target.closest("[data-arrows]");
  if (!list || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  const links = [...list.querySelectorAll("a[data-go]")];
  const at = links.indexOf(event.target.closest("a[data-go]"));
  if (at < 0) return;
  event.preventDefault();
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  links[Math.max(0, Math.min(links.length - 1, next))].focus();
}

function prepare(root) {
  oneStepAPage();
  attachForms(root);
  attachUploads(root);
  attachGrid(root);
  attachPlayer(root);
  attachStage(root);
  attachLandmarks(root);
  root.addEventListener("click", (event) => sendLink(event, root));
  attachSearch(root);
  root.addEventListener("keydown", (event) => {
    step(event);
    if (event.key === " " && event.target.matches("a[role=switch]")) {
      event.preventDefault();
      event.target.click();
    }
  });
  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-picker]")) pickDate(root);
    if (event.target.closest("[data-grow]")) grow(root, !seen.grown);
  });
  root.addEventListener("change", (event) => {
    if (event.target.matches("input[data-address]")) sendDate(event.target, root);
    if (event.target.matches("[data-choice]")) sendChoice(event.target, root);
  });
}

/* A phone's sheet: as large as one has made it, until a list has its place again. */
function grow(root, much) {
  seen.grown = Boolean(much) && root.querySelector("[data-grow]") !== null;
  document.documentElement.classList.toggle("lk-grown", seen.grown);
}

function keepPlace(root, html) {
  const focused = root.contains(document.activeElement) ? document.activeElement.closest(IDENTITY) : null;
  const id = focused ? focused.dataset.id : null;
  const caret = focused && "selectionStart" in focused ? [focused.selectionStart, focused.selectionEnd] : null;
  const onHeading = root.contains(document.activeElement) && document.activeElement.matches("[data-heading]");
  const open = [...root.querySelectorAll("details[open][data-id]")].map((node) => node.dataset.id);
  root.innerHTML = html;
  for (const name of open) {
    const node = root.querySelector(`details[data-id="${CSS.escape(name)}"]`);
    if (node) node.open = true;
  }
  return { node: id ? root.querySelector(`[data-id="${CSS.escape(id)}"]`) : null, caret, onHeading };
}

function focusAgain({ node, caret }) {
  node.focus({ preventScroll: true });
  // Only after the form has its text again; a number or date field has no caret to be set.
  if (caret && caret[0] !== null && "selectionStart" in node && node.selectionStart !== null) node.setSelectionRange(...caret);
}

/* A press is two events, and between them the HTML may be made anew: the second would meet another
 * button than the first, and be no press at all. What comes meanwhile is shown when it is let go. */
const PRESS_AT_MOST_MS = 4000;

function holdWhilePressed(root) {
  let timer = 0;
  const release = () => {
    window.clearTimeout(timer);
    root.isPressed = false;
    const waiting = root.waitingAnswer;
    root.waitingAnswer = null;
    if (waiting) answer(root, waiting);
  };
  const hold = () => {
    window.clearTimeout(timer);
    root.isPressed = true;
    timer = window.setTimeout(release, PRESS_AT_MOST_MS);
  };
  // The click comes right after the pointer is up, and the button's own after the key is.
  const letGo = () => { if (root.isPressed) { window.clearTimeout(timer); timer = window.setTimeout(release); } };
  root.addEventListener("pointerdown", hold, true);
  root.addEventListener("keydown", (event) => { if (event.key === " " && !event.repeat) hold(); }, true);
  for (const kind of ["pointerup", "pointercancel", "keyup"]) document.addEventListener(kind, letGo, true);
}

export default function (component) {
  const { parentElement } = component;
  let root = parentElement.querySelector(".lk-panel");
  if (!root) {
    root = document.createElement("div");
    root.className = "lk-panel";
    parentElement.append(root);
    prepare(root);
    holdWhilePressed(root);
  }
  if (root.isPressed) root.waitingAnswer = component;
  else answer(root, component);
}

function answer(root, { data, parentElement, setTriggerValue }) {
  root.send = (trigger, value) => {
    seen.turn += 1;
    root.sent = { trigger, value, session: root.session };
    setTriggerValue(trigger, value);
  };
  /* The first thing that a new session is told, after the server was away, only wakes it: it did not
   * know of this panel yet. It is told once more. A form that is sent twice is saved once. */
  const unheard = root.sent && root.sent.session !== data.session ? root.sent : null;
  root.session = data.session;
  root.sent = null;
  if (unheard) root.send(unheard.trigger, unheard.value);
  root.words = data.words;
  document.documentElement.lang = data.lang;
  watchMain();
  [seen.proof, seen.who] = [data.proof, data.who];
  watchConnection(data.away, data.out);
  if (data.title) document.title = data.title;
  if (root.shown === data.html) {
    if (root.heard !== data.heard) endSending(root);
    root.heard = data.heard;
    return;
  }
  root.heard = data.heard;
  const before = root.dataset.view;
  const scroller = parentElement.closest("[class*=st-key-card_scroll]");
  const again = keepPlace(root, data.html);
  // A meeting's main part comes with the HTML, and the run that made it may have ended before.
  markMain();
  if (scroller) grow(root, seen.grown);
  // After a refused save the keyboard is led to what has to be put right, once.
  const refused = Boolean(data.attempt) && data.attempt !== root.attempt;
  root.attempt = data.attempt;
  fillForms(root, refused);
  fillSearch(root);
  root.shown = data.html;
  root.dataset.view = data.view;
  const heading = root.querySelector("[data-heading]");
  const went = seen.last;
  const remembered = went === "back" ? seen.views.get(data.view) : null;
  // What was done is said at the top, wherever the button was.
  const strip = root.querySelector("[data-told]");
  // A card that has taken a form's place was never told of; the form took the focus with it.
  const isNew = root.told === undefined ? document.activeElement === document.body : strip?.dataset.told !== root.told;
  const isTold = strip && isNew;
  root.told = strip?.dataset.told ?? "";
  if (isTold) {
    scroller?.scrollTo(0, 0);
    strip.focus({ preventScroll: true });
    return;
  }
  if (refused) return;
  if (remembered) {
    // Back to where one was: the same place in the list, the same row.
    scroller?.scrollTo(0, remembered.top);
    root.querySelector(`[data-id="${CSS.escape(remembered.id)}"]`)?.focus({ preventScroll: true });
  } else if (data.focus && went.startsWith("list-") && before === data.view) {
    const row = root.querySelector(".lk-records a");
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "center" });
  } else if (again.node) {
    focusAgain(again);
  } else if (again.onHeading) {
    heading?.focus({ preventScroll: true });
  } else if ((data.focus || seen.found) && before !== data.view && heading) {
    seen.found = false;
    scroller?.scrollTo(0, 0);
    heading?.focus({ preventScroll: true });
  }
}

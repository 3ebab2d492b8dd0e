/* Forms. What is typed is kept in this browser from the first key press until the server has answered
 * that it is saved, so that neither another language, a lost connection nor a closed window loses it.
 *
 * A form is <form data-form data-draft="name" data-fresh="mark" data-patch="fields" data-patched="n">.
 * Fields that the reader has touched keep what was typed; the others show what the server suggests.
 * A patch gives fields back to the server, as when a place was picked on the map. */
/* Of one account: who signs in next at the same screen doesn't find them. */
const draftKey = (draft) => `lk-draft:${seen.who ? `${seen.who}:` : ""}${draft}`;
const REMEMBERED = "lk-remembered:";
const ANSWER_MS = 10000;
const THERE_MS = 8000;
const IDLE_AT_MOST = 5;
const drafts = (window.lofteskartanDrafts ??= { fresh: new Map(), patched: new Map(), sent: new Map(), again: new Map(), typed: new Map() });

/* A browser may refuse to keep anything; then the page itself still does, as long as it is open. */
function store(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch { /* full, or forbidden: what is typed stays in the page */ }
}

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch { return null; }
}

const fieldsOf = (form) => [...form.elements].filter((node) => node.name && node.type !== "submit" && node.type !== "button");

function valuesOf(form) {
  const values = {};
  for (const node of fieldsOf(form)) {
    if (node.type === "checkbox") {
      values[node.name] ??= [];
      if (node.checked) values[node.name].push(node.value);
    } else if (node.type === "radio") {
      values[node.name] ??= "";
      if (node.checked) values[node.name] = node.value;
    } else values[node.name] = node.value;
  }
  return values;
}

function setField(form, name, value) {
  for (const node of fieldsOf(form)) {
    if (node.name !== name) continue;
    if (node.type === "checkbox") node.checked = value.includes(node.value);
    else if (node.type === "radio") node.checked = node.value === value;
    else node.value = value;
  }
}

function keepTyped(form) {
  const values = valuesOf(form);
  const typed = drafts.typed.get(form.dataset.draft) ?? { touched: [] };
  const given = typed.given ?? [];
  const names = [...typed.touched, ...given];
  // A row's field that is not there yet keeps what was typed in it.
  const own = names.map((name) => [name, values[name] ?? typed.values?.[name]]).filter(([, value]) => value !== undefined);
  const kept = { touched: typed.touched, given, about: form.dataset.about, values: Object.fromEntries(own) };
  for (const node of form.querySelectorAll("[data-kept]")) kept.values[node.name] = values[node.name];
  drafts.typed.set(form.dataset.draft, kept);
  store(draftKey(form.dataset.draft), kept);
}

function touch(form, name) {
  const typed = drafts.typed.get(form.dataset.draft) ?? { touched: [], values: {} };
  if (!typed.touched.includes(name)) typed.touched = [...typed.touched, name];
  drafts.typed.set(form.dataset.draft, typed);
  keepTyped(form);
}

function forgetDraft(draft) {
  drafts.typed.delete(draft);
  store(draftKey(draft), null);
}

/* What was typed since the form was sent, by name. */
function typedSince(draft) {
  const [typed, sent] = [drafts.typed.get(draft), drafts.sent.get(draft)];
  const names = (sent && typed?.touched.filter((name) => String(typed.values[name]) !== String(sent[name]))) || [];
  return Object.fromEntries(names.map((name) => [name, typed.values[name]]));
}

/* What was sent is saved: its form begins anew, with what was typed while the answer was on its way. */
function beginAnew(draft) {
  const values = typedSince(draft);
  forgetDraft(draft);
  drafts.sent.delete(draft);
  if (!Object.keys(values).length) return;
  drafts.typed.set(draft, { touched: Object.keys(values), values });
  store(draftKey(draft), drafts.typed.get(draft));
}

/* Fills a form that the server has just sent with what was typed in it before. */
function fillForm(form) {
  const { draft, fresh, patch = "", patched } = form.dataset;
  if (fresh && drafts.fresh.get(draft) !== fresh) {
    if (drafts.fresh.has(draft) || drafts.typed.has(draft)) beginAnew(draft);
    drafts.fresh.set(draft, fresh);
  }
  let typed = drafts.typed.get(draft);
  const returning = !typed && stored(draftKey(draft));
  if (returning && Array.isArray(returning.touched)) {
    // A new session's server has not picked what the one before it did: the draft remembers.
    typed = { ...returning, touched: [...new Set([...returning.touched, ...(returning.given ?? [])])], given: [] };
    if (form.dataset.about && typed.about !== form.dataset.about) {
      // Begun about another area, or none: the one that is selected now is meant.
      typed.touched = typed.touched.filter((name) => name !== "area");
    }
    drafts.typed.set(draft, typed);
  }
  const isPatched = Boolean(patched) && drafts.patched.get(draft) !== patched;
  if (isPatched) {
    const given = patch.split(" ");
    typed ??= { touched: [], values: {} };
    typed = { ...typed, touched: typed.touched.filter((name) => !given.includes(name)), given };
    drafts.typed.set(draft, typed);
    drafts.patched.set(draft, patched);
  }
  for (const node of fieldsOf(form)) {
    if (node.dataset.remember === undefined || typed?.touched.includes(node.name)) continue;
    const before = stored(REMEMBERED + node.name);
    if (before !== null && (node.type === "checkbox" ? !node.form.dataset.changes : !node.value)) setField(form, node.name, before);
  }
  if (!typed) return null;
  // The id and the version that a draft builds on stay what they were when it was begun.
  const given = patch.split(" ");
  for (const node of form.querySelectorAll("[data-kept]")) {
    if (typed.touched.length && typed.values[node.name] && !given.includes(node.name)) node.value = typed.values[node.name];
  }
  for (const name of typed.touched) if (name in typed.values) setField(form, name, typed.values[name]);
  if (isPatched) keepTyped(form);
  // A server that has just started, or a session that has, has not heard of it yet.
  return typed.touched.length && form.dataset.knows === undefined ? form : null;
}

function send(root, form, trigger, button = "") {
  const typed = drafts.typed.get(form.dataset.draft);
  const { draft, patched = "" } = form.dataset;
  root.send(trigger, { draft, patched, values: valuesOf(form), touched: typed?.touched ?? [], button, at: Date.now() });
}

/* Letters and arrow keys in a list choose something at each press: the answer to the first would
 * take the list away under the typing hand, so the server is asked at the pause. */
const PAUSE_MS = 700;

function ask(root, node) {
  stopWaiting(root);
  const { form, name } = node;
  const now = () => {
    stopWaiting(root);
    const shown = form.isConnected ? form : root.querySelector("form[data-hears]");
    if (shown) send(root, shown, "ask", name);
  };
  if (node.matches("select") && Date.now() - (root.keyed ?? 0) < PAUSE_MS) root.waiting = { now, timer: window.setTimeout(now, PAUSE_MS) };
  else now();
}

function stopWaiting(root) {
  window.clearTimeout(root.waiting?.timer);
  root.waiting = null;
}

/* A long list is narrowed to what has the typed text in it, and stands open meanwhile. */
const NARROWED_ROWS = 9;

function narrow(input) {
  const list = input.form.elements[input.dataset.narrows];
  const wanted = input.value.trim().toLocaleLowerCase();
  let count = 0;
  for (const option of list.options) {
    const isFound = option.parentElement.dataset.found !== undefined;
    option.hidden = Boolean(wanted) && !isFound && !(option.value && option.text.toLocaleLowerCase().includes(wanted));
    if (!option.hidden) count += 1;
  }
  let rows = count;
  for (const group of list.querySelectorAll("optgroup")) {
    group.hidden = group.dataset.found === undefined && [...group.children].every((option) => option.hidden);
    if (!group.hidden) rows += 1;
  }
  list.size = wanted && (count || rows) ? Math.max(2, Math.min(rows, NARROWED_ROWS)) : 1;
  const said = input.form.querySelector(`[data-narrowed="${CSS.escape(input.dataset.narrows)}"]`);
  said.textContent = wanted && !count ? input.dataset.none : "";
}

/* Streets and houses are too many to be sent with the list: they are asked for as one types. */
const findPlaces = { timer: 0, turn: 0 };

function findAddresses(input) {
  const list = input.form.elements[input.dataset.narrows];
  const text = input.value.trim();
  const turn = ++findPlaces.turn;
  window.clearTimeout(findPlaces.timer);
  if (input.dataset.narrows !== "known_place" || !text) { list.querySelector("[data-found]")?.remove(); return; }
  findPlaces.timer = window.setTimeout(async () => {
    const area = input.form.elements.area?.value ?? "";
    const query = new URLSearchParams({ q: text, lang: document.documentElement.lang, area });
    const answer = await fetch(`/sok/platser?${query}`).catch(() => null);
    const html = answer?.ok ? await answer.text() : "";
    if (turn !== findPlaces.turn || !list.isConnected) return;
    list.querySelector("[data-found]")?.remove();
    list.insertAdjacentHTML("beforeend", html);
    narrow(input);
  }, 150);
}

/* Enter in the field takes the first row that is left; an arrow leads into them. */
function chooseNarrowed(event) {
  const { key, target: input } = event;
  if (input.dataset.narrows === undefined || !["Enter", "ArrowDown", "Escape"].includes(key)) return;
  const list = input.form.elements[input.dataset.narrows];
  const first = input.value.trim() ? [...list.options].find((option) => !option.hidden) : null;
  if (key === "Enter" || first) event.preventDefault();
  if (key === "Escape") input.value = "";
  else if (key === "ArrowDown" && first) list.focus();
  else if (first) list.value = first.value;
  if (key === "Enter" && first) list.dispatchEvent(new Event("change", { bubbles: true }));
  else if (key === "Escape") narrow(input);
}

function endNarrowing(list) {
  const input = list.form?.querySelector(`[data-narrows="${CSS.escape(list.name)}"]`);
  if (!input?.value) return;
  input.value = "";
  // What was chosen may be one of those that were asked for: they stay until the list is made anew.
  findPlaces.turn += 1;
  narrow(input);
}

function remember(form) {
  for (const node of fieldsOf(form)) {
    if (node.dataset.remember !== undefined) store(REMEMBERED + node.name, valuesOf(form)[node.name]);
  }
}

function announce(form, text) {
  const place = form.querySelector("[data-status]");
  if (place) place.textContent = text;
}

function submit(root, form, button) {
  if (form.dataset.sending) {
    // Pressed twice is one wish, but for what was typed in between: that is sent in its turn.
    if (Object.keys(typedSince(form.dataset.draft)).length) drafts.again.set(form.dataset.draft, button?.value ?? "");
    return;
  }
  if (button?.dataset.confirm && button.dataset.sure === undefined) {
    // Asked where the finger is, and never by a window of the browser's.
    button.dataset.sure = "";
    button.dataset.label = button.textContent;
    button.textContent = button.dataset.confirm;
    button.addEventListener("blur", () => { delete button.dataset.sure; button.textContent = button.dataset.label; }, { once: true });
    return;
  }
  remember(form);
  stopWaiting(root);
  form.dataset.sending = "yes";
  drafts.sent.set(form.dataset.draft, valuesOf(form));
  drafts.again.delete(form.dataset.draft);
  announce(form, form.dataset.saying ?? "");
  const now = () => send(root, form, "submit", button?.value ?? "");
  now();
  waitForAnswer(root, form, now);
}

const pause = (ms) => new Promise((resolve) => { window.setTimeout(resolve, ms); });

/* Whatever it says, a server that says something is there. */
async function isServerThere() {
  try {
    await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(THERE_MS) });
    return true;
  } catch { return false; }
}

/* No run of this page is known to be under way. */
function isIdle() {
  return isConnected() && isRunOver();
}

/* The answer is new HTML, which the form is no part of: still being here means there was none. Long
 * work is not a lost connection, and a message that was lost with one is sent once more. */
async function waitForAnswer(root, form, sendAgain) {
  const turn = (form.turn ?? 0) + 1;
  form.turn = turn;
  const isWaiting = () => form.isConnected && form.dataset.sending && form.turn === turn;
  const patience = Number(form.dataset.patience ?? ANSWER_MS);
  let idle = 0;
  for (await pause(patience); isWaiting(); await pause(patience)) {
    const isThere = await isServerThere();
    if (!isWaiting()) return;
    if (isThere && isIdle()) idle += 1;
    if (!isThere || idle > IDLE_AT_MOST) {
      delete form.dataset.sending;
      announce(form, root.words.unanswered);
    } else {
      announce(form, root.words.working);
      if (isIdle() && idle === 1) sendAgain();
    }
  }
}

/* What was sent has been answered and changes nothing here: the form is as it was. */
function endSending(root) {
  for (const form of root.querySelectorAll("form[data-sending]")) {
    delete form.dataset.sending;
    announce(form, "");
  }
}

/* What was wrong is no longer what stands there: said until it is changed, not longer. */
function forgetFault(root, node) {
  for (const one of node.form.querySelectorAll("[aria-invalid=true]")) {
    if (one.name !== node.name) continue;
    one.removeAttribute("aria-invalid");
    for (const id of (one.getAttribute("aria-describedby") ?? "").split(" ")) {
      if (id.endsWith("-fault")) root.querySelector(`#${CSS.escape(id)}`)?.remove();
    }
  }
  const above = root.querySelector("[data-refused]");
  if (!above) return;
  const left = root.querySelectorAll(".lk-fault").length;
  if (left) above.textContent = above.dataset.refused.split("|")[left - 1] ?? above.textContent;
  else above.remove();
}

function attachForms(root) {
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(root, event.target, event.submitter);
  });
  root.addEventListener("input", (event) => {
    if (event.target.dataset.narrows !== undefined) { narrow(event.target); findAddresses(event.target); }
    const form = event.target.form;
    if (!form?.dataset.draft || !event.target.name) return;
    touch(form, event.target.name);
    forgetFault(root, event.target);
  });
  root.addEventListener("change", (event) => {
    const node = event.target;
    const form = node.form;
    if (node.dataset.pick !== undefined) {
      // A native date field beside the typed one.
      const typed = form.elements[node.dataset.pick];
      typed.value = node.value;
      typed.dispatchEvent(new Event("input", { bubbles: true }));
      typed.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    // Arrow keys step through the rows that are left.
    if (node.matches("select") && Date.now() - (root.keyed ?? 0) >= PAUSE_MS) endNarrowing(node);
    if (!form?.dataset.draft || !node.name) return;
    touch(form, node.name);
    node.dataset.heard = node.value;
    if (node.dataset.asks !== undefined) ask(root, node);
  });
  root.addEventListener("keydown", (event) => {
    if (event.target.matches("select")) root.keyed = Date.now();
    chooseNarrowed(event);
  });
  root.addEventListener("focusout", (event) => {
    const { target: node } = event;
    if (root.waiting && node.isConnected) root.waiting.now();
    if (node.isConnected && node.matches("select")) endNarrowing(node);
    const isTyped = node.isConnected && node.form?.dataset.draft && node.matches("input[type=text][data-asks]");
    // A field that was put back while it was typed in is not "changed" to the browser when it is left.
    if (!isTyped || [node.defaultValue, node.dataset.heard].includes(node.value)) return;
    node.dataset.heard = node.value;
    send(root, node.form, "ask", node.name);
  });
  /* A field without a name of its own asks at once: a row of a list that the server keeps. */
  const askAs = (node) => {
    if (node.dataset.asksAs === undefined || [node.defaultValue, node.asked].includes(node.value)) return;
    node.asked = node.value;
    send(root, node.form, "ask", `${node.dataset.asksAs}:${node.value}`);
  };
  root.addEventListener("change", (event) => askAs(event.target));
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.dataset.asksAs === undefined) return;
    event.preventDefault();
    askAs(event.target);
  });
  root.addEventListener("keydown", (event) => {
    const form = event.target.form;
    if (event.key === "Enter" && !event.defaultPrevented && form?.dataset.hears !== undefined && event.target.matches("input") && !(event.ctrlKey || event.metaKey)) {
      // In a long form Enter means "next": saving half of it is not what anybody meant.
      event.preventDefault();
      const fields = fieldsOf(form).filter((node) => node.type !== "hidden" && node.tabIndex >= 0 && node.offsetParent);
      fields[fields.indexOf(event.target) + 1]?.focus();
    }
    if (event.key === "Enter" && !event.shiftKey && event.target.matches("[data-enter-sends]")) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[type=submit]"));
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form?.dataset.draft) {
      event.preventDefault();
      submit(root, form, form.querySelector("button[type=submit]"));
    }
  });
  root.addEventListener("click", (event) => {
    // A double click is one wish: its second half must not answer the question that the first asked.
    if (event.detail > 1 && event.target.closest("button[data-confirm]")) event.preventDefault();
    const opener = event.target.closest("[data-opens]");
    if (opener) root.querySelector(`#${CSS.escape(opener.dataset.opens)}`)?.showPicker();
    const asker = event.target.closest("button[data-ask]");
    if (asker) send(root, asker.form, "ask", asker.dataset.ask);
    const clear = event.target.closest("button[data-clear]");
    if (clear) {
      forgetDraft(clear.form.dataset.draft);
      send(root, clear.form, "ask", "clear");
    }
  });
}

/* A form that was saved and left for the record's card is forgotten there, once. */
function forgetSaved(root) {
  for (const { dataset } of root.querySelectorAll("[data-forgets]")) {
    if (drafts.fresh.get(dataset.mark)) continue;
    drafts.fresh.set(dataset.mark, "forgotten");
    beginAnew(dataset.forgets);
  }
}

/* What waited until the one before it was saved; after a refusal it waits for the reader. */
function sendWaiting(root, form) {
  const { draft } = form.dataset;
  if (drafts.sent.has(draft) || !drafts.again.has(draft)) return;
  const button = [...form.querySelectorAll("button[type=submit]")].find((one) => one.value === drafts.again.get(draft));
  if (button) submit(root, form, button);
}

/* Runs after every change of a panel's HTML. */
function fillForms(root, focusFaults) {
  forgetSaved(root);
  for (const form of root.querySelectorAll("form[data-draft]")) {
    const unheard = fillForm(form);
    // A save on its way says it all, and what is asked beside it would be answered with the old form.
    const isSaving = root.sent?.trigger === "submit";
    if (unheard && form.dataset.hears !== undefined && !isSaving) send(root, form, "ask", "returning");
    if (!isSaving) sendWaiting(root, form);
  }
  const fault = root.querySelector("[aria-invalid=true]");
  if (fault && focusFaults) fault.focus();
}

/* Files are sent as they are, one after the other, straight to this server, with their progress; what
 * the page is told of is their ids. */
function sendFile(file, session, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/uploads?lang=${document.documentElement.lang}&name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("X-Lofteskartan", seen.proof || "upload");
    request.setRequestHeader("X-Lofteskartan-Session", session);
    request.upload.onprogress = (event) => { if (event.lengthComputable) progress(event.loaded / event.total); };
    request.onload = () => {
      let told = {};
      try { told = JSON.parse(request.responseText); } catch { /* no answer of ours */ }
      if (request.status === 200 && told.upload) resolve(told.upload);
      else reject(new Error(told.detail ?? ""));
    };
    request.onerror = () => reject(new Error(""));
    request.send(file);
  });
}

async function upload(root, input, files) {
  const form = input.form;
  const bar = form.querySelector("[data-progress]");
  const chosen = input.multiple ? [...files] : [files[0]];
  const ids = [];
  if (bar) bar.hidden = false;
  announce(form, form.dataset.saying ?? "");
  try {
    for (const [done, file] of chosen.entries()) {
      ids.push(await sendFile(file, root.session, (share) => {
        if (bar) bar.firstElementChild.style.width = `${(100 * (done + share)) / chosen.length}%`;
      }));
    }
    remember(form);
    send(root, form, "ask", `uploaded:${ids.join(",")}`);
  } catch (error) {
    if (bar) bar.hidden = true;
    announce(form, error.message || root.words.unanswered);
    input.value = "";
  }
}

function attachUploads(root) {
  root.addEventListener("change", (event) => {
    const input = event.target;
    if (input.matches("input[data-upload]") && input.files.length) upload(root, input, input.files);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    root.addEventListener(kind, (event) => {
      const zone = event.target.closest?.("[data-drop]");
      if (!zone) return;
      event.preventDefault();
      zone.toggleAttribute("data-over", kind === "dragover");
      const files = kind === "drop" ? event.dataTransfer.files : [];
      if (files.length) upload(root, zone.querySelector("input"), files);
    });
  }
}

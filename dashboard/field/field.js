// The page in the field. Whatever is written down stands in the phone's own store before anything
// else happens to it; from there it is sent, as often as it takes, under an id made here.
"use strict";
const $ = id => document.getElementById(id);
const LANG = document.documentElement.lang;
const WORDS = JSON.parse($("words").textContent), ASKS = JSON.parse($("asks-words").textContent);
const w = (key, said = {}) => WORDS[key].replace(/\{(\w+)\}/g, (_, name) => said[name] ?? "");
const named = thing => thing.name[LANG] || thing.name.sv;

const GAP_MS = 300_000, BEAT_MS = 15_000, STAY_MS = 120_000, FIX_MS = 4_000, FIX_M = 5, ROUGH_M = 100, OWN_CLOCK_MS = 10_000;
const BEGIN = ["go-patrol", "go-walk", "go-finding"];
const SHOWN_AT_MOST = 30, PHOTO_PX = 1_600;
const CLOCK_MS = 300_000, ROOM_BYTES = 20_000_000, AGAIN_MS = [2_000, 5_000, 15_000, 60_000, 300_000];

// Text is only ever put in as text.
function h(tag, said = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(said)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== "list") made[name] = value;
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...inside.filter(one => one != null && one !== ""));
  return made;
}

// --- the phone's own store ----------------------------------------------------------------------

const asked = request => new Promise((done, failed) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => failed(request.error);
});
const store = {
  db: null,
  async open() {
    const request = indexedDB.open("falt", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("queue", {keyPath: "id"});
      request.result.createObjectStore("fixes", {autoIncrement: true});
      request.result.createObjectStore("kept");
    };
    this.db = await asked(request);
    await this.put("kept", Date.now(), "opened");
  },
  // It is kept when the transaction is over, and not before.
  write(name, change) {
    return new Promise((done, failed) => {
      const transaction = this.db.transaction(name, "readwrite", {durability: "strict"});
      transaction.oncomplete = () => done();
      transaction.onabort = transaction.onerror = () => failed(transaction.error);
      change(transaction.objectStore(name));
    });
  },
  put(name, value, key) { return this.write(name, s => s.put(value, key)); },
  remove(name, key) { return this.write(name, s => s.delete(key)); },
  clear(name) { return this.write(name, s => s.clear()); },
  get(name, key) { return asked(this.db.transaction(name).objectStore(name).get(key)); },
  all(name) { return asked(this.db.transaction(name).objectStore(name).getAll()); },
};

// --- what is known ------------------------------------------------------------------------------

let data = null, run = null, offset_ms = null, here = null, signedOut = false, form = null;
const alerts = new Map();

function alarm(name, ...said) {
  if (said.length) alerts.set(name, said); else alerts.delete(name);
  const shown = [...alerts.values()].map(inside => h("div", {className: "alert"},
    ...inside.map(one => typeof one === "string" ? h("p", {}, one) : one)));
  $("alerts").replaceChildren(...shown);
}

async function kept(change) {
  try { await change(); alarm("full"); return true; } catch (error) {
    console.warn(error);
    alarm("full", w("storage_full"));
    return false;
  }
}

const inOrder = items => items.sort((a, b) => a.at - b.at);
const byId = (list, id) => list.find(one => one.id === id);
const swedish = new Intl.DateTimeFormat("sv-SE", {timeZone: "Europe/Stockholm", dateStyle: "short", timeStyle: "short"});
const dayAndTime = ms => { const [date, time] = swedish.format(ms).split(" "); return {date, time}; };
const clock = ms => dayAndTime(ms).time;
const serverTime = () => Date.now() + (offset_ms ?? 0);

function age(ms) {
  const minutes = Math.max(0, Math.round((Date.now() - ms) / 60_000));
  if (minutes < 1) return w("age_now");
  if (minutes < 120) return w("age_min", {minutes});
  return minutes < 2_880 ? w("age_h", {hours: Math.round(minutes / 60)}) : w("age_days", {days: Math.round(minutes / 1_440)});
}

async function heardTime(now_ms, sent_ms) {
  offset_ms = Math.round(now_ms - (sent_ms + Date.now()) / 2);
  await kept(() => store.put("kept", offset_ms, "offset"));
  const minutes = Math.round(Math.abs(offset_ms) / 60_000);
  alarm("clock", ...(Math.abs(offset_ms) > CLOCK_MS ? [w("clock_wrong", {minutes})] : []));
}

function outSigned(is) {
  signedOut = is;
  const to = `/inloggning?till=${encodeURIComponent(`/falt?lang=${LANG}`)}`;
  alarm("signed_out", ...(is ? [w("signed_out"), h("a", {href: to, className: "button"}, w("sign_in"))] : []));
}

async function forget() {
  data = null;
  for (const name of ["data", "last", "count"]) await store.remove("kept", name);
}

async function fetchData() {
  const sent = Date.now();
  let answer;
  try {
    answer = await fetch(`/falt/data.json?lang=${LANG}`, {cache: "no-store", signal: AbortSignal.timeout(60_000)});
  } catch { return false; }
  if (answer.status === 401) { outSigned(true); return false; }
  if (answer.status === 403) {
    await forget();
    show();
    alarm("not_yours", w("not_yours"));
    for (const id of BEGIN) $(id).disabled = true;
    return false;
  }
  let told = null;
  try { told = answer.ok && await answer.json(); } catch { /* a proxy's own page */ }
  if (!told) return false;
  // Who comes next at this phone begins with nothing of who was here before, but what waits to be sent.
  if (data && data.account.mark !== told.account.mark) await forget();
  data = told;
  outSigned(false);
  alarm("not_yours");
  await kept(() => store.put("kept", {...data, at: Date.now()}, "data"));
  await heardTime(data.now_ms, sent);
  keepMap();
  showWhere();
  show();
  return true;
}

// --- where one is -------------------------------------------------------------------------------

const RAD = Math.PI / 180;
function metres(a, b) {
  const x = (b[0] - a[0]) * RAD * Math.cos((a[1] + b[1]) / 2 * RAD), y = (b[1] - a[1]) * RAD;
  return Math.hypot(x, y) * 6_371_000;
}
function holds(ring, [x, y]) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [ax, ay] = ring[i], [bx, by] = ring[j];
    if ((ay > y) !== (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
const areaAt = at => (data?.areas || []).find(area =>
  area.rings.some(rings => rings.reduce((odd, ring) => odd !== holds(ring, at), false)));

const place = {
  watch: null, beat: null, heard: 0, beaten: 0, lock: null,
  start() {
    if (!navigator.geolocation) { showWhere("position_off"); return; }
    if (this.watch !== null) return;
    const options = {enableHighAccuracy: Boolean(run), maximumAge: 5_000, timeout: 60_000};
    this.watch = navigator.geolocation.watchPosition(found => this.take(found), error => this.fail(error), options);
  },
  stop() {
    if (this.watch !== null) navigator.geolocation.clearWatch(this.watch);
    this.watch = null;
  },
  // A receiver that stands still may say nothing; a phone that is asleep does nothing at all.
  async pulse() {
    const now = Date.now();
    if (run && this.beaten && now - this.beaten > 4 * BEAT_MS) {
      run.asleep.push([this.beaten, now]);
      await kept(() => store.put("kept", run, "run"));
    }
    this.beaten = now;
    if (run && now - this.heard > BEAT_MS && document.visibilityState === "visible" && navigator.geolocation)
      navigator.geolocation.getCurrentPosition(found => this.take(found), () => {}, {maximumAge: 5_000, timeout: 10_000});
    showRun();
  },
  begin() {
    this.stop();
    this.start();
    this.beaten = Date.now();
    clearInterval(this.beat);
    this.beat = setInterval(() => this.pulse(), BEAT_MS);
    this.awake();
  },
  end() {
    clearInterval(this.beat);
    this.lock?.release();
    this.lock = null;
    this.stop();
    this.start();
  },
  async awake() {
    try { this.lock = await navigator.wakeLock.request("screen"); } catch { this.lock = null; }
    showRun();
  },
  take({coords, timestamp}) {
    const now = Date.now();
    // Some receivers count from when the phone was started, or have a clock of their own.
    const at = Math.abs(timestamp - now) < OWN_CLOCK_MS ? Math.round(timestamp) : now;
    this.heard = now;
    here = {at: [+coords.longitude.toFixed(6), +coords.latitude.toFixed(6)], ms: at, exact_m: coords.accuracy};
    showWhere();
    if (run && coords.accuracy <= ROUGH_M) way.add([...here.at, at]);
  },
  fail(error) { here = null; showWhere(error.code === 1 ? "position_off" : "no_position"); },
};

function showWhere(problem) {
  if (here) {
    const area = areaAt(here.at);
    $("where").textContent = area ? w("you_are_in", {area: area.name}) : data ? w("outside") : "";
    if (!$("start").hidden && !$("start-area").value && area) $("start-area").value = area.id;
  } else $("where").textContent = w(problem || "seeking");
  $("start-position").textContent = here ? "" : w(problem || "seeking");
}

// The way that is being walked; every fix is in the store before the next one comes.
const way = {
  fixes: [], metres: 0, spots: new Map(),
  async load() { this.clear(); (await store.all("fixes")).forEach(fix => this.count(fix)); },
  clear() { this.fixes = []; this.metres = 0; this.spots = new Map(); },
  add(fix) {
    const last = this.fixes.at(-1);
    if (last && (fix[2] - last[2] < FIX_MS || (fix[2] - last[2] < BEAT_MS - 1_000 && metres(last, fix) < FIX_M))) return;
    this.count(fix);
    kept(() => store.put("fixes", fix));
    showRun();
  },
  count(fix) {
    const last = this.fixes.at(-1);
    this.fixes.push(fix);
    if (!last || fix[2] - last[2] > GAP_MS) return;
    this.metres += metres(last, fix);
    for (const spot of data?.hot_spots || []) {
      const both = [last, fix].every(at => metres(at, [spot.lon, spot.lat]) <= spot.radius_m);
      if (both) this.spots.set(spot.id, (this.spots.get(spot.id) || 0) + fix[2] - last[2]);
    }
  },
  parts() {
    const parts = [];
    this.fixes.forEach((fix, i) => {
      if (!i || fix[2] - this.fixes[i - 1][2] > GAP_MS) parts.push([]);
      parts.at(-1).push(fix);
    });
    return parts;
  },
  // When nobody knows where the phone was: without a position, asleep, or with this page closed.
  gaps() {
    const gaps = this.fixes.slice(1).map((fix, i) => [this.fixes[i][2], fix[2]]).filter(([a, b]) => b - a > GAP_MS);
    const asleep = run.asleep.filter(([a, b]) => !gaps.some(([from, to]) => a < to && from < b));
    return [...gaps, ...asleep].sort((one, other) => one[0] - other[0]);
  },
};

// --- a patrol or a walk under way ---------------------------------------------------------------

async function begin(started) {
  // Another window may have begun one: its way goes on.
  if (await store.get("kept", "run")) { location.reload(); return; }
  const begun = {id: crypto.randomUUID(), started: Date.now(), asleep: [], ticked: [], ...started};
  if (!await kept(async () => { await store.clear("fixes"); await store.put("kept", begun, "run"); })) return;
  run = begun;
  way.clear();
  place.begin();
  if (here) way.add([...here.at, Date.now()]);
  show("run");
}

async function end() {
  await store.remove("kept", "run");
  await store.clear("fixes");
  run = null;
  way.clear();
  place.end();
}

const duration = ms => {
  const minutes = Math.floor(ms / 60_000);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
};

function tickList(id, texts) {
  $(id).hidden = !texts.length;
  const list = $(id).querySelector("ul");
  if (list.childElementCount) return;
  list.replaceChildren(...texts.map((text, i) => h("li", {}, h("label", {className: "tick"}, h("input", {
    type: "checkbox", checked: run.ticked.includes(`${id}/${i}`),
    onchange: event => {
      run.ticked = run.ticked.filter(one => one !== `${id}/${i}`).concat(event.target.checked ? [`${id}/${i}`] : []);
      kept(() => store.put("kept", run, "run"));
    },
  }), h("span", {}, text)))));
}

function showRun() {
  if (!run || $("run").hidden) return;
  const area = byId(data?.areas || [], run.area), is_walk = run.entity === "walk";
  const kind = byId(data?.kinds || [], run.kind);
  $("run-title").textContent = [is_walk ? w("walk") : kind ? named(kind) : w("patrol"), area?.name].filter(Boolean).join(" · ");
  $("run-time").textContent = duration(Date.now() - run.started);
  $("run-way").textContent = Math.round(way.metres).toLocaleString(LANG);
  const silent = Date.now() - (way.fixes.at(-1)?.[2] ?? run.started) > GAP_MS;
  $("run-state").textContent = [here ? "" : w("no_position"), w(place.lock ? "screen_on" : "screen_off")].filter(Boolean).join(" ");
  const gaps = way.gaps().map(([a, b]) => w("gap", {from: clock(a), to: clock(b)}));
  if (silent && way.fixes.length) gaps.push(w("gap_open", {from: clock(way.fixes.at(-1)[2])}));
  $("run-gaps").replaceChildren(...gaps.map(text => h("li", {className: "alert"}, text)));
  const near = (data?.hot_spots || []).map(spot => {
    const ms = way.spots.get(spot.id) || 0, inside = here && metres(here.at, [spot.lon, spot.lat]) <= spot.radius_m;
    const minutes = Math.floor(ms / 60_000);
    const says = ms >= STAY_MS ? w("spot_done", {minutes}) : inside ? w("spot_stay") : "";
    return {spot, ms, inside, says};
  }).filter(one => one.says);
  $("spots").hidden = !near.length;
  $("spots").querySelector("ul").replaceChildren(...near.map(({spot, ms, inside, says}) => h("li",
    {className: ms >= STAY_MS ? "lit" : ""}, h("b", {}, spot.name), ` ${says}`, inside ? ` ${w("spot_here")}` : "")));
  const planned = is_walk && byId(data?.walks || [], run.planned?.id);
  tickList("stops", planned ? planned.stops : []);
  tickList("before", planned ? planned.before : []);
  tickList("asks", is_walk ? (data?.categories || []).map(one => [named(one), ASKS[one.id]].filter(Boolean).join(": ")) : []);
  showFound();
}

async function showFound() {
  const own = run?.entity === "walk" ? inOrder(await store.all("queue")).filter(one => one.walk === run.id).map(one => one.text) : [];
  const texts = run?.entity === "walk" ? [...(run.found || []).filter(text => !own.includes(text)), ...own] : [];
  $("found").hidden = !texts.length;
  $("found").querySelector("ul").replaceChildren(...texts.map(text => h("li", {}, text)));
}

// --- the form -----------------------------------------------------------------------------------

const field = name => $("fields").elements[name];
const ticked = name => [...$("fields").querySelectorAll(`[name=${name}]:checked`)].map(one => one.value);
const CHOICES = ["commitments", "parties", "internal"];

function options(select, first, list, chosen = "") {
  select.replaceChildren(h("option", {value: ""}, first), ...list.map(([value, text]) => h("option", {value}, text)));
  select.value = chosen;
}
const areaList = () => [...(data?.areas || []).map(area => [area.id, area.name]), ["outside", w("outside_all")]];
const boxes = (id, name, list, chosen) => $(id).replaceChildren(...list.map(([value, text]) => h("label", {className: "tick"},
  h("input", {type: "checkbox", name, value, checked: chosen.includes(value)}), h("span", {}, text))));
const chips = (id, name, list, chosen) => $(id).replaceChildren(...list.map(([value, text]) => h("label", {className: "chip"},
  h("input", {type: "radio", name, value, checked: value === chosen}), h("span", {}, text))));

function counting(values) {
  const kind = form.entity === "walk" ? "safety_walk" : values.kind;
  return (data?.commitments || []).filter(one => one.kinds.includes(kind) &&
    (!one.areas.length || one.areas.includes(values.area))).map(one => one.id);
}

// `item` is what will stand in the queue; a refused one comes back with what is wrong, by field.
function openForm(item) {
  form = item;
  const values = item.post.values, entity = form.entity = item.post.entity;
  $("form-title").textContent = w(`review_${entity === "activity" ? "patrol" : entity}`);
  $("save").textContent = w("save");
  for (const part of $("fields").querySelectorAll("[data-of]")) part.hidden = !part.dataset.of.split(" ").includes(entity);
  $("by-field").hidden = Boolean(data?.account.function);
  options(field("kind"), w("choose_kind"), (data?.kinds || []).map(one => [one.id, named(one)]), values.kind);
  options($("area"), w("choose_area"), areaList(), values.area);
  chips("categories", "category", (data?.categories || []).map(one => [one.id, named(one)]), values.category);
  showParties(values.area, values.parties || []);
  for (const name of ["text", "day", "date", "time", "minutes", "participants", "meeting_point", "note", "by"])
    field(name).value = values[name] || "";
  field("internal").checked = Boolean(values.internal?.length);
  photo.set(null);
  if (item.photo) photo.take(item.photo);
  showPlace();
  showCommitments();
  showClock();
  showFaults();
  $("form-review").replaceChildren(...wayTold());
  show("form");
  if (!$("form-told").textContent) $("form-title").focus();
  ask();
}

function wayTold() {
  if (form.entity === "finding") return [];
  const fixes = form.post.parts.flat();
  const told = [h("p", {}, fixes.length > 1 ? w("way", {metres: Math.round(form.metres || 0).toLocaleString(LANG)}) : w("no_way"))];
  for (const [a, b] of form.gaps || []) told.push(h("p", {className: "alert"}, w("gap", {from: clock(a), to: clock(b)})));
  return told;
}

/* Who has promised something there, and who is ticked; the others a tap away. */
function showParties(area, chosen) {
  const all = data?.parties || [], near = all.filter(one => one.areas?.includes(area) || chosen.includes(one.id));
  const groups = near.length ? [near, all.filter(one => !near.includes(one))] : [all, []];
  for (const [id, list] of [["parties", groups[0]], ["more-parties", groups[1]]]) boxes(id, "parties", list.map(one => [one.id, named(one)]), chosen);
  $("more-parties").parentElement.hidden = !groups[1].length;
}

function showCommitments(counts) {
  if (form.entity === "finding") return;
  const list = (data?.commitments || []).map(one => [one.id, `${one.promise[LANG] || one.promise.sv} ${one.id.split("/")[1]}: ${named(one)}`]);
  const chosen = form.post.by_rule ? counts || counting(read()) : form.post.values.commitments || [];
  // What it counts for first.
  list.sort((a, b) => chosen.includes(b[0]) - chosen.includes(a[0]));
  boxes("commitments", "commitments", list, chosen);
  $("counts-by").textContent = !list.length ? w("counts_none") : form.post.by_rule ? w(counts ? "counts_server" : "counts_phone") : "";
}

function showFaults() {
  const faults = {...(form.faults || {})};
  $("fields").querySelectorAll(".fault").forEach(one => one.remove());
  $("fields").querySelectorAll("[aria-invalid]").forEach(one => { one.removeAttribute("aria-invalid"); });
  for (const [name, says] of Object.entries(faults)) {
    const at = name === "lat" || name === "lon" ? $("known") : field(name);
    const box = at && (at.length && !at.options ? at[0] : at);
    const under = box?.closest("[data-of], div, fieldset");
    if (!box || !under || box.closest("[hidden]")) continue;
    delete faults[name];
    box.setAttribute("aria-invalid", "true");
    under.append(h("p", {className: "fault"}, says));
  }
  const left = Object.values(faults).filter(says => !form.clock || says !== form.faults.time);
  $("form-told").replaceChildren(...left.map(says => h("p", {className: "fault"}, says)));
  const first = $("fields").querySelector("[aria-invalid]");
  if (first) first.focus();
}

function showClock() {
  const minutes = Math.round((offset_ms ?? 0) / 60_000);
  const asks = form.entity !== "finding" && Math.abs(offset_ms ?? 0) > CLOCK_MS && !form.post.clock_right;
  form.clock = asks;
  $("form-clock").replaceChildren(...(asks ? [h("div", {className: "alert"},
    h("p", {}, w("clock_ask", {minutes: Math.abs(minutes)})),
    h("button", {type: "button", id: "clock-shift", onclick: () => { shift(offset_ms); settleClock(); }}, w("clock_shift", {minutes: minutes > 0 ? `+${minutes}` : `−${-minutes}`})),
    h("button", {type: "button", id: "clock-right", className: "plain", onclick: settleClock}, w("clock_right")))] : []));
}
function settleClock() {
  form.post.clock_right = true;
  if (form.faults) delete form.faults.time;
  showClock();
  showFaults();
}
function shift(by_ms) {
  form.post.parts = form.post.parts.map(part => part.map(([lon, lat, ms]) => [lon, lat, ms + by_ms]));
  form.started += by_ms;
  const {date, time} = dayAndTime(form.started);
  field("date").value = date;
  field("time").value = time;
}

function showPlace() {
  if (form.entity !== "finding") return;
  const {lon, lat} = form.post.values;
  const near = at => (data?.places || []).map(one => [one, at ? metres(at, [one.lon, one.lat]) : 0]).sort((a, b) => a[1] - b[1]);
  const from = lon ? [+lon, +lat] : here?.at;
  const known = near(from).slice(0, 60).map(([one]) => [`${one.lon} ${one.lat}`, one.name]), chosen = lon ? `${lon} ${lat}` : "";
  const own = lon && !known.some(([value]) => value === chosen) ? [[chosen, placeName(lon, lat)]] : [];
  options($("known"), w("place_none"), [...own, ...known], chosen);
}
// How far it is to the nearest place that has a name.
function placeName(lon, lat) {
  const [nearest] = (data?.places || []).map(one => [one.name, metres([+lon, +lat], [one.lon, one.lat])]).sort((a, b) => a[1] - b[1]);
  return nearest && nearest[1] < 1_000 ? w("place_near", {metres: Math.round(nearest[1]), place: nearest[0]}) : `${(+lat).toFixed(5)}, ${(+lon).toFixed(5)}`;
}
function setPlace(at) {
  form.post.values.lon = at ? String(at[0]) : "";
  form.post.values.lat = at ? String(at[1]) : "";
  const area = at && areaAt(at);
  if (area) $("area").value = area.id; else if (at) $("area").value = "outside";
  showPlace();
}

// --- a photo ------------------------------------------------------------------------------------

// Drawn anew, it is turned as it was meant to be seen, and nothing of the file but its pixels is left.
const photo = {
  picture: null, strokes: [], brush: null,
  async take(file) {
    $("photo-told").textContent = "";
    if (!file) return;
    try { this.set(await createImageBitmap(file, {imageOrientation: "from-image"})); } catch {
      $("photo-told").textContent = w("photo_unread");
    }
    $("photo").value = "";
  },
  set(picture) {
    this.picture = picture;
    this.strokes = [];
    $("photo-shown").hidden = !picture;
    $("photo-label").textContent = w(picture ? "photo_again" : "photo");
    this.draw();
  },
  draw() {
    if (!this.picture) return;
    const canvas = $("photo-canvas"), {width, height} = this.picture, share = Math.min(1, PHOTO_PX / Math.max(width, height));
    canvas.width = Math.round(width * share);
    canvas.height = Math.round(height * share);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(this.picture, 0, 0, canvas.width, canvas.height);
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "#000";
    pen.lineWidth = Math.max(canvas.width, canvas.height) / 18;
    for (const [first, ...rest] of this.strokes) {
      pen.beginPath();
      pen.moveTo(...first);
      // A line of no length is not drawn, and a tap is a dot.
      for (const at of [[first[0] + .1, first[1]], ...rest]) pen.lineTo(...at);
      pen.stroke();
    }
    $("photo-undo").disabled = !this.strokes.length;
  },
  at(event) {
    const canvas = $("photo-canvas"), box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
  },
  wire() {
    const canvas = $("photo-canvas");
    $("photo").onchange = event => this.take(event.target.files[0]);
    $("photo-remove").onclick = () => this.set(null);
    $("photo-undo").onclick = () => { this.strokes.pop(); this.draw(); };
    canvas.onpointerdown = event => { canvas.setPointerCapture(event.pointerId); this.strokes.push([this.at(event)]); this.brush = event.pointerId; this.draw(); };
    canvas.onpointermove = event => { if (event.pointerId === this.brush) { this.strokes.at(-1).push(this.at(event)); this.draw(); } };
    canvas.onpointerup = canvas.onpointercancel = () => { this.brush = null; };
  },
  made() { return this.picture && new Promise(done => $("photo-canvas").toBlob(done, "image/jpeg", .85)); },
};

// What the fields say now, as the server's form has it.
function read() {
  const values = {...form.post.values};
  for (const one of $("fields").elements) {
    if (!one.name || one.closest("[hidden]") || CHOICES.includes(one.name)) continue;
    if (one.type === "radio") { if (one.checked) values[one.name] = one.value; } else values[one.name] = one.value.trim();
  }
  if (form.entity === "finding") values.internal = ticked("internal");
  else Object.assign(values, {parties: ticked("parties"), commitments: ticked("commitments")});
  return values;
}

let asking = null;
function ask() {
  clearTimeout(asking);
  if (form.entity === "finding" || !navigator.onLine || signedOut || !data) return;
  const asked_of = form;
  asking = setTimeout(async () => {
    if (form !== asked_of) return;
    const answer = await post({...form.post, id: form.id, values: read()}, "?prova=1&");
    if (form !== asked_of || answer.status !== 200) return;
    const {length_m, visits, counts, notices} = answer.body;
    if (form.post.by_rule) showCommitments(counts);
    const told = wayTold();
    if (length_m !== null) told[0].textContent = w("way", {metres: Math.round(length_m).toLocaleString(LANG)});
    for (const [place, minutes] of visits) told.push(h("p", {className: "lit"},
      minutes === null ? w("visit_unknown", {place}) : w("visit", {place, minutes: Math.round(minutes)})));
    for (const notice of notices) told.push(h("p", {className: "quiet"}, notice));
    $("form-review").replaceChildren(...told);
  }, 400);
}

async function save(event) {
  event.preventDefault();
  const values = read();
  if (form.post.by_rule) values.commitments = [];
  const faults = {};
  const needed = {activity: ["kind", "date", "area"], walk: ["date", "area"], finding: ["category", "text", "day"]}[form.entity];
  for (const name of needed) if (!values[name]) faults[name] = w("needed");
  if (form.entity === "finding" && !values.area && !values.lat) faults.area = w("choose_area");
  if (!data?.account.function && !values.by) faults.by = w("needed");
  if (form.clock) faults[""] = w("clock_ask", {minutes: Math.round(Math.abs(offset_ms) / 60_000)});
  form.faults = faults;
  if (Object.keys(faults).length) { showFaults(); return; }
  const made = form.entity === "finding" ? await photo.made() : null;
  // The form stays as it is until this is in the store.
  const {clock: _asked, entity: _entity, photo: _before, ...rest} = form;
  const item = {...rest, ...(made ? {photo: made} : {}), state: "waiting", faults: null, saved: Date.now()};
  item.post = {...item.post, values, photo: made ? item.post.photo || crypto.randomUUID() : null};
  if (form.state === "refused" && item.post.planned) {
    // Told of who changed it and corrected, it holds against that; one that isn't planned any more is a walk of its own.
    const now = byId(data?.walks || [], item.post.planned.id);
    if (data) item.post.planned = now ? {id: now.id, number: now.number} : null;
  }
  item.text = told(item);
  if (!await kept(() => store.put("queue", item))) return;
  await kept(() => store.put("kept", {by: values.by, parties: values.parties}, "last"));
  if (run && item.ends === run.id) await end();
  if (run && item.walk === run.id) {
    run.found = [...(run.found || []), item.text];
    await kept(() => store.put("kept", run, "run"));
  }
  form = null;
  show(run ? "run" : "home", w("kept_here"));
  send();
}

function told({post}) {
  const {values, entity} = post;
  const area = byId(data?.areas || [], values.area)?.name;
  const name = entity === "activity" ? byId(data?.kinds || [], values.kind) : entity === "finding" && byId(data?.categories || [], values.category);
  return [name ? named(name) : w(entity === "walk" ? "walk" : "patrol"), area, entity === "finding" ? values.text : values.time].filter(Boolean).join(" · ");
}

const last = async () => await store.get("kept", "last") || {};
const fresh = (entity, values) => ({
  id: crypto.randomUUID(), at: Date.now(), account: data?.account.mark || "", state: "draft",
  post: {id: "", entity, values, parts: [], walk: null, planned: null, photo: null, by_rule: entity !== "finding", clock_right: false},
});

// The area in which most of the way lies.
function mostly() {
  const times = new Map();
  for (const fix of way.fixes) { const id = areaAt(fix)?.id; if (id) times.set(id, (times.get(id) || 0) + 1); }
  return [...times].sort((a, b) => b[1] - a[1])[0]?.[0] || "";
}

async function stop() {
  const before = await last(), {date, time} = dayAndTime(run.started);
  const planned = byId(data?.walks || [], run.planned?.id);
  const item = fresh(run.entity, {
    kind: run.kind || "", area: run.area || mostly(), date, time, note: planned?.note || "",
    minutes: String(Math.min(1_440, Math.max(1, Math.round((Date.now() - run.started) / 60_000)))),
    parties: planned ? [...new Set([...planned.parties, ...data.account.parties])] : data?.account.parties.length ? data.account.parties : before.parties || [],
    commitments: planned?.commitments || [], by: before.by || "",
    ...(run.entity === "walk" ? {status: "held", meeting_point: planned?.meeting_point || "", participants: ""} : {}),
  });
  item.id = run.id;
  Object.assign(item, {ends: run.id, started: run.started, metres: way.metres, gaps: way.gaps()});
  Object.assign(item.post, {parts: way.parts(), planned: run.planned || null});
  if (planned?.commitments.length) item.post.by_rule = false;
  openForm(item);
}

async function report() {
  const before = await last(), at = here && Date.now() - here.ms < 120_000 ? here.at : null;
  const on_walk = run?.entity === "walk" ? run : null;
  const item = fresh("finding", {
    category: "", text: "", status: "open", day: dayAndTime(serverTime()).date, internal: [], by: before.by || "",
    area: (at ? areaAt(at)?.id || (on_walk ? on_walk.area : "outside") : on_walk?.area || run?.area) || "", lon: at ? String(at[0]) : "", lat: at ? String(at[1]) : "",
  });
  if (on_walk) {
    item.walk = on_walk.id;
    item.post.walk = on_walk.planned?.id || on_walk.id;
    item.after = on_walk.planned ? null : on_walk.id;
  }
  openForm(item);
}

async function discard() {
  const is_new = form.state === "draft";
  if ((!is_new || form.ends) && !confirm(w("discard_sure"))) return;
  const gone = form;
  form = null;
  if (!is_new) await store.remove("queue", gone.id);
  if (run && gone.ends === run.id) {
    if (!run.planned) await alone(run.id);
    await end();
  }
  if (gone.post.entity === "walk" && !is_new) await alone(gone.id);
  show(run ? "run" : "home");
}

// Findings of a walk that is not written down are findings all the same.
async function alone(walk) {
  for (const item of await store.all("queue")) {
    if (item.after !== walk) continue;
    item.post.walk = item.after = null;
    await store.put("queue", item);
  }
}

// --- sending ------------------------------------------------------------------------------------

async function post(record, query = "?", picture = null) {
  const body = new FormData(), sent = Date.now();
  body.append("record", JSON.stringify({...record, clock_ms: sent}));
  if (picture) body.append("photo", picture, "photo.jpg");
  let answer;
  try {
    answer = await fetch(`/falt/ko${query}lang=${LANG}`, {
      method: "POST", body, headers: {"X-Lofteskartan": data?.proof || ""}, redirect: "manual", signal: AbortSignal.timeout(60_000),
    });
  } catch { return {status: 0, body: {}}; }
  // What says nothing of ours is a proxy's own page, whatever its status: nothing was kept.
  let said = {};
  try { said = await answer.json(); } catch { if (answer.status < 400) return {status: 0, body: {}}; }
  if (said.now_ms) await heardTime(said.now_ms, sent);
  return {status: answer.status, body: said, wait_s: Number(answer.headers.get("Retry-After")) || 0};
}

let sending = false, tries = 0, again = null;

async function send() {
  if (sending || !store.db) return;
  clearTimeout(again);
  sending = true;
  try {
    // Two windows on one phone don't send the same at once; if they did, it would be kept once.
    const all = navigator.locks ? await navigator.locks.request("falt", {ifAvailable: true}, lock => lock && sendAll()) : await sendAll();
    if (all === false) again = setTimeout(send, AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)]);
    else tries = 0;
    if (all && !(await store.all("queue")).length) alarm("said");
  } finally { sending = false; }
  showQueue();
}

const waits = (item, items) => item.state === "refused" || form?.id === item.id || item.account !== (data?.account.mark || "") ||
  (item.after && (run?.id === item.after || items.some(one => one.id === item.after)));

// Returns false where it has to be tried again.
async function sendAll() {
  if (!data && !await fetchData()) return !(await store.all("queue")).length;
  // What the server can't take now holds up nothing else.
  const passed = new Set();
  let renewed = false;
  for (;;) {
    const items = inOrder(await store.all("queue"));
    const item = items.find(one => !waits(one, items) && !passed.has(one.id));
    if (!item) return !passed.size;
    if (!navigator.onLine) return false;
    showQueue(item.id);
    // From here on it may be kept there: what is corrected here would no longer be heard.
    await kept(() => store.put("queue", {...item, tried: true}));
    const answer = await post({...item.post, id: item.id}, "?", item.photo);
    if (answer.status === 200 && answer.body.kept) {
      await store.remove("queue", item.id);
      await count();
      if (answer.body.notices?.length) alarm("notices", item.text, ...answer.body.notices);
    } else if (answer.status === 401) {
      outSigned(true);
      return false;
    } else if (answer.status === 403 && !renewed) {
      // Who has signed in again has another proof.
      renewed = true;
      if (!await fetchData()) return false;
    } else if (answer.status === 422 || answer.status === 413) {
      await kept(() => store.put("queue", {...item, tried: false, state: "refused", faults: answer.body.faults || {"": answer.body.detail || w("again")}}));
      if ((await store.get("queue", item.id))?.state !== "refused") return false;
      if (item.post.planned) await fetchData();
    } else if (answer.status >= 500 && !answer.wait_s && answer.status !== 503) {
      passed.add(item.id);
    } else {
      if (answer.wait_s) tries = Math.max(tries, 3);
      return false;
    }
  }
}

async function count() {
  const today = dayAndTime(Date.now()).date, before = await store.get("kept", "count");
  const number = before?.day === today ? before.number + 1 : 1;
  await kept(() => store.put("kept", {day: today, number, at: Date.now()}, "count"));
}

async function showQueue(now = null) {
  const items = inOrder(await store.all("queue")), done = await store.get("kept", "count");
  const told = done ? w("kept_today", {number: done.number, time: clock(done.at)}) : "";
  $("queue-title").textContent = items.length ? w("waiting", {number: items.length}) : told;
  $("queue").hidden = !items.length && !done;
  // What has to be seen to comes first; of a great many the oldest are enough.
  const first = items.filter(one => one.state === "refused");
  const shown = [...first, ...items.filter(one => one.state !== "refused")].slice(0, SHOWN_AT_MOST);
  $("items").replaceChildren(...shown.map(item => {
    const other = item.account !== (data?.account.mark || "");
    const state = item.state === "refused" ? "refused" : item.id === now ? "sending" : other ? "other" :
      waits(item, items) ? "walk" : "waiting";
    const faults = item.state === "refused" ? Object.values(item.faults || {}) : [];
    return h("li", {className: state}, h("b", {}, item.text), h("span", {}, `${item.photo ? `${w("with_photo")} · ` : ""}${age(item.saved)} · ${w(`state_${state}`)}`),
      ...faults.map(says => h("p", {className: "fault"}, says)),
      other || item.tried || item.id === now ? "" : h("button", {type: "button", className: "plain", onclick: () => openForm(item)}, w("correct")));
  }));
}

// --- the map ------------------------------------------------------------------------------------

let map = null, drawn = null, picks = null, before_map = "home";
const LEAFLET = ["/assets/leaflet/leaflet.js", "/assets/leaflet/leaflet.css"];

function keepMap() {
  const worker = navigator.serviceWorker?.controller;
  if (!worker || !data) return;
  const keep = [...LEAFLET], area = areaAt(here?.at || []) || byId(data.areas, run?.area);
  if (data.tiles && area) keep.push(...tilesOf(area));
  worker.postMessage({keep});
}

const TILE_ZOOMS = [13, 14, 15, 16], TILES_AT_MOST = 400;
const theme = () => matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
function tilesOf(area) {
  const found = [], all = area.rings.flat(2);
  const lons = all.map(at => at[0]), lats = all.map(at => at[1]);
  const column = (lon, z) => Math.floor((lon + 180) / 360 * 2 ** z);
  const row = (lat, z) => Math.floor((1 - Math.asinh(Math.tan(lat * RAD)) / Math.PI) / 2 * 2 ** z);
  for (const z of TILE_ZOOMS)
    for (let x = column(Math.min(...lons), z); x <= column(Math.max(...lons), z); x++)
      for (let y = row(Math.max(...lats), z); y <= row(Math.min(...lats), z); y++)
        found.push(data.tiles.url.replace("{theme}", theme()).replace("{z}", z).replace("{x}", x).replace("{y}", y).replace("{r}", ""));
  return found.slice(0, TILES_AT_MOST);
}

async function loadLeaflet() {
  if (window.L) return true;
  document.head.append(h("link", {rel: "stylesheet", href: LEAFLET[1]}));
  return new Promise(done => document.head.append(h("script", {src: LEAFLET[0], onload: () => done(true), onerror: () => done(false)})));
}

async function showMap(pick) {
  picks = pick;
  before_map = ["home", "run", "form"].find(id => !$(id).hidden) || "home";
  if (!data || !await loadLeaflet()) { alarm("map", w("not_ready")); return; }
  alarm("map");
  show("map-view");
  $("map-told").textContent = pick ? w("place_none") : data.tiles?.attribution || "";
  const style = getComputedStyle(document.documentElement), colour = name => style.getPropertyValue(name).trim();
  map ??= L.map("map", {attributionControl: false, zoomSnap: .5}).on("click", event => {
    if (!picks) return;
    picks([+event.latlng.lng.toFixed(6), +event.latlng.lat.toFixed(6)]);
    draw();
  });
  map.invalidateSize();
  const flip = at => [at[1], at[0]], area = byId(data.areas, pick ? $("area").value : run?.area) || (here && areaAt(here.at));
  function draw() {
    drawn?.remove();
    drawn = L.layerGroup().addTo(map);
    if (data.tiles) L.tileLayer(data.tiles.url.replace("{theme}", theme()).replace("{r}", ""), {maxZoom: 20, maxNativeZoom: data.tiles.maxZoom}).addTo(drawn);
    for (const area of data.areas) L.polygon(area.rings.map(rings => rings.map(ring => ring.map(flip))), {
      color: colour("--link"), weight: 2, fillOpacity: .08, dashArray: area.nominal ? "6 6" : null, interactive: false}).addTo(drawn);
    for (const spot of data.hot_spots) L.circle([spot.lat, spot.lon], {radius: spot.radius_m, color: colour("--map-hot"), interactive: false}).addTo(drawn);
    // Names to find one's way by, where there is no map beneath.
    const around = area?.id || (here && areaAt(here.at)?.id);
    for (const one of data.places.filter((place, i, all) => place.area === around && all.findIndex(other => other.name === place.name) === i)) L.circleMarker([one.lat, one.lon], {
      radius: 4, weight: 2, color: colour("--map-place"), interactive: false}).bindTooltip(h("span", {}, one.name), {permanent: !data.tiles, direction: "right"}).addTo(drawn);
    const planned = byId(data.walks, run?.planned?.id);
    for (const line of planned?.route || []) L.polyline(line.map(flip), {color: colour("--map-walk"), weight: 4, dashArray: "2 8", interactive: false}).addTo(drawn);
    for (const part of way.parts()) L.polyline(part.map(flip), {color: colour("--map-way"), weight: 5, interactive: false}).addTo(drawn);
    if (here) L.circleMarker(flip(here.at), {radius: 8, color: "#fff", fillColor: colour("--link"), fillOpacity: 1, interactive: false}).addTo(drawn);
    const {lon, lat} = form?.post.values || {};
    if (lon) L.circleMarker([+lat, +lon], {radius: 14, weight: 5, color: colour("--fault"), fillOpacity: .2, interactive: false}).addTo(drawn);
    if (pick) $("map-told").textContent = lon ? w("place_chosen", {place: placeName(lon, lat)}) : w("place_none");
  }
  draw();
  if (here && !area) map.setView(flip(here.at), 15);
  else map.fitBounds(L.polygon((area ? [area] : data.areas).map(one => one.rings[0][0].map(flip))).getBounds());
}

// --- what is shown ------------------------------------------------------------------------------

const VIEWS = ["home", "start", "walks", "run", "form", "map-view"];

function show(view, said) {
  const now = VIEWS.find(id => !$(id).hidden);
  if (view && view !== now) {
    for (const id of VIEWS) $(id).hidden = id !== view;
    scrollTo(0, 0);
    if (view === "run") for (const id of ["stops", "before", "asks"]) $(id).querySelector("ul").replaceChildren();
    if (view !== "form") $(view).querySelector("h1")?.focus();
  }
  if (said) alarm("said", said); else if (view && view !== now) alarm("said");
  $("begin").hidden = Boolean(run);
  $("go-running").hidden = !run;
  if (run) $("go-running").textContent = w(run.entity === "walk" ? "running_walk" : "running_patrol", {time: clock(run.started)});
  $("example").hidden = !data?.example;
  $("ready").textContent = data ? w("ready_offline", {time: clock(data.at || Date.now())}) : w("not_ready");
  if (!navigator.onLine) $("ready").textContent = `${w("offline")} ${$("ready").textContent}`;
  document.body.classList.toggle("offline", !navigator.onLine);
  showQueue();
  showRun();
}

function openStart() {
  // Patrols first, and what is promised; the rest is a tap away.
  const often = ["patrol", "foot_patrol", ...(data?.commitments || []).flatMap(one => one.kinds)];
  const first = (data?.kinds || []).filter(one => often.includes(one.id)), rest = (data?.kinds || []).filter(one => !often.includes(one.id));
  chips("kinds", "start-kind", first.map(one => [one.id, named(one)]), first[0]?.id);
  chips("more-kinds", "start-kind", rest.map(one => [one.id, named(one)]), "");
  options($("start-area"), w("choose_area"), areaList(), here ? areaAt(here.at)?.id || "" : "");
  show("start");
}

function openWalks() {
  // The nearest day first: one of last year's that nobody has told of is not today's.
  const away = walk => Math.abs(Date.parse(walk.day) - Date.now());
  const walks = [...(data?.walks || [])].sort((a, b) => away(a) - away(b));
  $("walks-title").hidden = !walks.length;
  $("planned").replaceChildren(...walks.map(walk => h("button", {type: "button", className: "go plain", onclick: () => begin({
    entity: "walk", area: walk.area, planned: {id: walk.id, number: walk.number},
  })}, [byId(data.areas, walk.area)?.name, walk.day, walk.meeting_point].filter(Boolean).join(", "))));
  options($("walk-area"), w("choose_area"), areaList().slice(0, -1), here ? areaAt(here.at)?.id || "" : "");
  show("walks");
}

function wire() {
  photo.wire();
  $("go-patrol").onclick = openStart;
  $("go-walk").onclick = openWalks;
  $("go-finding").onclick = $("run-report").onclick = report;
  $("go-running").onclick = () => show("run");
  $("run-stop").onclick = stop;
  $("start-now").onclick = () => begin({entity: "activity", area: $("start-area").value, kind: document.querySelector("[name=start-kind]:checked")?.value || ""});
  $("walk-now").onclick = () => { if ($("walk-area").value) begin({entity: "walk", area: $("walk-area").value}); else $("walk-area").focus(); };
  $("show-map").onclick = () => showMap(null);
  $("place-map").onclick = () => showMap(setPlace);
  $("place-here").onclick = () => here ? setPlace(here.at) : alarm("said", w("no_position"));
  $("known").onchange = () => setPlace($("known").value ? $("known").value.split(" ").map(Number) : null);
  $("map-done").onclick = () => show(before_map);
  $("fields").onsubmit = save;
  $("discard").onclick = discard;
  $("brand").onclick = event => { event.preventDefault(); if (form?.state === "draft" && !confirm(w("discard_sure"))) return; form = null; show("home"); };
  for (const back of document.querySelectorAll("[data-home]")) back.onclick = () => show("home");
  $("fields").addEventListener("change", event => {
    if (!form) return;
    if (event.target.name === "commitments") { form.post.by_rule = false; $("counts-by").textContent = ""; return; }
    if (event.target.name === "area") showParties(event.target.value, ticked("parties"));
    if (["kind", "area"].includes(event.target.name) && form.post.by_rule) showCommitments();
    ask();
  });
  addEventListener("online", () => { tries = 0; show(); fetchData().then(send); });
  addEventListener("offline", () => show());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    if (run) { place.pulse(); place.awake(); }
    tries = 0;
    send();
  });
}

async function start() {
  wire();
  navigator.serviceWorker?.addEventListener("controllerchange", keepMap);
  navigator.serviceWorker?.register("/falt/sw.js", {scope: "/falt"}).catch(console.warn);
  try { await store.open(); } catch {
    alarm("full", w("storage_none"));
    for (const id of BEGIN) $(id).disabled = true;
    return;
  }
  data = await store.get("kept", "data") || null;
  offset_ms = await store.get("kept", "offset") ?? null;
  run = await store.get("kept", "run") || null;
  await way.load();
  if (run) place.begin(); else place.start();
  show(run ? "run" : "home");
  showWhere();
  navigator.storage?.persist?.();
  const room = await navigator.storage?.estimate?.();
  if (room && room.quota - room.usage < ROOM_BYTES) alarm("full", w("storage_full"));
  await fetchData();
  await send();
  document.body.dataset.ready = "yes";
}
start();

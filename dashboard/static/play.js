/* The time line: a month is a link to its last day, and the promises' period is played month by
 * month, by sending the same addresses that a typed date sends. What plays is kept with the page,
 * since every step makes the row anew. */
const player = (window.lofteskartanPlayer ??= { playing: false, timer: 0, sent: "", at: 0, push: null });

const MONTH_MS = 1200; // long enough to see what changed, short enough for a year in a quarter of a minute
const POLL_MS = 60;
const GIVE_UP_MS = 15000;

const playButton = () => document.querySelector("[data-play]");
const dateField = () => document.querySelector("input[data-address]");
const calmMotion = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

function isStill() {
  return isRunOver() && dateField()?.defaultValue === player.sent;
}

function showPlayer() {
  const button = playButton();
  if (!button) return;
  const days = button.dataset.play.split(" ");
  const today = dateField()?.defaultValue ?? "";
  const label = player.playing ? button.dataset.pause : today >= days.at(-1) ? button.dataset.again : button.dataset.start;
  button.toggleAttribute("data-playing", player.playing);
  button.setAttribute("aria-label", label);
  button.title = label;
  button.querySelector("span").textContent = label;
}

function pausePlayer() {
  if (!player.playing) return;
  player.playing = false;
  window.clearTimeout(player.timer);
  // What was sent may still be on its way: its address replaces the one before it, too.
  const began = Date.now();
  const settle = () => {
    if (player.playing) return;
    if (isStill() || Date.now() - began > GIVE_UP_MS) releaseHistory();
    else window.setTimeout(settle, POLL_MS);
  };
  settle();
  showPlayer();
}

function playNext(day) {
  const field = dateField();
  const root = field?.closest(".lk-panel");
  if (!root) { pausePlayer(); return; }
  player.sent = day;
  player.at = Date.now();
  seen.last = "play";
  root.send("go", field.dataset.address.replace("DATE", day));
  waitForMonth();
}

/* The next month waits for the page, and for the eye. */
function waitForMonth() {
  window.clearTimeout(player.timer);
  player.timer = window.setTimeout(() => {
    if (!player.playing) return;
    const button = playButton();
    const waited = Date.now() - player.at;
    if (!button || waited > GIVE_UP_MS) { pausePlayer(); return; }
    if (waited < MONTH_MS || !isStill()) { waitForMonth(); return; }
    const next = button.dataset.play.split(" ").find((day) => day > player.sent);
    if (next) playNext(next); else pausePlayer();
  }, POLL_MS);
}

function startPlayer(button) {
  if (calmMotion()) return;
  const days = button.dataset.play.split(" ");
  const today = dateField().defaultValue;
  player.playing = true;
  holdHistory();
  playNext(days.find((day) => day > today) ?? days[0]);
  showPlayer();
}

function pauseByKey(event) {
  if (!player.playing || (event.key !== "Escape" && event.key !== " ")) return;
  // On the button itself the space bar is a click already.
  if (event.key === " " && event.target.closest?.("[data-play]")) return;
  event.preventDefault();
  event.stopPropagation();
  pausePlayer();
}

/* The months are one stop for the Tab key; as on a slider an arrow moves the day at once. */
function stepMonth(event) {
  const months = event.target.closest("[data-months]");
  const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, Home: -Infinity, End: Infinity }[event.key];
  if (!months || !by || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const links = [...months.querySelectorAll("a")];
  const at = links.indexOf(event.target.closest("a"));
  const next = links[Math.max(0, Math.min(links.length - 1, at + by))];
  if (next === links[at]) return;
  next.focus();
  next.click();
}

/* What a month that is pointed at or has the focus stands for; else the one told about. */
function sayMonth(event) {
  const line = event.currentTarget.querySelector("[data-month-told]");
  if (!line) return;
  line.dataset.monthTold ||= line.textContent;
  const month = event.type === "mouseout" || event.type === "focusout" ? null : event.target.closest("[data-months] a");
  line.textContent = month ? month.getAttribute("aria-label") : line.dataset.monthTold;
}

function attachPlayer(root) {
  root.addEventListener("keydown", stepMonth);
  for (const kind of ["mouseover", "mouseout", "focusin", "focusout"]) root.addEventListener(kind, sayMonth);
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-play]");
    if (button) { if (player.playing) pausePlayer(); else startPlayer(button); }
  });
  // The row is made anew with every step: its button says again what it does.
  new MutationObserver(() => { if (root.querySelector("[data-play]")) showPlayer(); }).observe(root, { childList: true });
  if (player.listens) return;
  player.listens = true;
  document.addEventListener("keydown", pauseByKey, true);
  (window.lofteskartanMapKeys ??= []).push(pauseByKey);
  // Whoever chooses something else has seen enough.
  document.addEventListener("click", (event) => { if (event.target.closest?.("a[data-go]")) pausePlayer(); }, true);
  document.addEventListener("change", (event) => { if (event.target.matches?.("input[data-address]")) pausePlayer(); }, true);
}

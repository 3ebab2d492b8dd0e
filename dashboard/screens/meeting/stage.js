/* A meeting's step: keys and a presenter's remote step through it, and a screen that follows asks once
 * a second where the meeting is. What is typed is never a key to step by. */
const LOOK_MS = 1000;
const STEP_KEYS = { ArrowRight: "step-after", PageDown: "step-after", " ": "step-after", ArrowLeft: "step-before", PageUp: "step-before" };

const isTyping = (node) => Boolean(node?.closest?.("input, textarea, select, [contenteditable], [data-stage-scroll]"));

function stepByKey(event) {
  const stage = document.querySelector("[data-stage]");
  if (!stage || event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
  const onControl = event.target.closest?.("a, button, summary");
  // Space presses the button that has the focus; anywhere else it goes on.
  if (event.key === " " && onControl) return;
  const name = event.shiftKey && event.key === " " ? "step-before" : STEP_KEYS[event.key];
  const links = [...stage.querySelectorAll(".lk-stage-foot ol a")];
  const link = event.key === "Home" ? links[0] : event.key === "End" ? links.at(-1) : name && stage.querySelector(`[data-id="${name}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
}

async function lookAround(root) {
  const stage = root.querySelector("[data-stage]");
  if (!stage || !root.isConnected) return;
  const { meeting, turn, version } = stage.dataset;
  const lost = stage.querySelector(".lk-stage-lost");
  try {
    const answer = await fetch(`/mote/lage?meeting=${encodeURIComponent(meeting)}`, { cache: "no-store" });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const told = await answer.json();
    if (lost) lost.hidden = true;
    if (!root.contains(stage) || root.sent) return;
    const goesOn = "follows" in stage.dataset && told.turn && `${told.turn}` !== turn;
    const wanted = goesOn ? "follow" : told.version !== version ? "anew" : "";
    const asked = `${told.turn}/${told.version}`;
    // Asked once for each change: the answer is on its way.
    if (!wanted || root.asked === asked) return;
    root.asked = asked;
    root.send("ask", { draft: "stage", values: {}, touched: [], button: wanted, at: Date.now() });
  } catch {
    if (lost) lost.hidden = false;
  }
}

async function copyTable(root, button) {
  const table = root.querySelector(`#${CSS.escape(button.dataset.copy)}`).cloneNode(true);
  table.hidden = false;
  const lines = [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim().replace(/\s+/g, " ")).join("\t"));
  const said = button.parentElement.querySelector("[data-copied]");
  try {
    const kinds = { "text/html": table.outerHTML, "text/plain": lines.join("\n") };
    const parts = Object.entries(kinds).map(([kind, text]) => [kind, new Blob([text], { type: kind })]);
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(parts))]);
    said.textContent = button.dataset.done;
  } catch { said.textContent = button.dataset.failed; }
}

function attachStage(root) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-copy]");
    if (button) copyTable(root, button);
  });
  if (!window.lofteskartanStage) {
    window.lofteskartanStage = true;
    document.addEventListener("keydown", stepByKey);
    // A click on the map puts the keys into its frame; they mean the same there.
    (window.lofteskartanMapKeys ??= []).push(stepByKey);
  }
  window.setInterval(() => lookAround(root), LOOK_MS);
}

/* Streamlit's own main landmark holds the navigation as well, and its link past the navigation
 * leads nowhere past it. Here the main part begins below the rows on top, and the link leads there. */
const MAIN = ".st-key-workspace, .st-key-reading, .st-key-meeting_page";

function markMain() {
  // A page that is left may still be there for a moment, before the meeting that was begun on it.
  const main = document.querySelector("main[data-stage]") ?? document.querySelector(MAIN);
  for (const old of document.querySelectorAll("#lk-main")) {
    if (old === main) continue;
    // One page's element may have become another's.
    for (const name of ["id", "role", "tabindex"]) old.removeAttribute(name);
  }
  const outer = document.querySelector("[data-testid=stMain]");
  if (!main || !outer) { outer?.removeAttribute("role"); return; }
  outer.setAttribute("role", "presentation");
  // What can take the focus can't be without a role; and it would be a stop that leads nowhere.
  outer.removeAttribute("tabindex");
  if (main.id === "lk-main") return;
  main.id = "lk-main";
  main.setAttribute("role", "main");
  main.tabIndex = -1;
}

function watchMain() {
  markMain();
  const app = streamlit();
  if (!app || seen.watched === app) return;
  seen.watched = app;
  new MutationObserver(markMain).observe(app, { attributes: true, attributeFilter: [RUN] });
}

/* Past the navigation, and past the map: what the map shows is in the list or card beside it. */
function skipToMain(event) {
  const link = event.target.closest("[data-skip]");
  if (!link) return;
  event.preventDefault();
  const main = document.querySelector("#lk-main");
  const target = main?.querySelector("[data-heading]") ?? main;
  target?.focus({ preventScroll: true });
  target?.scrollIntoView({ block: "nearest" });
}

function attachLandmarks(root) {
  root.addEventListener("click", skipToMain);
}

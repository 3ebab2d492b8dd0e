/* Streamlit says in English, in a window over the page, that its server does not answer. That window
 * is closed; here it is said in the reader's language, in a strip that covers no field, until the
 * server answers again. How the connection is stands in an attribute of Streamlit's. */
const CONNECTION = "data-test-connection-state";
const RUN = "data-test-script-state";
const AWAY_AFTER_MS = 1200; // a connection that is made anew at once is nobody's concern

const streamlit = () => document.querySelector(".stApp");
const isConnected = () => streamlit()?.getAttribute(CONNECTION) === "CONNECTED";
const isRunOver = () => streamlit()?.getAttribute(RUN) === "notRunning";

function watchConnection(words) {
  const app = streamlit();
  seen.away = words;
  if (!app || seen.connected === app) return;
  seen.connected = app;
  const strip = document.createElement("p");
  strip.className = "lk-away";
  strip.setAttribute("role", "alert");
  document.body.append(strip);
  let wait = null;
  new MutationObserver(() => {
    window.clearTimeout(wait);
    if (!isConnected()) wait = window.setTimeout(() => { strip.textContent = seen.away; }, AWAY_AFTER_MS);
    else strip.textContent = "";
  }).observe(app, { attributes: true, attributeFilter: [CONNECTION] });
  new MutationObserver(() => {
    // The page itself makes no such windows.
    if (!isConnected()) document.querySelector("[role=dialog] button")?.click();
  }).observe(document.body, { childList: true });
}

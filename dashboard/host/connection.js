/* Streamlit says in English, in a window over the page, that its server does not answer. That window
 * is closed; here it is said in the reader's language, in a strip that covers no field, until the
 * server answers again. How the connection is stands in an attribute of Streamlit's. */
const CONNECTION = "data-test-connection-state";
const RUN = "data-test-script-state";
const AWAY_AFTER_MS = 1200; // a connection that is made anew at once is nobody's concern

const streamlit = () => document.querySelector(".stApp");
const isConnected = () => streamlit()?.getAttribute(CONNECTION) === "CONNECTED";
const isRunOver = () => streamlit()?.getAttribute(RUN) === "notRunning";

/* Whose session has ended is not let in again: then that is what is said, with the way back to this
 * very page. What was typed stays in the browser. */
async function sayAway(strip) {
  strip.textContent = seen.away;
  if (!seen.out?.length) return;
  const answer = await fetch("/inloggning/lage").then((found) => found.json()).catch(() => null);
  if (answer?.signed_in !== false || !strip.textContent) return;
  const link = document.createElement("a");
  link.href = `/inloggning?till=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = seen.out[1];
  strip.replaceChildren(seen.out[0], " ", link);
}

function watchConnection(words, out) {
  const app = streamlit();
  seen.away = words;
  seen.out = out;
  if (!app || seen.connected === app) return;
  seen.connected = app;
  const strip = document.createElement("p");
  strip.className = "lk-away";
  strip.setAttribute("role", "alert");
  document.body.append(strip);
  let wait = null;
  new MutationObserver(() => {
    window.clearTimeout(wait);
    if (!isConnected()) wait = window.setTimeout(sayAway, AWAY_AFTER_MS, strip);
    else strip.textContent = "";
  }).observe(app, { attributes: true, attributeFilter: [CONNECTION] });
  new MutationObserver(() => {
    // The page itself makes no such windows.
    if (!isConnected()) document.querySelector("[role=dialog] button")?.click();
  }).observe(document.body, { childList: true });
}

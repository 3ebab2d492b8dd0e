/* Streamlit goes to another page in two steps, the new parameters first. The browser's back button
 * would stop between them, on the old page with the new parameters, which nobody has seen. */
function oneStepAPage() {
  if (seen.oneStep) return;
  seen.oneStep = true;
  const push = window.history.pushState.bind(window.history);
  let half = null;
  window.history.pushState = (data, title, url) => {
    const from = window.location.href;
    const to = new URL(url ?? from, from);
    const goesOn = half && half.href === from && half.turn === seen.turn;
    if (goesOn && to.pathname !== window.location.pathname) window.history.replaceState(data, title, url);
    else push(data, title, url);
    half = { href: to.href, turn: seen.turn };
  };
}

/* Streamlit pushes an entry for every address. While it plays, the first step makes one and the
 * others replace it: Back leads to where one was before, not through twelve months. */
function holdHistory() {
  if (player.push) return;
  player.push = history.pushState;
  let steps = 0;
  history.pushState = function (...entry) {
    (steps++ ? history.replaceState : player.push).apply(history, entry);
  };
}

function releaseHistory() {
  if (player.push) delete history.pushState;
  player.push = null;
}

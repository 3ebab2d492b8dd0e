/* The field in the top bar: a combobox whose list is fetched as one types (ARIA 1.2). The list is a
 * panel's HTML like all else, so its links lead where every link does. */
const SEARCH_WAIT_MS = 120;

/* What is typed outlives the bar, which is made anew when anything about the page changes. */
const searched = { text: "", from: null, asked: null, timer: 0 };

const searchBox = (root) => root.querySelector("[data-search]");
const hitsIn = (box) => [...box.querySelectorAll("[role=option]")];

function openHits(box, open) {
  box.querySelector("[data-hits]").hidden = !open;
  box.querySelector("input").setAttribute("aria-expanded", String(open && hitsIn(box).length > 0));
  if (!open) chooseHit(box, null);
}

function chooseHit(box, option) {
  const input = box.querySelector("input");
  for (const one of hitsIn(box)) one.setAttribute("aria-selected", String(one === option));
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

async function askSearch(box) {
  const text = box.querySelector("input").value;
  const list = box.querySelector("[role=listbox]");
  const said = box.querySelector("[role=status]");
  searched.asked?.abort();
  if (!text.trim()) {
    list.replaceChildren();
    said.textContent = said.dataset.empty;
    openHits(box, document.activeElement === box.querySelector("input"));
    return;
  }
  const asked = new AbortController();
  searched.asked = asked;
  const query = new URLSearchParams(box.dataset.search);
  query.set("q", text);
  try {
    const answer = await fetch(`/sok?${query}`, { signal: asked.signal, headers: { Accept: "text/html" } });
    const html = await answer.text();
    if (asked.signal.aborted || !box.isConnected) return;
    list.innerHTML = answer.ok ? html : "";
    const told = list.querySelector("[data-said]");
    told?.remove();
    const many = list.querySelectorAll("[role=option]").length;
    said.textContent = !answer.ok ? said.dataset.failed
      : [many ? said.dataset.many.replace("0", many) : "", told?.textContent.trim()].filter(Boolean).join(" ");
    openHits(box, document.activeElement === box.querySelector("input"));
  } catch (error) {
    if (error.name === "AbortError") return;
    said.textContent = said.dataset.failed;
    openHits(box, true);
  }
}

function leaveSearch(box, { keep = false } = {}) {
  const input = box.querySelector("input");
  openHits(box, false);
  box.classList.remove("lk-search-wide");
  box.querySelector("[data-search-open]").setAttribute("aria-expanded", "false");
  if (!keep) [input.value, searched.text] = ["", ""];
}

function searchKey(event, box) {
  const all = hitsIn(box);
  const at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const next = { ArrowDown: at + 1 < all.length ? at + 1 : 0, ArrowUp: at > 0 ? at - 1 : all.length - 1 }[event.key];
  if (next !== undefined) {
    event.preventDefault();
    openHits(box, true);
    chooseHit(box, all[next] ?? null);
  } else if (event.key === "Enter") {
    event.preventDefault();
    (all[at] ?? all[0])?.click();
  } else if (event.key === "Escape") {
    event.preventDefault();
    leaveSearch(box);
    const back = searched.from?.isConnected ? searched.from : document.querySelector("#lk-main");
    back?.focus({ preventScroll: true });
  }
}

function focusSearch(box) {
  const input = box.querySelector("input");
  if (document.activeElement !== input) searched.from = document.activeElement === document.body ? null : document.activeElement;
  box.classList.add("lk-search-wide");
  box.querySelector("[data-search-open]").setAttribute("aria-expanded", "true");
  input.focus();
  input.select();
}

const takesText = (node) => node?.closest?.("input, textarea, select, [contenteditable]");

function attachSearch(root) {
  if (seen.searchKey) document.removeEventListener("keydown", seen.searchKey);
  seen.searchKey = (event) => {
    const box = document.querySelector("[data-search]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !box || takesText(event.target)) return;
    event.preventDefault();
    focusSearch(box);
  };
  document.addEventListener("keydown", seen.searchKey);
  root.addEventListener("input", (event) => {
    const box = event.target.closest("[data-search]");
    if (!box) return;
    searched.text = event.target.value;
    window.clearTimeout(searched.timer);
    searched.timer = window.setTimeout(askSearch, SEARCH_WAIT_MS, box);
  });
  root.addEventListener("keydown", (event) => {
    const box = event.target.closest("[data-search]");
    if (box && event.target.matches("input")) searchKey(event, box);
  });
  root.addEventListener("focusin", (event) => {
    const box = event.target.closest("[data-search]");
    if (box && event.target.matches("input")) askSearch(box);
  });
  root.addEventListener("focusout", (event) => {
    const box = event.target.closest("[data-search]");
    if (box && event.relatedTarget && !box.contains(event.relatedTarget)) leaveSearch(box, { keep: true });
  });
  root.addEventListener("click", (event) => {
    const box = event.target.closest("[data-search]");
    if (!box) return;
    if (event.target.closest("[data-search-open]")) focusSearch(box);
    // What it leads to takes the focus.
    if (event.defaultPrevented && event.target.closest("[role=option]")) {
      seen.found = true;
      leaveSearch(box);
      box.querySelector("input").blur();
    }
  });
}

/* The bar was made anew: what was typed is there again. */
function fillSearch(root) {
  const box = searchBox(root);
  if (!box || !searched.text) return;
  box.querySelector("input").value = searched.text;
}

/* A table of squares is one stop for the Tab key; the arrow keys step among its links. The square
 * that is pointed at or has the focus says in words what it stands for. */
function gridLinks(grid) {
  return [...grid.rows].map((row) => [...row.cells].map((cell) => cell.querySelector("a[data-level]")));
}

function stepInGrid(event) {
  const link = event.target.closest("[data-grid] a[data-level]");
  const by = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
  if (!link || !by) return;
  event.preventDefault();
  const rows = gridLinks(link.closest("[data-grid]"));
  let row = rows.findIndex((links) => links.includes(link));
  let column = rows[row].indexOf(link);
  // Past the squares without records to the next one that has some.
  do { row += by[0]; column += by[1]; } while (rows[row] && column >= 0 && column < rows[row].length && !rows[row][column]);
  rows[row]?.[column]?.focus();
}

function sayGrid(event) {
  const link = event.target.closest?.("[data-grid] a[data-level]");
  const line = event.currentTarget.querySelector("[data-grid-tip]");
  if (line) line.textContent = link ? link.getAttribute("aria-label") : "";
}

function openGrid(root) {
  for (const grid of root.querySelectorAll("[data-grid]")) {
    const links = [...grid.querySelectorAll("a[data-level]")];
    const first = links.find((link) => link.hasAttribute("aria-current")) ?? links[0];
    if (first) first.tabIndex = 0;
  }
}

function attachGrid(root) {
  root.addEventListener("keydown", stepInGrid);
  for (const kind of ["mouseover", "focusin"]) root.addEventListener(kind, sayGrid);
  root.addEventListener("focusin", (event) => {
    const link = event.target.closest("[data-grid] a[data-level]");
    if (!link) return;
    for (const other of link.closest("[data-grid]").querySelectorAll("a[data-level][tabindex='0']")) other.tabIndex = -1;
    link.tabIndex = 0;
  });
  new MutationObserver(() => openGrid(root)).observe(root, { childList: true });
}

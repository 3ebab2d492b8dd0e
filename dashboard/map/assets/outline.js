/* An area's outline, drawn with the pointer: corners clicked, dragged, inserted, deleted.
 *
 * Every step that has no answer yet is told again with the next, so that none is lost where several
 * come as one. The server puts new corners on the neighbours' borders and keeps every step; its
 * answer takes this drawing's place only if nothing has been done here since. A corner is kept as [longitude, latitude] exactly as the
 * server gave it: a shared border is the same positions, to the last digit.
 */
window.LofteskartanOutline = (tools) => {
  "use strict";
  const { map, el, colour, words, say } = tools;
  const SNAP_PX = 14;
  const HANDLES_AT_MOST = 250; // in view; more would be a wall of handles, and slow
  const DOUBLE_MS = 350;
  const UNANSWERED_AT_MOST = 30;
  const MID_FROM_PX = 36; // a shorter edge has no handle in its midst

  let rings = [[]];
  let open = true;
  let chosen = null; // [ring, corner]
  let wanted = {}; // what the server said last
  let seq = 0; // steps told
  let unanswered = []; // [seq, unfinished, corners], or [seq, how many steps on or back]
  let number = null;
  let group = null;
  let bar = null;
  let last = { at: 0, point: null };
  let dragging = false; // what is dragged would be lost if it were drawn anew

  const latlng = ([lon, lat]) => L.latLng(lat, lon);
  const corner = (at) => [+at.lng.toFixed(6), +at.lat.toFixed(6)];
  const px = (position) => map.latLngToContainerPoint(latlng(position));
  const isOpen = (ring) => open && ring === rings.length - 1;

  function metresPerPx() {
    const size = map.getSize();
    const y = size.y / 2;
    return map.distance(map.containerPointToLatLng([0, y]), map.containerPointToLatLng([100, y])) / 100;
  }

  function tell(...what) {
    seq += 1;
    unanswered = [...unanswered, [seq, ...(what.length ? what : [open, rings])]].slice(-UNANSWERED_AT_MOST);
    draw();
    say({ steps: unanswered, within_m: SNAP_PX * metresPerPx() });
  }

  // --- what can be done ---------------------------------------------------------------------------

  /* By when it was pressed, or as the browser counts: a busy page may hear of it much later. */
  const isSecond = (press) => press.detail > 1 || press.timeStamp - last.at < DOUBLE_MS;

  function add(at, press) {
    if (!open) { choose(null); return; }
    const point = map.latLngToContainerPoint(at);
    // The second half of a double click is no corner.
    const again = last.point && isSecond(press) && point.distanceTo(last.point) < 6;
    last = { at: press.timeStamp, point };
    if (again) { finish(); return; }
    rings = [...rings.slice(0, -1), [...rings.at(-1), corner(at)]];
    chosen = null;
    tell();
  }

  function finish() {
    if (!open || rings.at(-1).length < 3) return;
    open = false;
    tell();
  }

  function begin() {
    if (open) return;
    rings = [...rings, []];
    open = true;
    chosen = null;
    tell();
  }

  function choose(which) {
    chosen = which;
    draw();
  }

  function move(ring, index, at) {
    rings = rings.map((one, n) => (n === ring ? one.map((old, k) => (k === index ? corner(at) : old)) : one));
  }

  function insert(ring, index, at) {
    rings = rings.map((one, n) => (n === ring ? one.toSpliced(index, 0, corner(at)) : one));
    chosen = [ring, index];
  }

  function remove() {
    if (!chosen) return;
    const [ring, index] = chosen;
    const left = rings[ring].toSpliced(index, 1);
    const drop = !isOpen(ring) && left.length < 3;
    rings = rings.map((one, n) => (n === ring ? left : one)).filter((_, n) => n !== ring || !drop);
    if (!rings.length) { rings = [[]]; open = true; }
    chosen = null;
    tell();
  }

  // --- what is seen -------------------------------------------------------------------------------

  function handle(kind, position, say) {
    const node = el("span", `lk-handle lk-handle-${kind}`);
    const icon = L.divIcon({ className: "lk-handle-icon", html: node, iconSize: [0, 0] });
    const marker = L.marker(latlng(position), { icon, draggable: true, keyboard: false, autoPan: true, zIndexOffset: kind === "mid" ? 2000 : 2500, ...say });
    return marker.addTo(group);
  }

  function lines() {
    const shapes = rings.map((ring, n) => {
      const made = isOpen(n) ? L.polyline([], style(true)) : L.polygon([], style(false));
      return made.addTo(group);
    });
    const update = () => shapes.forEach((shape, n) => shape.setLatLngs(rings[n].map(latlng)));
    update();
    return update;
  }

  const style = (unfinished) => ({ color: colour("map-walk"), weight: 4, fillColor: colour("map-walk"), fillOpacity: 0.14, dashArray: unfinished ? "10 6" : null, interactive: false, className: "lk-own-outline" });

  function draw() {
    if (!group || dragging) return;
    group.clearLayers();
    const update = lines();
    const view = map.getBounds().pad(0.1);
    const seen = rings.flatMap((ring, n) => ring.map((position, k) => [n, k, position])).filter((one) => view.contains(latlng(one[2])));
    if (seen.length <= HANDLES_AT_MOST) {
      for (const [n, k, position] of seen) cornerHandle(n, k, position, update);
      for (const [n, k] of seen) midHandle(n, k, update);
    }
    toggleButtons();
  }

  function cornerHandle(n, k, position, update) {
    const marker = handle("corner", position);
    const node = marker.getElement().firstChild;
    node.toggleAttribute("data-chosen", Boolean(chosen) && chosen[0] === n && chosen[1] === k);
    node.toggleAttribute("data-first", isOpen(n) && k === 0);
    marker.on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      const isLast = k === rings[n].length - 1 && isSecond(event.originalEvent);
      if (isOpen(n) && rings[n].length > 2 && (k === 0 || isLast)) finish();
      else if (!isLast || !isOpen(n)) choose([n, k]);
    });
    onDrag(marker, () => { chosen = [n, k]; }, () => { move(n, k, marker.getLatLng()); update(); });
  }

  function midHandle(n, k, update) {
    const ring = rings[n];
    const next = ring[k + 1] ?? (isOpen(n) || ring.length < 3 ? null : ring[0]);
    if (!next || px(ring[k]).distanceTo(px(next)) < MID_FROM_PX) return;
    const middle = [(ring[k][0] + next[0]) / 2, (ring[k][1] + next[1]) / 2];
    const marker = handle("mid", middle);
    marker.on("click", (event) => { L.DomEvent.stopPropagation(event); insert(n, k + 1, marker.getLatLng()); tell(); });
    onDrag(marker, () => insert(n, k + 1, marker.getLatLng()), () => { move(n, k + 1, marker.getLatLng()); update(); });
  }

  function onDrag(marker, start, go) {
    marker.on("dragstart", () => { dragging = true; start(); });
    marker.on("drag", go);
    marker.on("dragend", () => { dragging = false; tell(); });
  }

  const BUTTONS = [
    ["drawFinish", finish, () => open && rings.at(-1).length > 2],
    ["drawUndo", () => tell(-1), () => wanted.can?.[0]],
    ["drawRedo", () => tell(1), () => wanted.can?.[1]],
    ["drawDelete", remove, () => Boolean(chosen)],
    ["drawPart", begin, () => !open],
  ];

  function toggleButtons() {
    const buttons = bar.getContainer().querySelectorAll("button");
    BUTTONS.forEach(([, , can], n) => { buttons[n].disabled = !can(); });
  }

  function addBar() {
    bar = L.control({ position: "topright" });
    bar.onAdd = () => {
      const box = el("div", "lk-drawing");
      box.setAttribute("role", "toolbar");
      box.setAttribute("aria-label", words.drawTools);
      L.DomEvent.disableClickPropagation(box);
      for (const [word, act] of BUTTONS) {
        const button = el("button", "", words[word]);
        button.type = "button";
        button.dataset.id = word;
        button.addEventListener("click", act);
        box.append(button);
      }
      return box;
    };
    bar.addTo(map);
  }

  function keyed(event) {
    if (!group || event.target.closest?.("button")) return;
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (event.key === "Enter") finish();
    else if (["Delete", "Backspace"].includes(event.key)) remove();
    else if (undo && wanted.can?.[event.shiftKey ? 1 : 0]) tell(event.shiftKey ? 1 : -1);
    else return;
    event.preventDefault();
  }

  document.addEventListener("keydown", keyed);

  // --- what the server says -----------------------------------------------------------------------

  function show(picking) {
    wanted = picking;
    unanswered = unanswered.filter(([at]) => at > picking.answers);
    if (!group) {
      group = L.layerGroup().addTo(map);
      addBar();
      map.doubleClickZoom.disable();
      map.on("moveend", draw);
    }
    if (!dragging && (picking.number !== number || picking.answers >= seq)) {
      if (picking.number !== number) unanswered = [];
      number = picking.number;
      seq = Math.max(seq, picking.answers);
      rings = picking.rings;
      open = picking.is_open;
      if (chosen && !rings[chosen[0]]?.[chosen[1]]) chosen = null;
      draw();
    } else toggleButtons();
    document.body.dataset.corners = `${rings.flat().length}`;
  }

  function hide() {
    if (!group) return;
    map.off("moveend", draw);
    map.doubleClickZoom.enable();
    group.remove();
    bar.remove();
    [group, bar, number, chosen] = [null, null, null, null];
  }

  return { add, show, hide };
};

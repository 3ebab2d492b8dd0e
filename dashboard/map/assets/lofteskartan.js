/* Löfteskartan's map, inside the frame that streamlit-folium makes.
 *
 * The base map's script never changes: it calls `Lofteskartan.base` once. What does change (which
 * layers, which selection) comes as one short call to `Lofteskartan.show` with URLs and a few
 * values; records are fetched from this server and never stand in a script. Layers outlive a
 * change: an unchanged URL is not fetched again. All text is set as text.
 */
(() => {
  "use strict";
  // The themes decide what these are; a change of theme needs nothing drawn anew.
  const colour = (name) => `var(--${name})`;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  let map = null;
  let main = null; // the view on the library's own map
  let sides = []; // those of other places, beside it
  const views = () => (main ? [main, ...sides] : []);
  let focusToken = null;
  let clickedId = null;
  let clicks = 0;
  // Read from across a room the area itself is what is wanted; elsewhere its surroundings as well.
  const fit = () => ({ padding: config.large ? [28, 28] : sides.length ? [44, 44] : [64, 64], maxZoom: 17 });
  let config = {};
  let current = {};

  // The page that holds this frame has keys of its own, which mean the same while the map has the focus.
  document.addEventListener("keydown", (event) => {
    for (const listener of window.parent.lofteskartanMapKeys ?? []) listener(event);
  }, true);

  const el = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined && text !== null) node.textContent = text;
    return node;
  };

  // --- notices ------------------------------------------------------------------------------

  const told = new Set();
  function notice(key, text, retry) {
    if (told.has(key)) return;
    told.add(key);
    const box = el("div", "lk-notice");
    box.setAttribute("role", "status");
    box.dataset.key = key;
    box.append(el("span", "", text));
    if (retry) {
      const button = el("button", "", config.words.retry);
      button.type = "button";
      button.addEventListener("click", () => {
        box.remove();
        told.delete(key);
        retry();
      });
      box.append(button);
    }
    L.DomEvent.disableClickPropagation(box);
    let stack = map.getContainer().querySelector(".lk-notices");
    if (!stack) { stack = el("div", "lk-notices"); map.getContainer().append(stack); }
    stack.append(box);
  }

  function forget(key) {
    if (!told.delete(key)) return;
    for (const box of map.getContainer().querySelectorAll(".lk-notice")) if (box.dataset.key === key) box.remove();
  }

  /* What is missing beneath: said once in a browser's session, where the base map's source stands, with
   * what to do. It takes no other click, and names make room for it. */
  function remark(key, text, leads = true) {
    if (recall(`lk-told-${key}`)) return;
    remember(`lk-told-${key}`, "yes");
    const chip = L.control({ position: "bottomright" });
    chip.onAdd = () => {
      const node = el("div", "lk-remark", text);
      node.setAttribute("role", "status");
      if (leads) {
        const link = Object.assign(el("a", "", config.words.ownMap), { href: config.ownMap, target: "_top" });
        L.DomEvent.disableClickPropagation(link);
        node.append(" ", link);
      }
      return node;
    };
    chip.addTo(map);
    main?.pane.tidyLabels();
  }

  // --- base map -----------------------------------------------------------------------------

  /* Reduced motion: a step of the arrow keys or of the zoom is there at once, and nothing glides on. */
  function keepStill(one) {
    one.options.inertia = false;
    one._zoomAnimated = false; // what Leaflet made of its option when the map began
    one.panBy = (offset) => L.Map.prototype.panBy.call(one, offset, { animate: false });
  }

  // A host that is shut off by a firewall doesn't fail: it keeps one waiting.
  const TILES_WAIT_MS = 5000;
  const ERRORS_TO_GIVE_UP = 3;
  const TILES_GONE = "lk-tiles-gone";
  const GONE_FOR_MS = 15 * 60 * 1000; // so long another page of the same reader doesn't try again
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function addTiles(one, base, local) {
    if (base.kind === "none") return;
    if (base.kind === "local") {
      if (local) addLocalTiles(one, local); else remark("no-local-tiles", config.words.noLocalTiles);
      return;
    }
    if (local && knownGone()) { addLocalTiles(one, local); return; }
    const options = { maxZoom: 20, maxNativeZoom: base.maxZoom, attribution: escapeHtml(base.attribution) };
    const tiles = base.kind === "wms"
      ? L.tileLayer.wms(base.url, { ...options, layers: base.layers, format: "image/png" })
      : L.tileLayer(base.url, options);
    let settled = false;
    let errors = 0;
    const fail = () => {
      if (settled) return;
      settled = true;
      remember(TILES_GONE, String(Date.now()));
      tiles.remove();
      addLocalTiles(one, local);
      remark("local-tiles", config.words.localTiles, false);
    };
    tiles.on("tileload", () => { settled = true; });
    tiles.on("tileerror", () => {
      errors += 1;
      // One that is missing may lie outside of what the service has.
      if (local) { if (errors >= ERRORS_TO_GIVE_UP) fail(); } else if (!settled) remark("no-tiles", config.words.noTiles);
    });
    tiles.addTo(one);
    if (local) window.setTimeout(fail, TILES_WAIT_MS);
  }

  const knownGone = () => Date.now() - Number(recall(TILES_GONE)) < GONE_FOR_MS;

  function recall(key) {
    try { return window.sessionStorage.getItem(key); } catch { return null; }
  }

  function remember(key, value) {
    try { window.sessionStorage.setItem(key, value); } catch { /* a browser that keeps nothing tries again each time */ }
  }

  /* The map that this server draws itself, in the reader's theme: nothing turns its colours. */
  function addLocalTiles(one, local) {
    const theme = () => (dark.matches ? "dark" : "light");
    const tiles = L.tileLayer(local.url, { maxZoom: 20, minZoom: 6, maxNativeZoom: local.maxZoom, attribution: escapeHtml(local.attribution), theme: theme() });
    dark.addEventListener("change", () => { tiles.options.theme = theme(); tiles.redraw(); });
    let loaded = false;
    tiles.on("tileload", () => { loaded = true; });
    tiles.on("tileerror", () => { if (!loaded) remark("no-tiles", config.words.noTiles); });
    one.getContainer().classList.add("lk-local");
    tiles.addTo(one);
  }

  function escapeHtml(text) {
    const node = el("div", "", text);
    return node.innerHTML;
  }

  const tools = { el, colour, escapeHtml, notice, forget, pick, chosen, fetched, again: (name) => { for (const view of views()) view.pane.load(name); } };

  /* A map as they all are: controls, what it is drawn on, its layers; fitted to its place until somebody
   * moves it. */
  function furnished(one, counted) {
    const view = { map: one, place: null, touched: false };
    // Without tiles there is nothing that blurs between whole zoom levels.
    if (config.basemap.kind === "none") one.options.zoomSnap = 0.25;
    if (calm) keepStill(one);
    one.attributionControl.setPrefix(false);
    one.zoomControl?.remove();
    // Read from across a room, it is moved by the meeting's steps alone.
    if (!config.large) {
      L.control.zoom({ position: "topleft", zoomInTitle: config.words.zoomIn, zoomOutTitle: config.words.zoomOut }).addTo(one);
      L.control.scale({ imperial: false, position: "bottomleft" }).addTo(one);
    }
    const container = one.getContainer();
    container.setAttribute("role", "region");
    container.setAttribute("aria-label", config.words.map);
    addTiles(one, config.basemap, config.local);
    view.pane = window.LofteskartanPane(one, { ...tools, config, counted });
    one.on("click", (event) => { if (current.picking) pick(event.latlng, event.originalEvent); });
    for (const kind of ["mousedown", "wheel", "keydown", "touchstart"]) container.addEventListener(kind, () => { view.touched = true; }, { passive: true });
    view.fit = (moves = false) => {
      const [west, south, east, north] = view.place.bounds;
      const bounds = L.latLngBounds([south, west], [north, east]);
      one.invalidateSize({ animate: false });
      if (moves) one.flyToBounds(bounds, { ...fit(), duration: 0.7 });
      else one.fitBounds(bounds, { ...fit(), animate: false });
    };
    let pressed = null; // where, last: what was chosen there stays in sight when its card takes room
    view.look = (place, moves = false) => {
      [view.place, pressed] = [place, null];
      nameView(view);
      view.fit(moves);
    };
    container.addEventListener("pointerdown", (event) => { pressed = one.mouseEventToLatLng(event); }, { passive: true });
    const resized = new ResizeObserver(() => {
      one.invalidateSize({ animate: false });
      if (view.touched && pressed) one.panInside(pressed, { padding: [48, 48], animate: false });
      // The frame gets its height while the page is laid out: fit again until somebody moves the map.
      if ((!view.touched || config.large) && view.place) view.fit();
    });
    resized.observe(container);
    view.remove = () => { resized.disconnect(); one.remove(); container.remove(); };
    return view;
  }

  function base(leafletMap, settings) {
    map = leafletMap;
    config = settings;
    document.documentElement.lang = settings.lang;
    // The frame is named by the library that made it, in a language that is nobody's here.
    if (window.frameElement) window.frameElement.title = settings.words.map;
    document.body.classList.toggle("lk-large", Boolean(settings.large));
    main = furnished(map, (name, count) => { document.body.dataset[name] = `${count}`; });
    window.addEventListener("resize", arrange);
    // A sheet of paper has another shape than the window: what was shown is fitted to it.
    window.matchMedia("print").addEventListener("change", () => {
      for (const view of views()) {
        if (view.place && !view.touched) { view.fit(); continue; }
        const seenNow = view.map.getBounds();
        view.map.invalidateSize({ animate: false });
        view.map.fitBounds(seenNow, { ...fit(), animate: false });
      }
    });
    window.setTimeout(() => map.invalidateSize({ animate: false }), 0);
  }

  // --- places side by side ------------------------------------------------------------------

  const VIEWS_AT_MOST = 4;
  const NARROW_PX = 560; // a phone: one place at a time has room for its names
  let places = []; // where the areas lie, if they lie apart

  const box = () => map.getContainer().parentElement;
  // A way or an outline is drawn on one map; a place is picked on whichever it lies.
  const drawsOnOne = () => Boolean(current.picking) && current.picking.kind !== "point";
  // The frame is all map, and has its shape before the map's own style has come.
  const viewsAtMost = () => (window.innerWidth < NARROW_PX || drawsOnOne() ? 1 : VIEWS_AT_MOST);

  /* One map for each place, as many as there is room for; the rest are chosen in their headings. */
  function split(wanted) {
    places = wanted;
    const besides = Math.max(0, Math.min(places.length, viewsAtMost()) - 1);
    const changed = sides.length !== besides;
    while (sides.length > besides) sides.pop().remove();
    while (sides.length < besides) {
      const node = el("div", "lk-side");
      box().append(node);
      const side = furnished(L.map(node, { maxZoom: map.getMaxZoom(), center: map.getCenter(), zoom: map.getZoom() }), () => {});
      side.own = L.layerGroup().addTo(side.map);
      sides.push(side);
      side.pane.show(side.own, current);
    }
    const wide = window.innerWidth > window.innerHeight;
    box().classList.toggle("lk-split", besides > 0);
    box().style.setProperty("--lk-columns", besides === 3 ? 2 : wide ? besides + 1 : 1);
    if (changed && !drawsOnOne()) showPicking();
    return changed;
  }

  function lookAtPlaces() {
    for (const [index, view] of views().entries()) view.look(places[index]);
  }

  /* A window of another shape has room for more or fewer. */
  function arrange() {
    if (!split(places) || !places.length) return;
    lookAtPlaces();
    for (const side of sides) side.pane.refresh();
  }

  /* The heading of a view among several: its place's name, or a choice of all where not all are shown. */
  function nameView(view) {
    view.heading?.remove();
    view.heading = null;
    const { name } = view.place;
    view.map.getContainer().setAttribute("aria-label", name ? `${config.words.map}: ${name}` : config.words.map);
    if (!name) return;
    view.heading = L.control({ position: "topright" });
    view.heading.onAdd = () => {
      if (places.length <= views().length) return el("div", "lk-view-name", name);
      const list = el("select", "lk-view-name");
      list.setAttribute("aria-label", config.words.map);
      for (const place of places) list.append(Object.assign(el("option", "", place.name), { selected: place === view.place }));
      L.DomEvent.disableClickPropagation(list);
      list.addEventListener("change", () => { view.touched = false; view.look(places[list.selectedIndex]); view.map.getContainer().querySelector("select").focus(); });
      return list;
    };
    view.heading.addTo(view.map);
  }

  // --- what is told to the page ---------------------------------------------------------------

  /* What several views show is asked for once, and may be before they look where they should. */
  const ASKED_ONCE_MS = 1000;
  const asked = new Map();
  function fetched(url, signal) {
    const ask = async () => {
      const answer = await fetch(url, { signal, credentials: "same-origin" });
      if (!answer.ok) throw new Error(`${answer.status}`);
      return answer.json();
    };
    if (signal) return ask();
    if (!asked.has(url)) {
      const answer = ask();
      asked.set(url, answer);
      const forgotten = () => asked.delete(url);
      answer.then(() => window.setTimeout(forgotten, ASKED_ONCE_MS), forgotten);
    }
    return asked.get(url);
  }

  function chosen(layer) {
    // The same object clicked twice must be two events, or a second choice would go unheard.
    clicks += 1;
    const { id, layer: kind } = layer.feature.properties;
    layer.feature.properties = { ...layer.feature.properties, click: clicks };
    clickedId = id;
    if (kind === "area") for (const view of views()) view.pane.light(id);
    answerAtOnce(layer.toGeoJSON());
  }

  /* streamlit-folium waits 250 ms before it tells the page of a click, in case more follow. A choice
   * on this map is one click, so it is told at once; what streamlit-folium then finds is the same
   * value, and it keeps still. Where its inside is another, its own way goes on working. */
  function answerAtOnce(drawing) {
    const own = window.__GLOBAL_DATA__;
    if (!window.Streamlit || !own || !("previous_data" in own)) return;
    own.previous_data = { last_active_drawing: drawing };
    window.Streamlit.setComponentValue(own.previous_data);
    // Its own note of what was clicked may lie beneath, or on another map; a moment later it would tell of that instead.
    window.setTimeout(() => { own.last_active_drawing = drawing; }, 0);
  }

  // --- a place or a way for a form -------------------------------------------------------------

  const PICKED = { color: colour("map-halo"), weight: 3, fillColor: colour("map-walk"), fillOpacity: 1, interactive: false };
  let drawn = []; // the way's points so far, as latitude and longitude
  let drawnNumber = null;
  let drawingBar = null;
  let outline = null; // an area's, once one is drawn here

  function tell(geometry, more = {}) {
    clicks += 1;
    const told = { type: "Feature", geometry, properties: { ...more, layer: "pick", click: clicks } };
    // streamlit-folium asks a clicked layer for its GeoJSON; a place on bare ground has none.
    answerAtOnce(told);
  }

  const rounded = (at) => [+at.lng.toFixed(6), +at.lat.toFixed(6)];

  function pick(at, press) {
    const here = L.latLng(at.lat, at.lng).wrap();
    if (current.picking.kind === "outline") { outline.add(here, press); return; }
    if (current.picking.kind === "point") {
      showPicked([here]);
      tell({ type: "Point", coordinates: rounded(here) });
      return;
    }
    drawn = [...drawn, here];
    tellWay();
  }

  function tellWay() {
    showPicked(drawn);
    tell({ type: "LineString", coordinates: drawn.map(rounded) });
  }

  const SVG = "http://www.w3.org/2000/svg";

  /* Stands on the place by its point, larger than everything else that is a point here. */
  function pin() {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 32 44");
    svg.setAttribute("class", "lk-pin");
    svg.setAttribute("aria-hidden", "true");
    for (const [name, attributes] of [
      ["path", { d: "M16 43C16 43 3 26 3 15a13 13 0 1 1 26 0c0 11-13 28-13 28z", fill: colour("map-walk"), stroke: colour("map-halo"), "stroke-width": 2.5 }],
      ["circle", { cx: 16, cy: 15, r: 5.5, fill: colour("map-halo") }],
    ]) {
      const part = document.createElementNS(SVG, name);
      for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
      svg.append(part);
    }
    return svg;
  }

  function showPicked(points) {
    const isWay = current.picking && current.picking.kind === "line";
    for (const view of views()) {
      view.picked ??= L.layerGroup();
      view.picked.addTo(view.map).clearLayers();
      // What is there already steps back while a place is chosen among it.
      view.map.getContainer().classList.toggle("lk-has-picked", points.length > 0);
      if (isWay) continue;
      for (const at of points) L.marker(at, { icon: L.divIcon({ className: "lk-pin-icon", html: pin(), iconSize: [0, 0] }), interactive: false, keyboard: false, zIndexOffset: 3000 }).addTo(view.picked);
    }
    if (!isWay) return;
    if (points.length > 1) L.polyline(points, { color: colour("map-walk"), weight: 5, interactive: false }).addTo(main.picked);
    points.forEach((at, index) => {
      const end = index === 0 || index === points.length - 1;
      if (end || points.length <= 60) L.circleMarker(at, { ...PICKED, radius: end ? 9 : 5 }).addTo(main.picked);
    });
    if (drawingBar) for (const button of drawingBar.getContainer().querySelectorAll("button")) button.disabled = !points.length;
  }

  function addDrawingBar() {
    drawingBar = L.control({ position: "topright" });
    drawingBar.onAdd = () => {
      const bar = el("div", "lk-drawing");
      L.DomEvent.disableClickPropagation(bar);
      const add = (text, act) => {
        const button = el("button", "", text);
        button.type = "button";
        button.addEventListener("click", act);
        bar.append(button);
      };
      add(config.words.undoPoint, () => { drawn = drawn.slice(0, -1); tellWay(); });
      add(config.words.clearWay, () => { drawn = []; tellWay(); });
      return bar;
    };
    drawingBar.addTo(map);
  }

  function showPicking() {
    const picking = current.picking;
    for (const view of views()) view.map.getContainer().classList.toggle("lk-picking", Boolean(picking));
    if (picking?.kind === "outline") {
      outline ??= window.LofteskartanOutline({ map, el, colour, words: config.words, say: (more) => tell(null, more) });
      outline.show(picking);
      return;
    }
    outline?.hide();
    const drawing = picking && picking.kind === "line";
    if (drawing && !drawingBar) addDrawingBar();
    if (!drawing && drawingBar) { drawingBar.remove(); drawingBar = null; }
    if (!picking) {
      drawn = [];
      drawnNumber = null;
      for (const view of views()) {
        view.picked?.remove();
        view.map.getContainer().classList.remove("lk-has-picked");
      }
      return;
    }
    // Clicks may run ahead of the server: its way counts only where it has decided on one itself.
    if (drawing && picking.number === drawnNumber) { showPicked(drawn); return; }
    drawnNumber = picking.number;
    drawn = picking.points.map(([lon, lat]) => L.latLng(lat, lon));
    showPicked(drawn);
  }

  function moveTo(focus) {
    if (!focus || focus.token === focusToken) return;
    const first = focusToken === null;
    focusToken = focus.token;
    const wasClicked = clickedId !== null && focus.id === clickedId;
    clickedId = null;
    if (wasClicked) return;
    const changed = split(focus.places);
    if (!places.length) { main.look(focus, !(first || calm || changed)); return; }
    lookAtPlaces();
  }

  function show(parent, wanted) {
    current = wanted;
    showPicking();
    main.pane.show(parent, wanted);
    for (const side of sides) side.pane.show(side.own.clearLayers(), wanted);
    // The view first: what is fetched depends on it.
    window.setTimeout(() => {
      moveTo(wanted.focus);
      arrange();
      for (const view of views()) view.pane.refresh();
    }, 0);
  }

  window.Lofteskartan = { base, show, views };
})();

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
  // Farther out records lie on top of each other and would hide the areas from the pointer.
  const RECORDS_CLICKABLE_FROM_ZOOM = 13;
  const DETAILS_FROM_ZOOM = 14;
  const PLACE_LABELS_FROM_ZOOM = 15;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  const kept = new Map(); // layer name -> {group, url, viewport, controller}
  let map = null;
  let focusToken = null;
  let clickedId = null;
  let clicks = 0;
  let touched = false;
  let shownBounds = null;
  // Read from across a room the area itself is what is wanted; elsewhere its surroundings as well.
  const fit = () => ({ padding: config.large ? [28, 28] : [64, 64], maxZoom: 17 });
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
    const button = el("button", "", config.words.retry);
    button.type = "button";
    button.addEventListener("click", () => {
      box.remove();
      told.delete(key);
      retry();
    });
    box.append(button);
    L.DomEvent.disableClickPropagation(box);
    let stack = map.getContainer().querySelector(".lk-notices");
    if (!stack) { stack = el("div", "lk-notices"); map.getContainer().append(stack); }
    stack.append(box);
  }

  function forget(key) {
    if (!told.delete(key)) return;
    for (const box of map.getContainer().querySelectorAll(".lk-notice")) if (box.dataset.key === key) box.remove();
  }

  /* What is missing beneath: said once in a browser's session, where the base map's source stands. It
   * takes no click, and names make room for it. */
  function remark(key, text) {
    if (recall(`lk-told-${key}`)) return;
    remember(`lk-told-${key}`, "yes");
    const chip = L.control({ position: "bottomright" });
    chip.onAdd = () => {
      const node = el("div", "lk-remark", text);
      node.setAttribute("role", "status");
      return node;
    };
    chip.addTo(map);
    tidyLabels();
  }

  // --- base map -----------------------------------------------------------------------------

  /* Reduced motion: a step of the arrow keys or of the zoom is there at once, and nothing glides on. */
  function keepStill() {
    map.options.inertia = false;
    map._zoomAnimated = false; // what Leaflet made of its option when the map began
    map.panBy = (offset) => L.Map.prototype.panBy.call(map, offset, { animate: false });
  }

  // A host that is shut off by a firewall doesn't fail: it keeps one waiting.
  const TILES_WAIT_MS = 5000;
  const ERRORS_TO_GIVE_UP = 3;
  const TILES_GONE = "lk-tiles-gone";
  const GONE_FOR_MS = 15 * 60 * 1000; // so long another page of the same reader doesn't try again
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function addTiles(base, local) {
    if (base.kind === "none") return;
    if (base.kind === "local") {
      if (local) addLocalTiles(local); else remark("no-local-tiles", config.words.noLocalTiles);
      return;
    }
    if (local && knownGone()) { addLocalTiles(local); return; }
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
      addLocalTiles(local);
      remark("local-tiles", config.words.localTiles);
    };
    tiles.on("tileload", () => { settled = true; });
    tiles.on("tileerror", () => {
      errors += 1;
      // One that is missing may lie outside of what the service has.
      if (local) { if (errors >= ERRORS_TO_GIVE_UP) fail(); } else if (!settled) remark("no-tiles", config.words.noTiles);
    });
    tiles.addTo(map);
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
  function addLocalTiles(local) {
    const theme = () => (dark.matches ? "dark" : "light");
    const tiles = L.tileLayer(local.url, { maxZoom: 20, minZoom: 6, maxNativeZoom: local.maxZoom, attribution: escapeHtml(local.attribution), theme: theme() });
    dark.addEventListener("change", () => { tiles.options.theme = theme(); tiles.redraw(); });
    let loaded = false;
    tiles.on("tileload", () => { loaded = true; });
    tiles.on("tileerror", () => { if (!loaded) remark("no-tiles", config.words.noTiles); });
    map.getContainer().classList.add("lk-local");
    tiles.addTo(map);
  }

  function showDistance() {
    map.getContainer().classList.toggle("lk-far", map.getZoom() < RECORDS_CLICKABLE_FROM_ZOOM);
    map.getContainer().classList.toggle("lk-middle", map.getZoom() < DETAILS_FROM_ZOOM);
    order();
  }

  function escapeHtml(text) {
    const node = el("div", "", text);
    return node.innerHTML;
  }

  function base(leafletMap, settings) {
    map = leafletMap;
    config = settings;
    document.documentElement.lang = settings.lang;
    // Without tiles there is nothing that blurs between whole zoom levels.
    if (settings.basemap.kind === "none") map.options.zoomSnap = 0.25;
    if (calm) keepStill();
    // The frame is named by the library that made it, in a language that is nobody's here.
    if (window.frameElement) window.frameElement.title = settings.words.map;
    map.attributionControl.setPrefix(false);
    map.zoomControl.remove();
    // Read from across a room, it is moved by the meeting's steps alone.
    document.body.classList.toggle("lk-large", Boolean(settings.large));
    if (!settings.large) {
      L.control.zoom({ position: "topleft", zoomInTitle: settings.words.zoomIn, zoomOutTitle: settings.words.zoomOut }).addTo(map);
      L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
    }
    const container = map.getContainer();
    container.setAttribute("role", "region");
    container.setAttribute("aria-label", settings.words.map);
    addTiles(settings.basemap, settings.local);
    map.on("moveend", refreshViewports);
    map.on("zoomend", () => {
      const points = kept.get("activities");
      if (points) points.group.eachLayer((layer) => { if (layer.feature.properties.layer === "activity") layer.setRadius(pointRadius()); });
      showDistance();
    });
    map.on("moveend", tidyLabels);
    map.on("click", (event) => { if (current.picking) pick(event.latlng); });
    for (const kind of ["mousedown", "wheel", "keydown", "touchstart"]) container.addEventListener(kind, () => { touched = true; }, { passive: true });
    new ResizeObserver(() => {
      map.invalidateSize({ animate: false });
      // The frame gets its height while the page is laid out: fit again until somebody moves the map.
      if ((!touched || config.large) && shownBounds) map.fitBounds(shownBounds, { ...fit(), animate: false });
    }).observe(container);
    // A sheet of paper has another shape than the window: what was shown is fitted to it.
    window.matchMedia("print").addEventListener("change", () => {
      const seenNow = map.getBounds();
      map.invalidateSize({ animate: false });
      map.fitBounds(touched || !shownBounds ? seenNow : shownBounds, { ...fit(), animate: false });
    });
    window.setTimeout(() => map.invalidateSize({ animate: false }), 0);
  }

  // --- styles -------------------------------------------------------------------------------

  function areaStyle(feature) {
    const p = feature.properties;
    const lit = !current.emphasis || current.emphasis.includes(p.id);
    const selected = current.selected === p.id;
    return {
      color: lit ? p.stroke : colour("map-faded"),
      weight: selected ? 5 : 3,
      opacity: lit ? 1 : 0.55,
      fillColor: p.fill,
      fillOpacity: lit ? (selected ? 0.34 : 0.24) : 0.05,
      dashArray: p.nominal ? "9 8" : null,
    };
  }

  const outlineStyle = (feature) => ({ ...areaStyle(feature), fill: false, className: "lk-outline" });

  function pointRadius() {
    const zoom = map.getZoom();
    return zoom < 12 ? 2.5 : zoom < 14 ? 4 : zoom < 16 ? 7 : 9;
  }

  // A circle's area follows the count, so that twice as many looks twice as much.
  const binRadius = (count) => Math.min(3 + Math.sqrt(count), 15);

  const makers = {
    activities: (feature, at) => feature.properties.layer === "activity"
      ? L.circleMarker(at, { radius: pointRadius(), color: colour("map-halo"), weight: 1.5, fillColor: colour("map-point"), fillOpacity: 0.85, className: "lk-point" })
      : L.circleMarker(at, { radius: binRadius(feature.properties.count), color: colour("map-halo"), weight: 1, fillColor: colour("map-point"), fillOpacity: 0.6, interactive: false }),
    findings: (feature, at) => {
      const diamond = el("span", "lk-diamond");
      diamond.dataset.status = feature.properties.status;
      diamond.style.setProperty("--diamond", feature.properties.colour);
      return L.marker(at, { icon: L.divIcon({ className: "lk-finding lk-point", html: diamond, iconSize: [26, 26] }), keyboard: false });
    },
    hot_spots: (feature, at) => L.circle(at, { radius: feature.properties.radius, color: colour("map-hot"), weight: 2.5, fillColor: colour("map-hot"), fillOpacity: 0.12, className: "lk-hot-spot" }),
    places: (feature, at) => L.circleMarker(at, { radius: 4, color: colour("map-place"), weight: 1.5, fillColor: colour("map-place-ground"), fillOpacity: 1 }),
  };

  const styles = {
    areas: areaStyle,
    activities: () => ({}),
    walks: (feature) => ({ color: colour("map-walk"), weight: 5, opacity: 0.9, dashArray: feature.properties.held ? null : "2 9", fill: false, className: "lk-point lk-walk" }),
    findings: () => ({}),
    places: () => ({}),
    hot_spots: () => ({}),
  };

  function tooltip(feature) {
    const p = feature.properties;
    if (!p.title) return null;
    const tip = el("div", "");
    tip.append(el("b", "", p.title));
    for (const line of p.lines || []) tip.append(el("span", "", line));
    return tip;
  }

  function labelFor(name, feature, layer) {
    const p = feature.properties;
    if (name === "places") {
      layer.bindTooltip(el("div", "lk-place-label", p.title), { permanent: true, direction: "right", offset: [6, 0], className: "lk-label lk-place", interactive: false });
    } else {
      const tip = tooltip(feature);
      if (tip) layer.bindTooltip(tip, { className: "lk-tip", sticky: true, direction: "top" });
    }
  }

  // --- an area's badge: its state's icon on the area, its name beside ---------------------------

  const SVG = "http://www.w3.org/2000/svg";
  function stateIcon(p) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    const ring = document.createElementNS(SVG, "circle");
    for (const [key, value] of Object.entries({ cx: 8, cy: 8, r: 7.2, fill: p.fill, stroke: colour("ring"), "stroke-width": 1, ...(p.dashed ? { "stroke-dasharray": "2.4 1.8" } : {}) })) ring.setAttribute(key, value);
    const sign = document.createElementNS(SVG, "path");
    const look = { d: p.icon, transform: "translate(2.4 2.4) scale(.7)", fill: "none", stroke: p.iconColour, "stroke-width": 2.4, "stroke-linecap": "round", "stroke-linejoin": "round" };
    for (const [key, value] of Object.entries(look)) sign.setAttribute(key, value);
    svg.append(ring, sign);
    // An area without a state of its own has its name alone; an empty ring would look unfinished.
    svg.toggleAttribute("hidden", !p.icon);
    return svg;
  }

  function addBadges(group) {
    const areas = [];
    group.eachLayer((layer) => { if (layer.getBounds) areas.push(layer); });
    for (const area of areas) {
      const p = area.feature.properties;
      // Many dots in a small area hide its shape: its outline lies above them, and takes no click.
      const outline = L.geoJSON(area.feature, { interactive: false, style: () => outlineStyle(area.feature) }).getLayers()[0];
      outline.outlines = true;
      group.addLayer(outline);
      const node = el("div", "lk-badge");
      const text = el("div", "lk-badge-text", p.title);
      text.append(el("small", "", p.state));
      node.append(stateIcon(p), text);
      const badge = L.marker(area.getBounds().getCenter(), {
        icon: L.divIcon({ className: "lk-badge-icon", html: node, iconSize: [0, 0] }),
        keyboard: false, zIndexOffset: 1000 - (p.order || 0) * 10 });
      badge.feature = area.feature;
      badge.bindTooltip(tooltip({ properties: { title: p.title, lines: p.state ? [p.state] : [] } }), { className: "lk-tip", direction: "top", offset: [0, -14] });
      group.addLayer(badge);
    }
  }

  // --- labels that would cover each other ----------------------------------------------------

  const SIDES = ["right", "left", "below", "above"];
  const overlap = (a, b) => a.left < b.right + 3 && b.left < a.right + 3 && a.top < b.bottom && b.top < a.bottom;

  function tidyLabels() {
    if (!map) return;
    const taken = [];
    const frame = map.getContainer().getBoundingClientRect();
    for (const control of map.getContainer().querySelectorAll(".leaflet-control")) taken.push(control.getBoundingClientRect());
    const free = (node) => {
      const box = node.getBoundingClientRect();
      const inside = box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
      return inside && !taken.some((other) => overlap(box, other));
    };
    const areas = kept.get("areas");
    const badges = [];
    if (areas) areas.group.eachLayer((layer) => {
      const node = layer.getElement && !layer.getBounds && layer.getElement() && layer.getElement().firstElementChild;
      if (node) badges.push([layer.feature.properties, node]);
    });
    badges.sort((a, b) => (b[0].id === current.selected) - (a[0].id === current.selected) || a[0].order - b[0].order);
    for (const [, node] of badges) taken.push(node.firstElementChild.getBoundingClientRect());
    for (const [, node] of badges) {
      const text = node.lastElementChild;
      text.classList.remove("lk-hidden");
      const place = (side) => { node.dataset.side = side; return free(text); };
      const small = text.querySelector("small");
      small.hidden = false;
      let placed = SIDES.some(place);
      if (!placed) { small.hidden = true; placed = SIDES.some(place); }
      if (placed) taken.push(text.getBoundingClientRect()); else text.classList.add("lk-hidden");
    }
    const places = kept.get("places");
    if (!places || !map.hasLayer(places.group)) return;
    // A stop's number is read before the name of the place it is at, which the list has too.
    for (const stop of map.getContainer().querySelectorAll(".lk-drawn")) taken.push(stop.getBoundingClientRect());
    places.group.eachLayer((layer) => {
      const node = layer.getTooltip() && layer.getTooltip().getElement();
      if (!node) return;
      const shown = free(node);
      if (shown) taken.push(node.getBoundingClientRect());
      node.classList.toggle("lk-hidden", !shown);
    });
  }

  // --- layers by URL ------------------------------------------------------------------------

  function withViewport(url) {
    const b = map.getBounds();
    const bbox = [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()].map((v) => v.toFixed(5)).join(",");
    return `${url}&bbox=${bbox}&zoom=${Math.round(map.getZoom())}`;
  }

  /* streamlit-folium waits 250 ms before it tells the page of a click, in case more follow. A choice
   * on this map is one click, so it is told at once; what streamlit-folium then finds is the same
   * value, and it keeps still. Where its inside is another, its own way goes on working. */
  function answerAtOnce(drawing) {
    const own = window.__GLOBAL_DATA__;
    if (!window.Streamlit || !own || !("previous_data" in own)) return;
    own.previous_data = { last_active_drawing: drawing };
    window.Streamlit.setComponentValue(own.previous_data);
  }

  function makeGroup(name) {
    const group = L.geoJSON(null, {
      style: styles[name],
      pointToLayer: makers[name],
      onEachFeature: (feature, layer) => {
        labelFor(name, feature, layer);
        // A tooltip listens for focus, and the browser then makes each of hundreds of points a stop
        // of the Tab key. The list beside the map is the keyboard's way to them.
        layer.on("add", () => layer.getElement()?.setAttribute("tabindex", "-1"));
      },
      interactive: name !== "places",
      attribution: name === "places" ? escapeHtml(config.placesSource) : null,
    });
    group.on("click", (event) => {
      const feature = event.layer && event.layer.feature;
      if (!feature) return;
      L.DomEvent.stopPropagation(event);
      // A name or a badge lies at its own point: the place is where the pointer is.
      if (current.picking) { pick(map.mouseEventToLatLng(event.originalEvent)); return; }
      // The same object clicked twice must be two events, or a second choice would go unheard.
      clicks += 1;
      feature.properties = { ...feature.properties, click: clicks };
      clickedId = feature.properties.id;
      answerAtOnce(event.layer.toGeoJSON());
    });
    return group;
  }

  async function load(name) {
    const entry = kept.get(name);
    if (!entry || !map.hasLayer(entry.group)) return;
    const url = entry.viewport ? withViewport(entry.url) : entry.url;
    if (url === entry.loaded) return;
    if (entry.controller) entry.controller.abort();
    entry.controller = new AbortController();
    entry.loaded = url;
    try {
      const answer = await fetch(url, { signal: entry.controller.signal, credentials: "same-origin" });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const data = await answer.json();
      entry.group.clearLayers();
      entry.group.addData(data);
      if (name === "areas") { addBadges(entry.group); restyle(); }
      order();
      tidyLabels();
      forget(`layer-${name}`);
      document.body.dataset[name] = `${data.features.length}`;
    } catch (error) {
      if (error.name === "AbortError") return;
      entry.loaded = null;
      notice(`layer-${name}`, config.words.noLayer, () => load(name));
    }
  }

  function order() {
    // Far out the areas lie on top of the records, near by the records on top of the areas.
    const far = map.getZoom() < RECORDS_CLICKABLE_FROM_ZOOM;
    const names = far ? ["activities", "areas", "hot_spots", "selection"] : ["areas", "hot_spots", "activities", "walks", "places", "selection", "findings"];
    for (const name of names) {
      const entry = kept.get(name);
      if (!entry || !map.hasLayer(entry.group)) continue;
      entry.group.eachLayer((layer) => { if (layer.bringToFront) layer.bringToFront(); });
    }
    kept.get("areas")?.group.eachLayer((layer) => { if (layer.outlines) layer.bringToFront(); });
  }

  function refreshViewports() {
    for (const [name, entry] of kept) if (entry.viewport) load(name);
    togglePlaces();
  }

  function togglePlaces() {
    const entry = kept.get("places");
    if (!entry || !entry.parent) return;
    const wanted = map.getZoom() >= PLACE_LABELS_FROM_ZOOM;
    if (wanted && !map.hasLayer(entry.group)) { entry.parent.addLayer(entry.group); load("places"); order(); tidyLabels(); }
    if (!wanted && map.hasLayer(entry.group)) entry.parent.removeLayer(entry.group);
  }

  function restyle() {
    const entry = kept.get("areas");
    if (!entry) return;
    entry.group.eachLayer((layer) => {
      if (layer.setStyle) layer.setStyle(layer.outlines ? outlineStyle(layer.feature) : areaStyle(layer.feature));
      else if (layer.getElement()) layer.getElement().classList.toggle("lk-faded", Boolean(current.emphasis) && !current.emphasis.includes(layer.feature.properties.id));
    });
  }

  // --- selection and view -------------------------------------------------------------------

  /* What a planning tool draws, by role; anything else is what is selected. */
  const MOST_REACH_PX = 14; // the weightiest place's radius on the map
  const drawnStyles = {
    area: (p) => ({ color: colour("map-mark"), weight: 6, fill: false, dashArray: p.nominal ? "9 8" : null }),
    way: (p) => ({ color: colour(p.alternative ? "map-way-other" : "map-way"), weight: p.alternative ? 4 : 6, opacity: 0.95, fill: false, dashArray: p.alternative ? "3 9" : null }),
    ring: (p) => ({ color: colour(p.alternative ? "map-way-other" : "map-mark"), weight: 3, fill: false, dashArray: "7 6" }),
    reached: () => ({ color: colour("map-halo"), weight: 1.5, fillColor: colour("map-way"), fillOpacity: 0.9 }),
    missed: () => ({ color: colour("map-missed"), weight: 3, fillColor: colour("map-halo"), fillOpacity: 0.85 }),
  };
  const numbered = (kind) => (feature, at) => {
    const p = feature.properties;
    const node = el("span", `lk-drawn lk-drawn-${kind}`, p.label);
    node.toggleAttribute("data-other", Boolean(p.alternative));
    node.toggleAttribute("data-required", Boolean(p.required));
    return L.marker(at, { icon: L.divIcon({ className: "lk-drawn-icon", html: node, iconSize: [0, 0] }), keyboard: false, bubblingMouseEvents: true, zIndexOffset: p.alternative ? 1200 : 1400 });
  };
  const drawnMakers = {
    stop: numbered("stop"),
    site: numbered("site"),
    // Far out a hot spot's circle is smaller than the badge of its area, which hides it.
    spot: (feature, at) => L.marker(at, { icon: L.divIcon({ className: "lk-drawn-icon", html: el("span", "lk-drawn-spot"), iconSize: [0, 0] }), keyboard: false, bubblingMouseEvents: true, zIndexOffset: 1300 }),
    ring: (feature, at) => L.circle(at, { radius: feature.properties.radius_m }),
    reached: (feature, at) => L.circleMarker(at, { radius: 4 + (MOST_REACH_PX - 4) * Math.sqrt(feature.properties.weight ?? 0.2) }),
    missed: (feature, at) => L.circleMarker(at, { radius: 4 + (MOST_REACH_PX - 4) * Math.sqrt(feature.properties.weight ?? 0.2) }),
  };

  function showSelection(parent, selection) {
    const group = L.geoJSON(selection, {
      // Drawn over what can be clicked: only what has something to tell takes the pointer.
      filter: (feature) => Boolean(feature.geometry),
      style: (feature) => {
        const p = feature.properties;
        const own = drawnStyles[p.role];
        const look = own ? own(p) : { color: colour("map-mark"), weight: feature.geometry.type === "Point" ? 4 : 7, opacity: 0.9, fill: false };
        return { ...look, interactive: Boolean(p.title) };
      },
      pointToLayer: (feature, at) => {
        const make = drawnMakers[feature.properties.role];
        return make ? make(feature, at) : L.circleMarker(at, { radius: pointRadius() + 6 });
      },
      onEachFeature: (feature, layer) => {
        layer.options.interactive = Boolean(feature.properties.title);
        const tip = tooltip(feature);
        if (!tip) return;
        layer.bindTooltip(tip, { className: "lk-tip", sticky: true, direction: "top" });
        layer.on("add", () => layer.getElement()?.setAttribute("tabindex", "-1"));
      },
    });
    kept.set("selection", { group, viewport: false, url: "" });
    parent.addLayer(group);
  }

  // --- a place or a way for a form -------------------------------------------------------------

  const PICKED = { color: colour("map-halo"), weight: 3, fillColor: colour("map-walk"), fillOpacity: 1, interactive: false };
  let drawn = []; // the way's points so far, as latitude and longitude
  let drawnNumber = null;
  let pickedGroup = null;
  let drawingBar = null;

  function tell(geometry) {
    clicks += 1;
    const told = { type: "Feature", geometry, properties: { layer: "pick", click: clicks } };
    // streamlit-folium asks a clicked layer for its GeoJSON; a place on bare ground has none.
    answerAtOnce(told);
    // Its own note of what was clicked lies beneath; a moment later it would tell of that instead.
    window.setTimeout(() => { if (window.__GLOBAL_DATA__) window.__GLOBAL_DATA__.last_active_drawing = told; }, 0);
  }

  const rounded = (at) => [+at.lng.toFixed(6), +at.lat.toFixed(6)];

  function pick(at) {
    const here = L.latLng(at.lat, at.lng).wrap();
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
    if (!pickedGroup) pickedGroup = L.layerGroup();
    pickedGroup.addTo(map).clearLayers();
    const isWay = current.picking && current.picking.kind === "line";
    if (isWay && points.length > 1) L.polyline(points, { color: colour("map-walk"), weight: 5, interactive: false }).addTo(pickedGroup);
    // What is there already steps back while a place is chosen among it.
    map.getContainer().classList.toggle("lk-has-picked", points.length > 0);
    if (!isWay) {
      for (const at of points) L.marker(at, { icon: L.divIcon({ className: "lk-pin-icon", html: pin(), iconSize: [0, 0] }), interactive: false, keyboard: false, zIndexOffset: 3000 }).addTo(pickedGroup);
      return;
    }
    points.forEach((at, index) => {
      const end = index === 0 || index === points.length - 1;
      if (end || points.length <= 60) L.circleMarker(at, { ...PICKED, radius: end ? 9 : 5 }).addTo(pickedGroup);
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
    map.getContainer().classList.toggle("lk-picking", Boolean(picking));
    const drawing = picking && picking.kind === "line";
    if (drawing && !drawingBar) addDrawingBar();
    if (!drawing && drawingBar) { drawingBar.remove(); drawingBar = null; }
    if (!picking) {
      drawn = [];
      drawnNumber = null;
      if (pickedGroup) pickedGroup.remove();
      map.getContainer().classList.remove("lk-has-picked");
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
    if (clickedId !== null && focus.id === clickedId) { clickedId = null; return; }
    clickedId = null;
    const [west, south, east, north] = focus.bounds;
    const bounds = L.latLngBounds([south, west], [north, east]);
    shownBounds = bounds;
    map.invalidateSize({ animate: false });
    if (first || calm) map.fitBounds(bounds, { ...fit(), animate: false });
    else map.flyToBounds(bounds, { ...fit(), duration: 0.7 });
  }

  function show(parent, wanted) {
    current = wanted;
    showPicking();
    for (const [name, spec] of Object.entries(wanted.layers)) {
      let entry = kept.get(name);
      if (!entry) { entry = { group: makeGroup(name) }; kept.set(name, entry); }
      entry.url = spec.url;
      entry.viewport = spec.viewport;
      entry.parent = parent;
      if (name !== "places") parent.addLayer(entry.group);
    }
    for (const name of [...kept.keys()]) if (!(name in wanted.layers)) kept.delete(name);
    // The view first: what is fetched depends on it.
    window.setTimeout(() => {
      moveTo(wanted.focus);
      showDistance();
      restyle();
      for (const name of Object.keys(wanted.layers)) load(name);
      togglePlaces();
      tidyLabels();
    }, 0);
    if (wanted.selection) showSelection(parent, wanted.selection);
  }

  window.Lofteskartan = { base, show };
})();

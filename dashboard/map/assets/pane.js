/* One view of what is on the map: its areas, records and what is chosen, with names that make room for
 * each other. Where the areas lie apart there are several side by side; all show the same layers, each
 * looks at its own place. */
window.LofteskartanPane = (map, tools) => {
  "use strict";
  const { el, colour, escapeHtml, notice, forget } = tools;
  // Farther out records lie on top of each other and would hide the areas from the pointer.
  const RECORDS_CLICKABLE_FROM_ZOOM = 13;
  const DETAILS_FROM_ZOOM = 14;
  const PLACE_LABELS_FROM_ZOOM = 15;

  const kept = new Map(); // layer name -> {group, url, viewport, controller}
  let current = {};

  function showDistance() {
    map.getContainer().classList.toggle("lk-far", map.getZoom() < RECORDS_CLICKABLE_FROM_ZOOM);
    map.getContainer().classList.toggle("lk-middle", map.getZoom() < DETAILS_FROM_ZOOM);
    order();
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
    return zoom < RECORDS_CLICKABLE_FROM_ZOOM ? 2.5 : zoom < 14 ? 4 : zoom < 16 ? 7 : 9;
  }

  // A circle's area follows the count, so that twice as many looks twice as much.
  const binRadius = (count) => Math.min(3 + Math.sqrt(count), 15);

  // Somebody else's map: one picture beneath everything that is ours.
  const canvas = L.canvas({ pane: "references" });
  // A country's areas far out: as elements of their own, two thousand take their time at every step.
  const dots = L.canvas({ pane: "dots" });
  const makers = {
    references: (feature, at) => L.circleMarker(at, { pane: "references", renderer: canvas, interactive: false, radius: 3 }),
    ground: (feature, at) => L.marker(at, { icon: L.divIcon({ className: "lk-town", html: el("div", "lk-town-name", feature.properties.title), iconSize: [0, 0] }), interactive: false, keyboard: false, pane: "groundNames" }),
    activities: (feature, at) => feature.properties.layer === "activity"
      ? L.circleMarker(at, { radius: pointRadius(), color: colour("map-halo"), weight: 1.5, fillColor: colour("map-point"), fillOpacity: 0.85, className: "lk-point" })
      : L.circleMarker(at, { radius: binRadius(feature.properties.count), color: colour("map-halo"), weight: 1, fillColor: colour("map-point"), fillOpacity: 0.6, interactive: false }),
    findings: (feature, at) => {
      const diamond = el("span", "lk-diamond");
      diamond.dataset.status = feature.properties.status;
      diamond.toggleAttribute("data-late", feature.properties.late);
      diamond.style.setProperty("--diamond", feature.properties.colour);
      return L.marker(at, { icon: L.divIcon({ className: "lk-finding lk-point", html: diamond, iconSize: [26, 26] }), keyboard: false });
    },
    hot_spots: (feature, at) => L.circle(at, { radius: feature.properties.radius, color: colour("map-hot"), weight: 2.5, fillColor: colour("map-hot"), fillOpacity: 0.12, className: "lk-hot-spot" }),
    // Its name is part of its icon: a tooltip of Leaflet's would be measured when it is put up.
    places: (feature, at) => L.marker(at, {
      icon: L.divIcon({ className: "lk-place", html: el("div", "lk-place-label", feature.properties.title), iconSize: [10, 10] }),
      interactive: false, keyboard: false, zIndexOffset: -1000 }),
  };

  const styles = {
    ground: () => ({ stroke: false, fillColor: colour("map-built"), fillOpacity: 1 }),
    references: (feature) => ({ color: feature.properties.colour, weight: 2, opacity: 0.9, fillColor: feature.properties.colour, fillOpacity: feature.geometry.type.includes("Point") ? 0.9 : 0.16 }),
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
    const tip = name !== "places" && tooltip(feature);
    if (tip) layer.bindTooltip(tip, { className: "lk-tip", sticky: true, direction: "top" });
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

  function addBadge(group, feature, at) {
    const p = feature.properties;
    const node = el("div", "lk-badge");
    const text = el("div", "lk-badge-text", p.title);
    text.append(el("small", "", p.state));
    node.append(stateIcon(p), text);
    const badge = L.marker(at, {
      icon: L.divIcon({ className: "lk-badge-icon", html: node, iconSize: [0, 0] }),
      keyboard: false, zIndexOffset: 1000 - (p.order || 0) * 10 });
    badge.feature = feature;
    badge.bindTooltip(tooltip({ properties: { title: p.title, lines: p.state ? [p.state] : [] } }), { className: "lk-tip", direction: "top", offset: [0, -14] });
    group.addLayer(badge);
  }

  function addAreas(group, features) {
    group.addData({ type: "FeatureCollection", features });
    const areas = [];
    group.eachLayer((layer) => { if (layer.getBounds) areas.push(layer); });
    for (const area of areas) {
      // Many dots in a small area hide its shape: its outline lies above them, and takes no click.
      const outline = L.geoJSON(area.feature, { interactive: false, style: () => outlineStyle(area.feature) }).getLayers()[0];
      outline.outlines = true;
      group.addLayer(outline);
      addBadge(group, area.feature, area.getBounds().getCenter());
    }
  }

  /* A whole country's areas are smaller than a point and have no room for names: each is a dot in its
   * state's colour, and those that need attention first have their badges; nearer by there are fewer. */
  const SHAPES_AT_MOST = 300;
  const BADGES_AMONG_DOTS = 60;

  /* The middle of an outline's bounds, without a layer for each of a country's areas. */
  function centreOf({ type, coordinates }) {
    const corners = coordinates.flat(type === "Polygon" ? 1 : 2);
    return L.latLngBounds(corners.map(([lon, lat]) => [lat, lon])).getCenter();
  }

  function drawAreas(entry) {
    const { group, features, centres } = entry;
    const view = map.getBounds().pad(0.1);
    const many = features.length > SHAPES_AT_MOST;
    const seen = many ? features.filter((feature) => view.contains(centres.get(feature))) : features;
    const shapes = seen.length <= SHAPES_AT_MOST ? seen : [];
    const drawn = many && !shapes.length ? "dots" : shapes.map((feature) => feature.properties.id).join();
    if (entry.drawn === drawn) return;
    entry.drawn = drawn;
    group.clearLayers();
    // An empty picture of dots would take the clicks of what lies beneath it.
    map.getPane("dots").hidden = drawn !== "dots";
    if (drawn !== "dots") { addAreas(group, shapes); return; }
    const first = [...features].sort((a, b) => a.properties.order - b.properties.order);
    for (const feature of first.slice(BADGES_AMONG_DOTS).reverse()) {
      const dot = L.circleMarker(centres.get(feature), { pane: "dots", renderer: dots, radius: 5, weight: 1.5, color: colour("map-halo"), fillColor: feature.properties.fill, fillOpacity: 0.95 });
      dot.feature = feature;
      dot.dot = true;
      labelFor("areas", feature, dot);
      group.addLayer(dot);
    }
    for (const feature of first.slice(0, BADGES_AMONG_DOTS)) addBadge(group, feature, centres.get(feature));
  }

  // --- labels that would cover each other ----------------------------------------------------

  const SIDES = ["right", "left", "below", "above"];
  const NAMES_TRIED = 200; // of the areas in view, the first; nearer by there are fewer
  const overlap = (a, b) => a.left < b.right + 3 && b.left < a.right + 3 && a.top < b.bottom && b.top < a.bottom;

  const NAMES_APART = 60; // of so many none need be missing
  // The nearest first; names are wide, so that a little sideways is no farther than half of it down.
  const OFFSETS_PX = [];
  for (let dx = -480; dx <= 480; dx += 12) for (let dy = -360; dy <= 360; dy += 9) OFFSETS_PX.push([dx, dy]);
  OFFSETS_PX.sort((a, b) => Math.hypot(a[0] / 2, a[1]) - Math.hypot(b[0] / 2, b[1]));
  const MANY = 20; // names in one view, which are smaller then
  const LOOK_AGAIN_MS = 250;
  let asking = 0;

  /* What is taken, by squares: among a country's dots a name is held against the nearest alone. */
  const SQUARE_PX = 64;
  function roomIn(frame) {
    const squares = new Map();
    const among = (box, told) => {
      const [left, right, top, bottom] = [box.left - 3, box.right + 3, box.top, box.bottom].map((at) => Math.floor(at / SQUARE_PX));
      for (let x = left; x <= right; x += 1) for (let y = top; y <= bottom; y += 1) if (told(x * 4096 + y)) return true;
      return false;
    };
    return {
      take(box) { among(box, (square) => { squares.get(square)?.push(box) ?? squares.set(square, [box]); }); },
      isFree(box) {
        const inside = box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
        return inside && !among(box, (square) => squares.get(square)?.some((other) => overlap(box, other)));
      },
    };
  }

  /* Where there is no room beside it, a name stands farther off, with a line to what it names. */
  function placeApart(node, { width, height }, isFree) {
    const at = node.firstElementChild.getBoundingClientRect();
    for (const [dx, dy] of OFFSETS_PX) {
      const [x, y] = [at.left + at.width / 2 + dx, at.top + at.height / 2 + dy];
      const box = { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
      if (!isFree(box)) continue;
      for (const [name, value] of [["dx", `${dx}px`], ["dy", `${dy}px`], ["away", `${Math.hypot(dx, dy)}px`], ["angle", `${Math.atan2(dy, dx)}rad`]]) node.style.setProperty(`--lk-${name}`, value);
      return { short: true, side: "apart", box };
    }
    return null;
  }

  /* Once when all that is being done now is done: a step of a page asks for it eight times, and each
   * time the browser has to lay the map out ten times over. And on a jump at the same zoom Leaflet
   * moves the badges only after "moveend". */
  let asked = false;
  function tidyLabels() {
    if (asked) return;
    asked = true;
    queueMicrotask(() => { asked = false; placeLabels(); });
  }

  function placeLabels() {
    if (!map?.getContainer().isConnected) return;
    const frame = map.getContainer().getBoundingClientRect();
    const { take, isFree } = roomIn(frame);
    for (const control of map.getContainer().querySelectorAll(".leaflet-control")) take(control.getBoundingClientRect());
    const areas = kept.get("areas");
    const badges = [];
    // A name over another area's dot would take its click.
    const dotted = (at) => ({ left: frame.left + at.x - 5, right: frame.left + at.x + 5, top: frame.top + at.y - 5, bottom: frame.top + at.y + 5 });
    if (areas) areas.group.eachLayer((layer) => {
      if (layer.dot) take(dotted(map.latLngToContainerPoint(layer.getLatLng())));
      const node = layer.getElement && !layer.getBounds && layer.getElement() && layer.getElement().firstElementChild;
      if (node) badges.push([layer.feature.properties, node]);
    });
    badges.sort((a, b) => (b[0].id === current.selected) - (a[0].id === current.selected) || a[0].order - b[0].order);
    const nodes = badges.map(([, node]) => node);
    const near = nodes.filter((node) => overlap(node.getBoundingClientRect(), frame));
    // A map that has no size yet, or looks elsewhere, has room for no name: asked again until it has.
    window.clearTimeout(asking);
    if (nodes.length && !near.length) asking = window.setTimeout(tidyLabels, LOOK_AGAIN_MS);
    map.getContainer().classList.toggle("lk-many", near.length > MANY);
    for (const node of nodes) take(node.firstElementChild.getBoundingClientRect());
    const tried = near.slice(0, NAMES_TRIED).map((node) => ({ node, text: node.lastElementChild, boxes: [] }));
    for (const node of nodes) node.lastElementChild.classList.add("lk-hidden");
    // Every name is measured in a place before any is in the next: a size asked for between two changes
    // makes the browser lay the map out anew, and a whole country has thousands of names.
    for (const short of [false, true]) for (const side of SIDES) {
      for (const { node, text } of tried) { node.dataset.side = side; text.querySelector("small").hidden = short; }
      for (const { text, boxes } of tried) boxes.push({ short, side, box: text.getBoundingClientRect() });
    }
    for (const { node, text, boxes } of tried) {
      const best = boxes.find(({ box }) => isFree(box)) ?? (tried.length <= NAMES_APART && placeApart(node, boxes.at(-1).box, isFree));
      if (!best) continue;
      node.dataset.side = best.side;
      text.querySelector("small").hidden = best.short;
      text.classList.remove("lk-hidden");
      take(best.box);
    }
    // A stop's number is read before the name of the place it is at, which the list has too.
    for (const stop of map.getContainer().querySelectorAll(".lk-drawn")) take(stop.getBoundingClientRect());
    // All are measured before any is hidden: a size asked for between two changes makes the browser
    // lay the map out anew, and there are hundreds of names.
    const names = [...map.getContainer().querySelectorAll(".lk-place-label, .lk-town-name")].map((node) => [node, node.getBoundingClientRect()]);
    for (const [node, box] of names) {
      const shown = isFree(box);
      if (shown) take(box);
      node.classList.toggle("lk-hidden", !shown);
    }
  }

  // --- layers by URL ------------------------------------------------------------------------

  function withViewport(url) {
    const b = map.getBounds();
    const bbox = [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()].map((v) => v.toFixed(5)).join(",");
    return `${url}&bbox=${bbox}&zoom=${Math.round(map.getZoom())}`;
  }


  const STILL = new Set(["ground", "references", "places"]); // nothing that can be chosen
  const sources = { ground: tools.config.groundSource, places: tools.config.placesSource };

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
      interactive: !STILL.has(name),
      pane: name === "ground" || name === "references" ? name : "overlayPane",
      ...(name === "references" ? { renderer: canvas } : {}),
      attribution: name in sources ? escapeHtml(sources[name]) : null,
    });
    group.on("click", (event) => {
      const feature = event.layer && event.layer.feature;
      if (!feature) return;
      L.DomEvent.stopPropagation(event);
      // A name or a badge lies at its own point: the place is where the pointer is.
      if (current.picking) tools.pick(map.mouseEventToLatLng(event.originalEvent), event.originalEvent);
      else tools.chosen(event.layer);
    });
    return group;
  }

  const afterAreas = (name, entry) => entry.viewport || name === "ground";

  async function load(name) {
    const entry = kept.get(name);
    if (!entry || !map.hasLayer(entry.group)) return;
    // The areas first, which can be clicked. Until they are there the view still settles, and each of its
    // steps would be asked for; and what only lies beneath them would be drawn before them.
    if (afterAreas(name, entry) && kept.get("areas")?.url && !kept.get("areas").features) return;
    const url = entry.viewport ? withViewport(entry.url) : entry.url;
    if (url === entry.loaded) return;
    entry.controller?.abort();
    entry.controller = new AbortController();
    entry.loaded = url;
    try {
      const data = await tools.fetched(url, entry.viewport ? entry.controller.signal : null);
      if (entry.loaded !== url) return;
      if (name !== "areas") {
        entry.group.clearLayers();
        entry.group.addData(data);
      } else {
        entry.features = data.features;
        entry.centres = new Map(data.features.map((feature) => [feature, centreOf(feature.geometry)]));
        entry.drawn = null;
        drawAreas(entry);
        restyle();
        if (data.features.length) forget("no-areas"); else notice("no-areas", tools.config.words.noAreas);
      }
      order();
      if (name === "areas") refreshViewports();
      if (["areas", "places", "ground"].includes(name)) tidyLabels(); // the others have no names
      forget(`layer-${name}`);
      tools.counted(name, data.features.length);
    } catch (error) {
      if (error.name === "AbortError") return;
      entry.loaded = null;
      if (name === "areas") { entry.features ??= []; refreshViewports(); }
      notice(`layer-${name}`, tools.config.words.noLayer, () => tools.again(name));
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
    for (const [name, entry] of kept) if (afterAreas(name, entry)) load(name);
    togglePlaces();
  }

  function togglePlaces() {
    const entry = kept.get("places");
    if (!entry || !entry.parent) return;
    const wanted = map.getZoom() >= PLACE_LABELS_FROM_ZOOM;
    if (wanted && !map.hasLayer(entry.group)) { entry.parent.addLayer(entry.group); load("places"); order(); tidyLabels(); }
    if (!wanted && map.hasLayer(entry.group)) entry.parent.removeLayer(entry.group);
  }

  function redrawAreas() {
    const entry = kept.get("areas");
    const drawn = entry?.drawn;
    if (!entry?.features || entry.features.length <= SHAPES_AT_MOST) return;
    drawAreas(entry);
    if (entry.drawn !== drawn) { restyle(); order(); }
  }

  function restyle() {
    const entry = kept.get("areas");
    if (!entry) return;
    entry.group.eachLayer((layer) => {
      if (layer.dot) layer.setStyle({ fillOpacity: !current.emphasis || current.emphasis.includes(layer.feature.properties.id) ? 0.95 : 0.25 });
      else if (layer.setStyle) layer.setStyle(layer.outlines ? outlineStyle(layer.feature) : areaStyle(layer.feature));
      else if (layer.getElement()) layer.getElement().classList.toggle("lk-faded", Boolean(current.emphasis) && !current.emphasis.includes(layer.feature.properties.id));
    });
  }

  /* What was clicked is outlined at once, before the server has answered. */
  function light(id) {
    current = { ...current, selected: id };
    restyle();
  }

  // --- what is chosen, or drawn by a tool -------------------------------------------------------------------

  /* What a planning tool draws, by role; anything else is what is selected. */
  const MOST_REACH_PX = 14; // the weightiest place's radius on the map
  const drawnStyles = {
    area: (p) => ({ color: colour("map-mark"), weight: 6, fill: false, dashArray: p.nominal ? "9 8" : null }),
    way: (p) => ({ color: colour(p.alternative ? "map-way-other" : "map-way"), weight: p.alternative ? 4 : 6, opacity: 0.95, fill: false, dashArray: p.alternative ? "3 9" : null }),
    ring: (p) => ({ color: colour(p.alternative ? "map-way-other" : "map-mark"), weight: 3, fill: false, dashArray: "7 6" }),
    reached: () => ({ color: colour("map-halo"), weight: 1.5, fillColor: colour("map-way"), fillOpacity: 0.9 }),
    missed: () => ({ color: colour("map-missed"), weight: 3, fillColor: colour("map-halo"), fillOpacity: 0.85 }),
    neighbour: () => ({ color: colour("map-faded"), weight: 2, fillColor: colour("map-faded"), fillOpacity: 0.1 }),
    remark: () => ({ color: colour("map-missed"), weight: 2, fillColor: colour("map-missed"), fillOpacity: 0.55 }),
  };
  const drawnIcon = (at, html, zIndexOffset) => L.marker(at, { icon: L.divIcon({ className: "lk-drawn-icon", html, iconSize: [0, 0] }), keyboard: false, bubblingMouseEvents: true, zIndexOffset });
  const numbered = (kind) => (feature, at) => {
    const p = feature.properties;
    const node = el("span", `lk-drawn lk-drawn-${kind}`, p.label);
    node.toggleAttribute("data-other", Boolean(p.alternative));
    node.toggleAttribute("data-required", Boolean(p.required));
    return drawnIcon(at, node, p.alternative ? 1200 : 1400);
  };
  const drawnMakers = {
    stop: numbered("stop"),
    site: numbered("site"),
    // Far out a hot spot's circle is smaller than the badge of its area, which hides it.
    spot: (feature, at) => {
      const p = feature.properties;
      const sign = el("span", p.icon ? "lk-drawn-dose" : "lk-drawn-spot");
      if (p.icon) sign.append(stateIcon(p));
      return drawnIcon(at, sign, 1300);
    },
    name: (feature, at) => drawnIcon(at, el("span", "lk-drawn-name", feature.properties.label), 1200),
    place: numbered("remark"),
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
    group.on("click", (event) => {
      if (current.picking || !event.layer?.feature?.properties.layer) return;
      L.DomEvent.stopPropagation(event);
      tools.chosen(event.layer);
    });
    kept.set("selection", { group, viewport: false, url: "" });
    parent.addLayer(group);
  }

  /* What other servers draw, straight on the map: what the library takes away and puts back is fetched anew. */
  const drawnElsewhere = new Map();
  function showServices(services) {
    for (const [key, tiles] of drawnElsewhere) if (!services.some((one) => JSON.stringify(one) === key)) { tiles.remove(); drawnElsewhere.delete(key); }
    for (const [id, service] of services) {
      const key = JSON.stringify([id, service]);
      if (drawnElsewhere.has(key)) continue;
      const { address, layers, format } = service;
      const tiles = L.tileLayer.wms(address, { layers, format, transparent: format === "image/png", maxZoom: 22, pane: "references" });
      tiles.on("tileerror", () => notice(`layer-${id}`, tools.config.words.noLayer, () => tiles.redraw()));
      tiles.on("tileload", () => forget(`layer-${id}`));
      drawnElsewhere.set(key, tiles.addTo(map));
    }
  }

  /* Puts what is wanted on the map: `parent` is what the library that made the map listens to, or its own. */
  function show(parent, wanted) {
    current = wanted;
    for (const [name, spec] of Object.entries(wanted.layers)) {
      let entry = kept.get(name);
      if (!entry) { entry = { group: makeGroup(name) }; kept.set(name, entry); }
      entry.url = spec.url;
      entry.viewport = spec.viewport;
      entry.parent = parent;
      if (name !== "places") parent.addLayer(entry.group);
      // They depend on no view: on their way while the map still makes itself ready.
      if (name === "areas" && entry.url !== entry.loaded) tools.fetched(entry.url, null);
    }
    for (const name of [...kept.keys()]) if (!(name in wanted.layers)) kept.delete(name);
    if (!kept.has("areas")) forget("no-areas");
    if (wanted.selection) showSelection(parent, wanted.selection);
    showServices(Object.entries(wanted.services));
  }

  /* Fetches what is new, once the map looks where it should: what is fetched depends on it. */
  function refresh() {
    showDistance();
    restyle();
    for (const name of Object.keys(current.layers)) load(name);
    togglePlaces();
    tidyLabels();
  }

  // Beneath the tiles: what there is where they are missing.
  for (const [name, zIndex] of [["ground", 150], ["groundNames", 160], ["references", 380], ["dots", 410]]) map.createPane(name).style.zIndex = zIndex;
  map.on("moveend", redrawAreas);
  map.on("moveend", refreshViewports);
  map.on("zoomend", () => {
    const points = kept.get("activities");
    if (points) points.group.eachLayer((layer) => { if (layer.feature.properties.layer === "activity") layer.setRadius(pointRadius()); });
    showDistance();
  });
  map.on("moveend viewreset", tidyLabels);

  return { map, show, refresh, load, tidyLabels, light };
};

// Keeps the page on the phone: it opens from there, and without a network. What is kept of the
// register stands in the page's own store, and what is sent goes past this script.
"use strict";
const KEPT = "falt-VERSION";
const MAP = "falt-map";
const SHELL = ["/falt?lang=sv", "/falt?lang=en", "/assets/field.js", "/assets/field.css", "/assets/field-192.png",
  "/falt/manifest.webmanifest?lang=sv", "/falt/manifest.webmanifest?lang=en"];
// What draws the map is another with another version of the page, and only for who is signed in.
const OF_MAP = [[/^\/assets\/leaflet\//, KEPT], [/^\/tiles\//, MAP]];
const storeOf = path => OF_MAP.find(([paths]) => paths.test(path))?.[1];

self.addEventListener("install", event => event.waitUntil((async () => {
  const cache = await caches.open(KEPT);
  await cache.addAll(SHELL.map(path => new Request(path, {cache: "reload"})));
  await self.skipWaiting();
})()));

self.addEventListener("activate", event => event.waitUntil((async () => {
  const old = (await caches.keys()).filter(name => name.startsWith("falt-") && ![KEPT, MAP].includes(name));
  await Promise.all(old.map(name => caches.delete(name)));
  await self.clients.claim();
})()));

self.addEventListener("fetch", event => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === "/falt") {
    const key = url.searchParams.get("lang") === "en" ? SHELL[1] : SHELL[0];
    event.respondWith(fromStore(KEPT, key, event.request));
  } else if (SHELL.includes(url.pathname + url.search)) {
    event.respondWith(fromStore(KEPT, url.pathname + url.search, event.request));
  } else if (storeOf(url.pathname)) {
    event.respondWith(fromStore(storeOf(url.pathname), url.pathname + url.search, event.request, true));
  }
});

// The page names what of the map it will need where there is no network.
self.addEventListener("message", event => event.waitUntil((async () => {
  for (const path of event.data.keep || []) {
    const cache = await caches.open(storeOf(path));
    if (await cache.match(path)) continue;
    try { await put(cache, path, await fetch(path, {cache: "no-cache"})); } catch { return; }
  }
})()));

async function fromStore(name, key, request, keep = false) {
  const cache = await caches.open(name);
  const found = await cache.match(key);
  if (found) return found;
  const answer = await fetch(request);
  if (keep) await put(cache, key, answer.clone());
  return answer;
}

// A way to the sign-in page is no part of a map.
async function put(cache, key, answer) {
  if (answer.ok && !answer.redirected) await cache.put(key, answer);
}

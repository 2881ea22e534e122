// Keeps the status page true. The bridge streams what changes (server-sent events); where no stream comes through, the page asks.
// What is old is never shown as new: after five seconds without a word from the bridge the page says so.
import * as clock from "./clock.js";
import { lay } from "./morph.js";
import { tick } from "./ticks.js";

const SILENCE = 5000; // ms without a word after which what is shown counts as old
const LATE = 1000; // ms on its way after which a word of the stream is doubted
const QUIET = 3000; // ms without an event after which the page asks besides: beats come every two seconds
const ASK_EVERY = 2000; // ms between two questions
const GIVE_UP = 4000; // ms after which a question is dropped
const LONGEST_WAIT = 8000; // ms between two attempts to open a stream
const RELOAD_AFTER = 10000; // ms a page stands at least before it fetches newer files of its own
const SEATS = 4; // streams of one browser: over HTTP/1.1 it opens six connections to a site, for all of its windows

const page = document.documentElement;
const title = document.title;
const byId = (id) => document.getElementById(id);
const set = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`bridge:${name}`, { detail }));

let root; // the element whose slots are kept true
let position; // the id of the snapshot that is shown
let heard, heardAt; // when the bridge was heard last: our instant, and the bridge's time in ms UTC
let trouble = "The bridge does not answer.";
let over = false; // the session has ended
let stale = false;
let looked = clock.instant(); // when this script last ran: a long gap is a laptop that was asleep

// ---- the stream
let stream = null, event = clock.instant(), wait = 0, timer = 0, useful = false, seated = !navigator.locks;

function open() {
  shut();
  if (over || !seated || !navigator.onLine) return;
  event = clock.instant();
  stream = new EventSource(`${root.dataset.stream}?since=${encodeURIComponent(position)}`);
  stream.addEventListener("board", hear);
  stream.addEventListener("beat", hear);
  stream.addEventListener("trouble", (told) => { event = clock.instant(); trouble = JSON.parse(told.data).why; });
  stream.addEventListener("over", end);
  stream.addEventListener("error", lost);
}

function shut() {
  clearTimeout(timer);
  if (stream) stream.close();
  stream = null;
  useful = false;
}

// The bridge ends a stream from time to time: then it is opened again at once. One that told nothing is tried less and less often.
function lost() {
  wait = useful ? 0 : Math.min(LONGEST_WAIT, 2 * wait + 250);
  shut();
  timer = setTimeout(open, wait * (0.5 + Math.random()));
  if (wait) ask();
}

function hear(told) {
  const news = JSON.parse(told.data), at = news.now * 1000, late = clock.now() - at;
  event = clock.instant();
  // What was held up on its way (by a proxy, by a laptop asleep) is not news: then ask, which cannot be answered by the past.
  if (at < heardAt - 100 || late > SILENCE) return lost();
  // The page has asked meanwhile, and has moved on without this stream: what it tells would be laid on something else.
  if ((news.slots ? news.since : told.lastEventId) !== position) return lost();
  useful = true;
  wait = 0;
  take(news, told.lastEventId);
  if (late > LATE) ask(); // is that the way of this stream, or was a clock set? An answer knows how long it was on its way
}

// A seat is a lock that this page holds for as long as it is open. Without one it asks.
async function sit() {
  for (let n = 1; n <= SEATS && !seated; n += 1) {
    await new Promise((next) => {
      navigator.locks.request(`bridge-live-${n}`, { ifAvailable: true }, (lock) => {
        seated = seated || Boolean(lock);
        next();
        return lock ? new Promise(() => {}) : null;
      }).catch(() => { seated = true; next(); });
    });
  }
  if (seated) open(); else setTimeout(sit, 30000);
}

// ---- asking
let asking = false, asked = { steady: -Infinity, wall: -Infinity };

async function ask() {
  if (asking || over) return;
  asking = true;
  asked = clock.instant();
  const begun = asked, known = heard, patience = new AbortController(), late = setTimeout(() => patience.abort(), GIVE_UP);
  try {
    const response = await fetch(`${root.dataset.ask}?since=${encodeURIComponent(position)}`, {
      cache: "no-store", credentials: "same-origin", redirect: "error", signal: patience.signal,
    });
    const news = response.status === 200 ? await response.json() : {};
    // What the stream has told meanwhile is newer.
    if (clock.since(begun) <= GIVE_UP && heard === known) answered(response, news, clock.since(begun));
  } catch {
    trouble = navigator.onLine ? "The bridge does not answer." : "This computer is not connected to the network.";
  } finally {
    clearTimeout(late);
    asking = false;
    judge();
  }
}

function answered(response, news, trip) {
  if (response.status === 401) return end();
  if (response.status !== 200 && response.status !== 204) {
    trouble = response.status === 503 ? "The bridge cannot read its store." : `The bridge answers with error ${response.status}.`;
    return;
  }
  const now = Number(response.headers.get("X-Bridge-Now")), version = response.headers.get("X-Bridge-Version");
  take({ ...news, now, version }, news.id || position, trip);
}

// ---- what was heard: as of `news.now`, which may be a while ago. `trip` is how long an answer took, at most (ms).
function take(news, id, trip) {
  heardAt = news.now * 1000;
  clock.set(heardAt, trip);
  heard = clock.ago(Math.max(0, clock.now() - heardAt));
  if (news.slots) show(news, id);
  set(byId("heard"), `${clock.time(heardAt)} ${clock.zone(heardAt)}`);
  judge();
  name();
  renew(news.version);
}

function show(news, id) {
  const before = states();
  const done = lay(root, news);
  position = done ? id : ""; // what is missing is fetched by asking for everything
  if (!done) return void setTimeout(ask);
  byId("no-store")?.remove();
  tick();
  announce(before);
  tell("board", done);
}

function name() {
  const open = root.querySelectorAll(".row.open").length, late = root.querySelectorAll(".row.overdue, .row.scene-late").length;
  const said = (late ? `${late} OVERDUE · ` : "") + (open ? `${open} waiting · ` : "") + title;
  if (document.title !== said) document.title = said;
}

// For those who listen: what is new or has changed its state, never the ticking.
const states = () => new Map([...root.querySelectorAll("[data-state]")].map((node) => [node.dataset.key, { ...node.dataset }]));
const WORDS = {
  open: "Waiting", accepted: "Accepted", overdue: "Overdue", contacted: "Caller reached", closed: "Closed",
  scene: "Caller reached, on scene needed",
};
const called = (state) => (state.endsWith(" scene-late") ? "Overdue on scene" : WORDS[state] || state);

function announce(before) {
  const said = [];
  for (const [key, { state, says }] of states()) {
    if (!before.has(key)) said.push(`New request ${says}`);
    else if (before.get(key).state !== state) said.push(`${called(state)}: request ${says}`);
  }
  if (said.length) set(byId("news"), said.join(". "));
}

// The page's own files have changed: it fetches them, unless somebody is in a form. All pages at once would be many.
let renewing = false;
const busy = () => document.querySelector("dialog[open], details[open] form");

function renew(version) {
  if (version === page.dataset.version || renewing || performance.now() < RELOAD_AFTER || busy()) return;
  renewing = true;
  setTimeout(() => { renewing = false; if (!busy() && !stale) location.reload(); }, 2000 * Math.random());
}

// ---- what is old is never shown as new
function judge() {
  const was = stale;
  stale = over || clock.since(heard) > SILENCE;
  page.classList.add("counting");
  page.classList.toggle("stale", stale);
  if (stale && !over) {
    const at = `${clock.time(heardAt)} ${clock.zone(heardAt)}`;
    set(byId("alarm-why"), `${trouble} What stands below is from ${at}, and may be out of date.`);
    if (!document.title.startsWith("NOT LIVE")) document.title = `NOT LIVE · ${title}`;
  }
  if (stale !== was) tell(stale ? "stale" : "live");
}

function end() {
  over = true;
  shut();
  page.classList.add("ended");
  set(document.querySelector(".alarm-head"), "Your session has ended");
  const link = Object.assign(document.createElement("a"), { href: root.dataset.login, textContent: "Log in" });
  byId("alarm-why").replaceChildren("Nothing is shown any more. ", link, " to see what is waiting.");
  root.replaceChildren();
  set(byId("news"), "");
  document.title = `LOG IN · ${title}`;
  tell("over");
  judge();
}

// ---- time passes
function watch() {
  const gap = clock.since(looked);
  looked = clock.instant();
  judge();
  if (over) return;
  if (gap > SILENCE) return again(); // asleep, or frozen: the stream may be dead without knowing it
  if (stream && clock.since(event) > SILENCE + 1000) return lost(); // open, and silent
  if ((!stream || clock.since(event) > QUIET) && clock.since(asked) > ASK_EVERY) ask();
}

// Whatever there was of a stream is not believed any more.
function again() {
  judge();
  if (over) return;
  wait = 0;
  open();
  ask();
}

export function start(element) {
  root = element;
  position = root.dataset.since;
  const arrived = performance.getEntriesByType("navigation")[0]?.responseStart || performance.now();
  heard = { steady: arrived, wall: Date.now() - (performance.now() - arrived) };
  heardAt = Number(root.dataset.now) * 1000;
  clock.start(heardAt, heard);
  if (seated) open(); else sit();
  setInterval(watch, 200);
  addEventListener("online", again);
  addEventListener("offline", () => { trouble = "This computer is not connected to the network."; });
  addEventListener("pagehide", shut);
  addEventListener("pageshow", (shown) => { if (shown.persisted) again(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && clock.since(event) > QUIET) again(); });
  judge();
  name();
}

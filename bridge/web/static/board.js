"use strict";
// Keeps the status page true: asks the bridge every second, counts down by the bridge's clock, and says so when it hears nothing.
(() => {
  const EVERY = 1000; // ms between questions
  const GIVE_UP = 4000; // ms after which a question is dropped
  const SILENCE = 5000; // ms without an answer after which what is shown counts as old
  const RELOAD_AFTER = 10000; // ms a page stands at least before it fetches newer files of its own

  const board = document.getElementById("board");
  const root = document.documentElement;
  const title = document.title;
  const wall = new Intl.DateTimeFormat("en-US", {
    timeZone: "America/Chicago", hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  const zoned = new Intl.DateTimeFormat("en-US", { timeZone: "America/Chicago", timeZoneName: "short" });

  // ---- whose time: the bridge's. performance.now() does not follow the laptop's clock, but may stand still while the laptop
  // sleeps; Date follows it. The longer of the two is how long ago something was.
  const instant = () => ({ steady: performance.now(), wall: Date.now() });
  const since = (then) => Math.max(performance.now() - then.steady, Date.now() - then.wall, 0);

  let offset = Number(board.dataset.now) * 1000 - performance.now(); // ms: bridge's clock minus ours
  let heard = instant();
  let heardAt = Number(board.dataset.now) * 1000; // ms UTC, by the bridge's clock
  let etag = "";
  let trouble = "The bridge does not answer.";
  let over = false; // the session has ended
  const bridgeNow = () => performance.now() + offset;

  function setClock(stamp, asked) {
    const trip = performance.now() - asked;
    const better = stamp + trip / 2 - performance.now();
    if (Math.abs(better - offset) > trip / 2 + 20) offset = better; // within what the trip leaves open, do not jitter
  }

  // ---- words
  const time = (ms) => wall.format(ms);
  const zone = (ms) => zoned.formatToParts(ms).find((part) => part.type === "timeZoneName").value;
  const two = (n) => String(n).padStart(2, "0");
  function countdown(seconds) {
    const whole = Math.floor(seconds), size = Math.abs(whole);
    const hours = Math.floor(size / 3600), minutes = Math.floor(size / 60) % 60;
    return (whole < 0 ? "+" : "") + (hours ? `${hours}:${two(minutes)}` : minutes) + ":" + two(size % 60);
  }
  function ago(seconds) {
    const s = Math.max(0, Math.floor(seconds));
    return s < 100 ? `${s} s ago` : s < 6000 ? `${Math.floor(s / 60)} min ago` : `${Math.floor(s / 3600)} h ago`;
  }
  const set = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };

  // ---- what moves with time
  function tick() {
    const now = bridgeNow();
    set(document.getElementById("now"), time(now));
    set(document.getElementById("zone"), zone(now));
    for (const node of board.querySelectorAll("[data-deadline]")) countDown(node, now);
    for (const node of board.querySelectorAll("[data-scene]")) {
      const left = Number(node.dataset.scene) - now / 1000;
      set(node, left < 0 ? `overdue ${countdown(-left)}` : countdown(left));
    }
    for (const node of board.querySelectorAll("[data-in]")) {
      const left = Number(node.dataset.in) - now / 1000;
      set(node, left > 0 ? `in ${countdown(left)}` : left > -3 ? "now" : `late ${countdown(-left)}`);
      node.classList.toggle("late", left <= -3);
    }
    for (const node of board.querySelectorAll("[data-ago]")) set(node, ago(now / 1000 - Number(node.dataset.ago)));
    judge();
  }

  function countDown(node, now) {
    const deadline = Number(node.dataset.deadline), left = deadline - now / 1000;
    set(node, countdown(left));
    const row = node.closest(".row");
    const band = left < 0 ? "over" : left < 300 ? "urgent" : left < 600 ? "soon" : "calm";
    if (row.dataset.band !== band) row.dataset.band = band;
    const share = Math.max(0, Math.min(1, left / (deadline - Number(node.dataset.from))));
    const bar = row.querySelector("progress");
    if (bar) bar.value = share;
  }

  // ---- what is old is never shown as new
  function judge() {
    const silence = since(heard), stale = over || silence > SILENCE;
    root.classList.toggle("stale", stale);
    root.classList.add("counting");
    if (stale && !over) {
      const at = `${time(heardAt)} ${zone(heardAt)}`;
      set(document.getElementById("alarm-why"), `${trouble} What stands below is from ${at}, and may be out of date.`);
      if (!document.title.startsWith("NOT LIVE")) document.title = `NOT LIVE · ${title}`;
    }
  }

  function live(response, asked) {
    const stamp = Number(response.headers.get("X-Bridge-Now")) * 1000;
    setClock(stamp, asked);
    heard = instant();
    heardAt = stamp;
    set(document.getElementById("heard"), `${time(stamp)} ${zone(stamp)}`);
    const open = board.querySelectorAll(".row.open").length, late = board.querySelectorAll(".row.overdue, .row.scene-late").length;
    document.title = (late ? `${late} OVERDUE · ` : "") + (open ? `${open} waiting · ` : "") + title;
  }

  function sessionEnded() {
    over = true;
    root.classList.add("stale", "ended");
    set(document.querySelector(".alarm-head"), "Your session has ended");
    const link = document.createElement("a");
    link.href = board.dataset.login;
    link.textContent = "Log in";
    document.getElementById("alarm-why").replaceChildren("Nothing is shown any more. ", link, " to see what is waiting.");
    board.replaceChildren();
    set(document.getElementById("news"), "");
    document.title = `LOG IN · ${title}`;
  }

  // ---- a new fragment is laid into the old one: what somebody has open, focused or chosen stays as it is
  const keyOf = (node) => (node.nodeType === 1 && (node.dataset.key || node.id)) || "";
  function lay(old, fresh) {
    if (old.nodeType === 3) { if (old.data !== fresh.data) old.data = fresh.data; return; }
    if (old.nodeType !== 1) return;
    for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    for (const { name } of [...old.attributes]) {
      const ours = (old.nodeName === "DETAILS" && name === "open") || name === "data-band";
      if (!fresh.hasAttribute(name) && !ours) old.removeAttribute(name);
    }
    if (old.nodeName !== "SELECT") layChildren(old, fresh);
  }
  function layChildren(old, fresh) {
    const keyed = new Map([...old.childNodes].filter(keyOf).map((node) => [keyOf(node), node]));
    let place = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      const key = keyOf(wanted);
      const known = key ? keyed.get(key) : place && !keyOf(place) && place.nodeName === wanted.nodeName ? place : null;
      if (known && known.nodeName === wanted.nodeName) {
        if (known === place) place = place.nextSibling; else old.insertBefore(known, place);
        lay(known, wanted);
      } else {
        old.insertBefore(wanted, place);
      }
    }
    while (place) { const next = place.nextSibling; place.remove(); place = next; }
  }

  // ---- news for those who listen: what is new or has changed its state, never the ticking
  const standing = () => new Map([...board.querySelectorAll("[data-state]")].map((row) => [row.dataset.key, row.dataset]));
  const WORDS = {
    open: "Waiting", accepted: "Accepted", overdue: "Overdue", contacted: "Caller reached", closed: "Closed",
    scene: "Caller reached, on scene needed",
  };
  const called = (state) => (state.endsWith(" scene-late") ? "Overdue on scene" : WORDS[state] || state);
  function news(before) {
    const said = [];
    for (const [key, row] of standing()) {
      if (!before.has(key)) said.push(`New request ${row.says}`);
      else if (before.get(key) !== row.state) said.push(`${called(row.state)}: request ${row.says}`);
    }
    if (said.length) set(document.getElementById("news"), said.join(". "));
  }

  function show(html) {
    const before = new Map([...standing()].map(([key, row]) => [key, row.state]));
    const template = document.createElement("template");
    template.innerHTML = html;
    layChildren(board, template.content);
    news(before);
  }

  // ---- asking
  let asking = false;
  async function ask() {
    if (asking || over) return;
    asking = true;
    const patience = new AbortController(), timer = setTimeout(() => patience.abort(), GIVE_UP);
    const asked = performance.now();
    try {
      const response = await fetch(board.dataset.fragment, {
        headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store", credentials: "same-origin",
        redirect: "error", signal: patience.signal,
      });
      await hear(response, asked);
    } catch {
      trouble = navigator.onLine ? "The bridge does not answer." : "This computer is not connected to the network.";
    } finally {
      clearTimeout(timer);
      asking = false;
      tick();
    }
  }

  async function hear(response, asked) {
    if (response.status === 401) return sessionEnded();
    if (response.status === 200) {
      show(await response.text());
      etag = response.headers.get("ETag") || "";
    } else if (response.status !== 304) {
      trouble = response.status === 503 ? "The bridge cannot read its store." : `The bridge answers with error ${response.status}.`;
      return;
    }
    live(response, asked);
    const version = response.headers.get("X-Bridge-Version");
    const busy = board.querySelector("details.close[open]");
    if (version !== root.dataset.version && performance.now() > RELOAD_AFTER && !busy) location.reload();
  }

  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.activeElement && document.activeElement.closest("details[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });
  document.addEventListener("visibilitychange", () => { tick(); ask(); });
  addEventListener("pageshow", ask);
  addEventListener("online", ask);
  setInterval(ask, EVERY);
  setInterval(tick, 200);
  tick();
})();

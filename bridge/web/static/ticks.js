// What moves with time, and with nothing else: countdowns, "in 0:42", "14 s ago", and how urgent a row is. Each such element
// carries its instant (seconds, UTC) in a data attribute, and the bridge's words for it in its text until this runs.
import * as clock from "./clock.js";

const EVERY = 200; // ms
const SOON = 600, URGENT = 300; // seconds left

const two = (n) => String(n).padStart(2, "0");

export function countdown(seconds) {
  const whole = Math.floor(seconds), size = Math.abs(whole);
  const hours = Math.floor(size / 3600), minutes = Math.floor(size / 60) % 60;
  return (whole < 0 ? "+" : "") + (hours ? `${hours}:${two(minutes)}` : minutes) + ":" + two(size % 60);
}

function ago(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  return s < 100 ? `${s} s ago` : s < 6000 ? `${Math.floor(s / 60)} min ago` : `${Math.floor(s / 3600)} h ago`;
}

const set = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };

function deadline(node, now) {
  const at = Number(node.dataset.deadline), left = at - now;
  set(node, countdown(left));
  const row = node.closest(".row");
  if (!row) return;
  const band = left < 0 ? "over" : left < URGENT ? "urgent" : left < SOON ? "soon" : "calm";
  if (row.dataset.band !== band) row.dataset.band = band;
  const bar = row.querySelector("progress");
  if (bar) bar.value = Math.max(0, Math.min(1, left / (at - Number(node.dataset.from))));
}

function coming(node, now) {
  const left = Number(node.dataset.in) - now;
  set(node, left > 0 ? `in ${countdown(left)}` : left > -3 ? "now" : `late ${countdown(-left)}`);
  node.classList.toggle("late", left <= -3);
}

export function tick() {
  const ms = clock.now(), now = ms / 1000;
  set(document.getElementById("now"), clock.time(ms));
  set(document.getElementById("zone"), clock.zone(ms));
  for (const node of document.querySelectorAll("[data-deadline]")) deadline(node, now);
  for (const row of document.querySelectorAll(".row[data-band]")) if (!row.querySelector("[data-deadline]")) delete row.dataset.band;
  for (const node of document.querySelectorAll("[data-scene]")) set(node, countdown(Number(node.dataset.scene) - now));
  for (const node of document.querySelectorAll("[data-in]")) coming(node, now);
  for (const node of document.querySelectorAll("[data-ago]")) set(node, ago(now - Number(node.dataset.ago)));
}

export function start() {
  setInterval(tick, EVERY);
  document.addEventListener("visibilitychange", tick);
  tick();
}

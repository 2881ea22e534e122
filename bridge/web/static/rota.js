// Keeps the page of the rota honest: it is of one moment, and says so as soon as the rota is another, the session has ended, or
// nothing is heard. It never changes what is shown by itself: somebody may be typing. What they have typed outlives a reload.
import { instant, since, start, now, time, zone } from "./clock.js";

const EVERY = 5000; // ms between questions
const GIVE_UP = 4000; // ms after which a question is dropped
const SILENCE = 15000; // ms without an answer after which it is not known any more whether the page holds
const KEPT = "rota-fields"; // in this tab alone
const FIELDS = ".fields :is(select, input:not([type=hidden]))";

const main = document.getElementById("rota");
const news = document.getElementById("news");
const title = document.title;
let heard = instant();
let heardAt = 0; // ms UTC, by the bridge
let over = false; // the session has ended

const at = (ms) => `${time(ms)} ${zone(ms)}`;

function link(words, address) {
  const node = document.createElement("a");
  node.href = address;
  node.textContent = words;
  return node;
}

// Said once, and not again: a screen reader would read it out every five seconds.
function say(words, next) {
  if (news.dataset.words === words) return;
  news.dataset.words = words;
  news.replaceChildren(...(words ? [words, " ", next] : []));
  document.documentElement.classList.toggle("old", Boolean(words));
  document.title = words ? `OLD · ${title}` : title;
}

const reload = () => link("Show the rota as it is now", document.getElementById("again").href);

function judge(version) {
  if (version === main.dataset.version) return say("");
  say(`This page is from ${at(main.dataset.now * 1000)}. The rota has changed since.`, reload());
}

function silent() {
  const from = at(main.dataset.now * 1000);
  say(`Nothing has been heard from the bridge since ${at(heardAt)}. This page is from ${from}, and the rota may have changed.`, reload());
}

function ended() {
  over = true;
  say(`Your session has ended. This page is from ${at(main.dataset.now * 1000)}, and what you enter here is not taken.`, link("Log in", main.dataset.login));
}

let asking = false;
async function ask() {
  if (asking || over) return;
  asking = true;
  const patience = new AbortController(), timer = setTimeout(() => patience.abort(), GIVE_UP);
  try {
    const response = await fetch(main.dataset.ask, { cache: "no-store", credentials: "same-origin", redirect: "error", signal: patience.signal });
    if (response.status === 401) return ended();
    if (!response.ok) throw new Error(String(response.status));
    const { version } = await response.json();
    heard = instant();
    heardAt = now();
    judge(version);
  } catch {
    if (since(heard) > SILENCE) silent();
  } finally {
    clearTimeout(timer);
    asking = false;
  }
}

// ---- what was typed
const fields = () => [...document.querySelectorAll(FIELDS)];

function keep() {
  const typed = Object.fromEntries(fields().filter((field) => field.value).map((field) => [field.id, field.value]));
  try { sessionStorage.setItem(KEPT, JSON.stringify(typed)); } catch { /* then it is typed again */ }
}

function restore() {
  let typed = {};
  try {
    typed = JSON.parse(sessionStorage.getItem(KEPT)) || {};
    sessionStorage.removeItem(KEPT);
  } catch { /* nothing is kept here */ }
  for (const field of fields()) if (typed[field.id]) field.value = typed[field.id];
}

restore();
document.addEventListener("click", (event) => {
  if (event.target.closest("#again, #news a")) keep();
});
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.activeElement.closest("details[open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
});
if (main) {
  start(main.dataset.now * 1000, heard);
  heardAt = now();
  document.addEventListener("visibilitychange", ask);
  for (const name of ["pageshow", "online"]) addEventListener(name, ask);
  setInterval(ask, EVERY);
}

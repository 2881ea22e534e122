// The alarm that cannot be overlooked: it sounds while any request is overdue, until a person has silenced that request.
// Browsers let a page sound only after a key or a click on it, so each shift tests it, and the page says how it stands.
const EVERY = 2000; // ms between two soundings of the alarm
const DEAF_EVERY = 15000; // ms between two warnings that the page hears nothing: then no alarm could be trusted
const PATIENCE = 1500; // ms: where a computer has no loudspeaker, some browsers never answer
const TESTED = "sound-tested";

let context = null;
let heard = false; // somebody has said in this log-in that they hear it
let stale = false;

const board = () => document.getElementById("board");
const sounding = () => [...board().querySelectorAll("[data-alarm]:not([data-alarm=''])")];

function player() {
  const Player = window.AudioContext || window.webkitAudioContext;
  if (!context && Player) {
    context = new Player();
    context.addEventListener("statechange", show);
  }
  return context;
}

function tone(at, pitch, length, loud = 0.5) {
  const source = context.createOscillator(), volume = context.createGain();
  source.type = "square";
  source.frequency.value = pitch;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(loud, at + 0.01); // a hard edge would click
  volume.gain.setValueAtTime(loud, at + length - 0.02);
  volume.gain.linearRampToValueAtTime(0, at + length);
  source.connect(volume).connect(context.destination);
  source.start(at);
  source.stop(at + length);
}

// What each means must be told by ear alone: high and hurried is a late request, one soft pair a new one, low a deaf page.
const TUNES = {
  alarm: [[0, 960, 0.22], [0.26, 720, 0.22], [0.52, 960, 0.22], [0.78, 720, 0.22]],
  chime: [[0, 660, 0.16, 0.2], [0.2, 880, 0.3, 0.2]],
  deaf: [[0, 240, 0.4, 0.4], [0.5, 200, 0.6, 0.4]],
};

function play(name) {
  if (!context || context.state !== "running") return false;
  for (const [at, ...how] of TUNES[name]) tone(context.currentTime + 0.02 + at, ...how);
  board().dataset.played = `${name} ${(Number((board().dataset.played || "").split(" ")[1]) || 0) + 1}`;
  return true;
}

function state() {
  if (!context || context.state !== "running") return heard ? "blocked" : "untested";
  return heard ? "on" : "untested";
}

const SAID = { on: "on", untested: "not tested", blocked: "blocked, press a key here" };

function show() {
  const button = document.querySelector("[data-sound]");
  button.dataset.sound = state();
  document.getElementById("sound-said").textContent = SAID[state()];
}

// One test counts for one log-in: a new shift tests anew.
function remember() {
  try { sessionStorage.setItem(TESTED, heard ? board().dataset.shift : ""); } catch { /* then it is asked again */ }
}
function remembered() {
  try { return sessionStorage.getItem(TESTED) === board().dataset.shift; } catch { return false; }
}

async function test() {
  const told = document.getElementById("sound-told");
  if (!player()) { told.textContent = "This browser cannot play sounds. Use another one on this desk."; return; }
  await Promise.race([context.resume(), new Promise((next) => setTimeout(next, PATIENCE))]);
  const played = play("alarm");
  document.getElementById("sound-ask").hidden = !played;
  told.textContent = played ? "" : "The browser does not let the page sound. Press the button once more; if that does not help, see whether this computer has a loudspeaker.";
}

function answered(yes) {
  heard = yes;
  remember();
  document.getElementById("sound-ask").hidden = true;
  document.getElementById("sound-told").textContent = yes
    ? "Good: overdue requests sound on this desk."
    : "Turn up the volume, look at which loudspeaker the computer uses, and whether this tab is muted. Then play it again.";
  show();
}

// Any key or click on the page lets the browser sound: then an alarm does, whether somebody has tested it or not.
function wake() {
  if (player() && context.state !== "running") context.resume();
}

export function start() {
  heard = remembered();
  if (heard) player();
  document.getElementById("sound-test").addEventListener("click", test);
  for (const button of document.querySelectorAll("[data-heard]")) {
    button.addEventListener("click", () => answered(button.dataset.heard === "yes"));
  }
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, wake);
  document.addEventListener("bridge:stale", () => { if (!stale) { stale = true; play("deaf"); } });
  document.addEventListener("bridge:live", () => { stale = false; });
  document.addEventListener("bridge:board", (event) => {
    if (event.detail.added.some((key) => key.startsWith("r-")) && !sounding().length) play("chime");
    ring();
  });
  setInterval(() => { if (!stale) ring(); }, EVERY);
  setInterval(() => { if (stale) play("deaf"); }, DEAF_EVERY);
  ring();
  show();
}

let last = -Infinity;
function ring() {
  const rings = sounding().length > 0 && !stale;
  document.documentElement.classList.toggle("sounding", sounding().length > 0);
  if (!rings || performance.now() - last < EVERY - 100) return;
  if (play("alarm")) last = performance.now();
}

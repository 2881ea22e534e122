// The telephones: asks the simulator for what is new, shows it, and sends what is pressed, said and texted.
"use strict";

const $ = (selector, within = document) => within.querySelector(selector);
const BEHAVIOURS = {
  text: ["deliver", "undelivered", "failed", "opted_out", "landline"],
  call: ["ring", "answer", "no_answer", "busy", "failed", "voicemail"],
};
const FAULTS = { 429: "429", 503: "503", hang: "time-out", reset: "reset", garbage: "garbage" };
const RECEIPTS = ["normal", "lost", "doubled", "reordered", "delayed"];
const QUIET = new Set(["fetched", "receipt", "deleted", "redacted", "number updated", "behaves", "key lost", "words lost"]);
const SPOKEN = new Set(["say", "heard"]);

let seen = 0, mute = false, names = {}, myCall = null, first = true;
const cards = new Map(), scripts = new Map(), activity = new Map();

async function send(path, body = {}) {
  const response = await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) note(answer.error);
  return answer;
}
function act(sid, what, body) {
  window.speechSynthesis?.cancel(); // whoever presses or speaks interrupts the prompt
  return sid && send(`/sim/calls/${sid}/${what}`, body);
}
const clock = (iso) => new Date(iso).toLocaleTimeString([], { hour12: false });
const pretty = (number) => number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "($1) $2-$3");

function make(tag, kind, text) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  if (text !== undefined) element.textContent = text;
  return element;
}
function note(text) {
  const line = make("li", "warning");
  line.append(make("time", "", clock(new Date())), make("span", "", text));
  $("#log ol").prepend(line);
}

// what is heard and done in a call, out of the journal
function record(entry) {
  if (entry.number) activity.set(entry.number, entry.seq);
  const lines = { say: "say", play: "say", heard: "say", pressed: "out", said: "out" };
  const notes = { dialled: "calling…", ringing: "call", answered: "answered", queued: "on hold in queue", connected: "connected",
    ended: "call over:", silence: "(silence)", "time limit": "time limit of" };
  const kind = lines[entry.kind] || (entry.kind in notes ? "note" : null);
  if (!kind || !entry.sid) return;
  if (!scripts.has(entry.sid)) scripts.set(entry.sid, []);
  const script = scripts.get(entry.sid), last = script.at(-1);
  if (entry.kind === "pressed" && last?.keys) { last.text += entry.text; return; }
  const text = kind === "note" ? [notes[entry.kind], entry.text].filter(Boolean).join(" ").replace(": completed", "") : entry.text;
  script.push({ kind, text, at: entry.at, number: entry.number, keys: entry.kind === "pressed" });
}
function speak(entry) {
  if (mute || first || !SPOKEN.has(entry.kind) || !window.speechSynthesis) return;
  speechSynthesis.speak(new SpeechSynthesisUtterance(entry.text));
}
function log(entry) {
  const line = make("li", QUIET.has(entry.kind) && entry.level === "info" ? "quiet" : entry.level);
  const what = make("span");
  const who = names[entry.number] || pretty(entry.number);
  what.append(make("b", "", [who, entry.kind].filter(Boolean).join(" · ")), ` ${entry.code || ""} ${entry.text}`);
  line.append(make("time", "", clock(entry.at)), what);
  $("#log ol").prepend(line);
}

// drawing
function fill(screen, lines) {
  const mark = JSON.stringify(lines);
  if (screen.mark === mark) return;
  screen.mark = mark;
  screen.replaceChildren(...lines.map((line) => {
    if (line.kind === "note") return make("div", "note", line.text);
    const bubble = make("div", `bubble ${line.kind}`, line.text);
    if (line.stamp) bubble.append(make("time", "", clock(line.at)));
    return bubble;
  }));
  screen.scrollTop = screen.scrollHeight;
}
function keypad(element, press) {
  for (const key of "123456789*0#") {
    const button = make("button", "", key);
    button.type = "button";
    button.addEventListener("click", () => press(key));
    element.append(button);
  }
}
function card(phone) {
  if (cards.has(phone.number)) return cards.get(phone.number);
  const article = $("#phone").content.firstElementChild.cloneNode(true);
  article.dataset.number = phone.number;
  $(".screen", article).dataset.empty = "No texts, no calls";
  const current = () => article.dataset.call;
  keypad($(".keypad", article), (digits) => act(current(), "press", { digits }));
  for (const button of article.querySelectorAll("[data-act]"))
    button.addEventListener("click", () => act(current(), button.dataset.act));
  for (const select of article.querySelectorAll("[data-set]")) {
    for (const name of BEHAVIOURS[select.dataset.set]) select.append(new Option(name.replace("_", " "), name));
    select.addEventListener("change", () =>
      send(`/sim/phones/${encodeURIComponent(phone.number)}/behave`, { [select.dataset.set]: select.value }));
  }
  $("form", article).addEventListener("submit", (event) => {
    event.preventDefault();
    const box = event.target.body;
    if (box.value.trim()) send(`/sim/phones/${encodeURIComponent(phone.number)}/text`, { body: box.value });
    box.value = "";
  });
  $("#desk").append(article);
  cards.set(phone.number, article);
  return article;
}
function show(phone, calls) {
  const article = card(phone);
  const mine = calls.filter((call) => call.phone === phone.number);
  const live = mine.find((call) => ["ringing", "in-progress"].includes(call.state));
  $("h2", article).textContent = phone.name || pretty(phone.number);
  $(".about", article).textContent = [phone.name && pretty(phone.number), phone.about].filter(Boolean).join(" · ");
  article.dataset.call = live?.sid || "";
  article.classList.toggle("rings", live?.state === "ringing");
  article.classList.toggle("talks", live?.state === "in-progress");
  chip(article, live);
  const texts = phone.texts.map((text) => ({ kind: text.way === "out" ? "out" : "", text: text.body, at: text.at, stamp: true }));
  const spoken = [...scripts.values()].flat().filter((line) => line.number === phone.number);
  fill($(".screen", article), [...texts, ...spoken].sort((a, b) => (a.at < b.at ? -1 : 1)));
  for (const select of article.querySelectorAll("[data-set]"))
    if (document.activeElement !== select) select.value = phone.behaviour[select.dataset.set];
  article.style.order = -(activity.get(phone.number) || 0);
}
function chip(element, call) {
  const state = $("[data-part=state]", element);
  const talk = call?.connected_to ? `with ${names[call.connected_to] || pretty(call.connected_to)}` : call?.queue ? "on hold" : "in call";
  state.textContent = !call ? "idle" : call.state === "ringing" ? "ringing" : call.state === "in-progress" ? talk : call.state;
  state.className = `chip ${call?.state === "ringing" ? "rings" : call?.state === "in-progress" ? "on" : ""}`;
}
function showCaller(calls) {
  const call = calls.find((each) => each.sid === myCall);
  const live = call?.state === "in-progress";
  chip($("#caller"), call);
  fill($("#caller .screen"), scripts.get(myCall) || []);
  $("#caller").classList.toggle("talks", live);
  $("#dial").disabled = live;
  for (const element of document.querySelectorAll("#hangup, #silence, #caller .keypad button, .speak *")) element.disabled = !live;
}
function showFaults(faults) {
  const on = new Set(faults.rest.map((fault) => fault.kind));
  for (const button of document.querySelectorAll("#rest button")) button.setAttribute("aria-pressed", on.has(button.dataset.kind));
  for (const button of document.querySelectorAll("#receipts button"))
    button.setAttribute("aria-pressed", faults.receipts === button.dataset.mode);
  $("#active").textContent = faults.rest.map((fault) => `${FAULTS[fault.kind] || fault.kind} for ${fault.resource}, ${fault.left ?? "all"} left`).join(" · ");
}

async function listen() {
  try {
    const response = await fetch(`/sim/state?since=${seen}&wait=${first ? 0 : 1}`);
    const state = await response.json();
    if (state.seq < seen) location.reload(); // the simulator was started again
    seen = state.seq;
    names = Object.fromEntries(state.phones.filter((phone) => phone.name).map((phone) => [phone.number, phone.name]));
    for (const entry of state.entries) { record(entry); speak(entry); log(entry); }
    $("#line").textContent = pretty(state.line);
    for (const phone of state.phones) if (phone.kind !== "caller") show(phone, state.calls);
    showCaller(state.calls);
    showFaults(state.faults);
    first = false;
    $("#live").textContent = "live";
    $("#live").className = "on";
    setTimeout(listen, 60);
  } catch (error) {
    $("#live").textContent = "no connection to the simulator";
    $("#live").className = "";
    setTimeout(listen, 1000);
  }
}

keypad($("#caller .keypad"), (digits) => act(myCall, "press", { digits }));
$("#caller .screen").dataset.empty = "Press Dial to call the line";
$("#dial").addEventListener("click", async () => {
  const call = await send("/sim/calls", { from: $("#withheld").checked ? "anonymous" : $("#from").value.trim() });
  myCall = call.sid || null;
});
$("#hangup").addEventListener("click", () => act(myCall, "hangup"));
$("#silence").addEventListener("click", () => act(myCall, "silence"));
$(".speak").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.speech.value.trim()) act(myCall, "say", { speech: form.speech.value, confidence: Number(form.confidence.value) });
  form.speech.value = "";
});
$("#mute").addEventListener("click", () => {
  mute = !mute;
  if (mute) window.speechSynthesis?.cancel();
  $("#mute").setAttribute("aria-pressed", mute);
  $("#mute").textContent = mute ? "Unmute" : "Mute";
});
$("#withheld").addEventListener("change", (event) => { $("#from").disabled = event.target.checked; });
$("#everything").addEventListener("change", (event) => $("#log").classList.toggle("all", event.target.checked));
$("#clear").addEventListener("click", () => send("/sim/faults", { clear: true }));
for (const [kind, label] of Object.entries(FAULTS)) {
  const button = make("button", "", label);
  button.dataset.kind = kind;
  button.addEventListener("click", () => send("/sim/faults", button.getAttribute("aria-pressed") === "true" ? { off: kind } : {
    rest: { kind, resource: $("#resource").value, times: $("#times").value ? Number($("#times").value) : null },
  }));
  $("#rest").append(button);
}
for (const mode of RECEIPTS) {
  const button = make("button", "", mode);
  button.dataset.mode = mode;
  button.addEventListener("click", () => send("/sim/faults", { receipts: mode }));
  $("#receipts").append(button);
}
listen();

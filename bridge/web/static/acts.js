// What a dispatcher does. A form is sent once however often it is pressed; its answer stands beside it or, done, above the board.
const SHOWN_FOR = 30000; // ms that a callback number stays readable
const TOAST_FOR = 20000; // ms
const LOOK = 1500; // ms after a change under a finger that is on its way: a press then was meant for what stood there before

const token = () => document.querySelector("meta[name=csrf-token]").content;
const dialogOf = (node) => node.closest("dialog");
const shown = new Map(); // request id -> { number, until }
let row = null; // the data of the row that the dialog is about
let stale = false; // the page is not live: what a dialog says may be old
let changed = -LOOK; // when what its forms are about changed by itself (ms)
let later = 0;

async function post(address, form) {
  try {
    const response = await fetch(address, {
      method: "POST", body: new URLSearchParams(form), credentials: "same-origin", redirect: "error", cache: "no-store",
      headers: { Accept: "application/json", "X-CSRFToken": token() }, signal: AbortSignal.timeout(15000),
    });
    const answer = (response.headers.get("Content-Type") || "").includes("json") ? await response.json() : {};
    return { ok: response.ok, said: answer.said || `The bridge answers with error ${response.status}. Look at the board before you try again.`, ...answer };
  } catch {
    return { ok: false, said: "The bridge did not answer. It is not known whether this was done: look at the board before you try again." };
  }
}

function toast(said, good) {
  const box = document.getElementById("said");
  clearTimeout(later);
  box.querySelector("p").textContent = said;
  box.classList.toggle("bad", !good);
  box.hidden = false;
  later = setTimeout(() => { box.hidden = true; }, TOAST_FOR);
}

// ---- forms
async function send(event) {
  const form = event.target;
  if (!form.matches(".act-form")) return;
  event.preventDefault();
  const about = form.dataset.verb ? row.id : "once";
  if (form.dataset.sending === about) return;
  if (form.dataset.verb && performance.now() < changed + LOOK) return void say(form, "This request changed a moment ago, and nothing was done. Look at it, then press again.");
  form.dataset.sending = about;
  const button = form.querySelector("[type=submit]");
  button.setAttribute("aria-disabled", "true");
  say(form, "");
  const address = form.dataset.verb ? `/requests/${encodeURIComponent(row.id)}/${form.dataset.verb}` : form.action;
  const answer = await post(address, new FormData(form));
  // The dialog may be about another request by now, or closed: then the answer stands above the board.
  if (form.dataset.sending !== about || !dialogOf(form).open) return void settled(form, about, answer);
  settled(form, about);
  if (answer.ok) {
    dialogOf(form).close();
    toast(answer.said, true);
  } else {
    say(form, answer.said);
    offer(form, answer.choices || []);
  }
}

function settled(form, about, answer) {
  if (answer) toast(answer.said, answer.ok);
  if (form.dataset.sending !== about) return;
  delete form.dataset.sending;
  form.querySelector("[type=submit]").removeAttribute("aria-disabled");
  if (answer?.ok) renew(form);
}

function say(form, words) {
  form.querySelector(".answer").textContent = words;
}

// A call that is taken in is named by its form, so that pressing twice, or again after a lost answer, takes in one call.
function renew(form) {
  if ("once" in form.dataset) form.elements.once.value = crypto.randomUUID ? crypto.randomUUID().replaceAll("-", "") : random();
}
const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// A form that was left is empty when somebody comes back, and about another call: nothing of a caller stays in the page. Only one
// whose answer is still awaited is kept, so that it can be sent again as the very same.
function leave(event) {
  for (const form of event.target.querySelectorAll(".act-form:not([data-sending])")) {
    form.reset();
    say(form, "");
    offer(form, []);
    renew(form);
  }
}

// ---- places
async function look(input) {
  const text = input.value.trim();
  if (!text) return offer(input.form, []);
  const answer = await post("/places", { place: text });
  if (input.value.trim() !== text) return; // somebody typed on
  const found = answer.found || [];
  offer(input.form, found, found.length === 1 ? `${found[0].value}: ${found[0].region}` : answer.said);
}

function offer(form, choices, said = "") {
  const box = form.querySelector("[data-choices]");
  if (!box) return;
  box.replaceChildren();
  if (said) box.append(Object.assign(document.createElement("p"), { textContent: said, className: "hint" }));
  if (choices.length < 2) return;
  for (const choice of choices) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: choice.region ? `${choice.value}, ${choice.region}` : choice.value });
    button.addEventListener("click", () => {
      form.elements.place.value = choice.value;
      look(form.elements.place);
      form.elements.place.focus();
    });
    box.append(button);
  }
}

// ---- the dialog about one request
function open(node) {
  const dialog = document.getElementById("act");
  row = { ...node.dataset };
  changed = -LOOK;
  for (const form of dialog.querySelectorAll(".act-form")) {
    form.reset();
    say(form, "");
    offer(form, []);
    if (form.dataset.sending !== row.id) settled(form, form.dataset.sending);
  }
  for (const part of dialog.querySelectorAll("details")) part.open = false;
  document.getElementById("messages").replaceChildren();
  fill(dialog);
  dialog.showModal();
}

function fill(dialog) {
  for (const part of dialog.querySelectorAll("[data-fill]")) {
    const value = row[part.dataset.fill.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())] || "";
    if ("value" in part) part.value = value; else part.textContent = value;
  }
  const state = row.state.split(" ")[0] === "overdue" ? (row.holder ? "accepted" : "open") : row.state.split(" ")[0];
  for (const part of dialog.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(state);
  const stands = { open: "Nobody has it.", accepted: `${row.holderName} has it.`, scene: `${row.holderName} has reached the caller; somebody is needed on scene.` };
  stand((row.state.includes("overdue") ? "Overdue. " : "") + (stands[state] || ""));
}

// The dialog lies over the banner of a page that is not live, and is all that is heard meanwhile: it says so itself.
function stand(said) {
  document.getElementById("act-state").textContent = (stale ? "This page is not live. Last heard: " : "") + said;
}

// What the dialog says stays true while it is open; what is being typed stays too.
function refresh() {
  const dialog = document.getElementById("act");
  if (!dialog || !dialog.open || !row) return;
  const node = document.getElementById(`r-${row.id}`);
  if (node) {
    if (["state", "holder", "fired"].some((each) => node.dataset[each] !== row[each])) changed = performance.now();
    row = { ...node.dataset };
    fill(dialog);
    tell();
    return;
  }
  for (const part of dialog.querySelectorAll("[data-when]")) part.hidden = true;
  stand("This request has ended. There is nothing left to do.");
}

// Who was told what is fetched when somebody wants to see it: it would be most of the page.
async function tell() {
  const part = document.getElementById("do-messages"), asked = row && row.id;
  if (!asked || !part.open) return;
  try {
    const response = await fetch(`/requests/${encodeURIComponent(asked)}/messages`, { credentials: "same-origin", redirect: "error", cache: "no-store", signal: AbortSignal.timeout(15000) });
    const words = response.ok ? await response.text() : "<p>This cannot be read now.</p>";
    if (row && row.id === asked) document.getElementById("messages").innerHTML = words;
  } catch {
    document.getElementById("messages").textContent = "This cannot be read now.";
  }
}

// ---- callback numbers
async function reveal(id) {
  const answer = await post(`/requests/${encodeURIComponent(id)}/reveal`, {});
  if (!answer.ok) return toast(answer.said, false);
  const node = numberOf(id);
  shown.set(id, { number: answer.number, nth: node?.dataset.nth, until: performance.now() + (answer.seconds * 1000 || SHOWN_FOR) });
  paint();
}

const numberOf = (id) => document.querySelector(`[data-number="${CSS.escape(id)}"]`);

function paint() {
  for (const [id, seen] of [...shown]) {
    const node = numberOf(id);
    if (node && !node.dataset.masked) node.dataset.masked = node.textContent;
    if (performance.now() < seen.until && node && node.dataset.nth === seen.nth) { // else it was corrected meanwhile
      if (node.textContent !== seen.number) node.textContent = seen.number;
      node.classList.add("revealed");
      node.setAttribute("aria-live", "polite");
    } else {
      if (node && node.dataset.masked) { node.textContent = node.dataset.masked; node.classList.remove("revealed"); delete node.dataset.masked; }
      shown.delete(id);
    }
  }
}

async function silence(node, alarm) {
  const answer = await post(`/requests/${encodeURIComponent(node.dataset.id)}/silence`, { alarm });
  if (answer.ok) node.dataset.alarm = node.dataset.alarm.split(" ").filter((each) => each !== alarm).join(" ");
  toast(answer.said, answer.ok);
}

function click(event) {
  const target = event.target.closest("button");
  if (!target) return;
  const node = target.closest(".row");
  if ("act" in target.dataset) open(node);
  else if (target.dataset.reveal) reveal(target.dataset.reveal);
  else if (target.dataset.silence) silence(node, target.dataset.silence);
  else if (target.dataset.open) document.getElementById(target.dataset.open).showModal();
  else if ("shut" in target.dataset) dialogOf(target).close();
  else if (target.closest("#said")) document.getElementById("said").hidden = true;
}

export function start() {
  document.addEventListener("click", click);
  document.addEventListener("submit", send);
  document.addEventListener("change", (event) => { if ("lookup" in event.target.dataset) look(event.target); });
  document.addEventListener("bridge:board", () => { paint(); refresh(); });
  for (const [name, old] of [["bridge:stale", true], ["bridge:live", false]]) document.addEventListener(name, () => { stale = old; refresh(); });
  document.addEventListener("bridge:over", () => { shown.clear(); for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close(); });
  for (const form of document.querySelectorAll("[data-once]")) renew(form);
  for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("close", leave);
  document.getElementById("do-messages").addEventListener("toggle", tell);
  setInterval(paint, 500);
}

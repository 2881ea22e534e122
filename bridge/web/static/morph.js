// Lays the bridge's pieces into the page. A piece is one child of a slot, known by its data-key. What somebody has open, focused,
// chosen or typed stays as it is; an element with data-keep is left alone altogether.
import { Idiomorph } from "./vendor/idiomorph.js";

const typed = (node) =>
  ("defaultValue" in node && "value" in node && node.value !== node.defaultValue)
  || (node.nodeName === "SELECT" && [...node.options].some((option) => option.selected !== option.defaultSelected));

const chosen = (node) => node === document.activeElement && ("defaultValue" in node || node.nodeName === "SELECT");

const CALLBACKS = {
  beforeNodeMorphed: (old) => !(old.nodeType === 1 && (old.hasAttribute("data-keep") || typed(old) || chosen(old))),
  beforeAttributeUpdated: (name, node) =>
    !(name === "data-band" || (name === "open" && ["DETAILS", "DIALOG"].includes(node.nodeName))),
};

function made(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

// The wanted elements in the slot, in their order. An element that is moved loses its focus and closes its dialog, so one that
// holds either stays where it is, and the others go around it.
function arrange(slot, wanted) {
  for (const child of [...slot.childNodes]) if (!wanted.includes(child)) child.remove();
  const held = Math.max(0, wanted.findIndex((node) => node.contains(document.activeElement) || node.querySelector("dialog[open]")));
  if (wanted.length && !wanted[held].isConnected) slot.append(wanted[held]);
  for (let i = held - 1; i >= 0; i -= 1) if (wanted[i].nextSibling !== wanted[i + 1]) slot.insertBefore(wanted[i], wanted[i + 1]);
  for (let i = held + 1; i < wanted.length; i += 1) if (wanted[i].previousSibling !== wanted[i - 1]) wanted[i - 1].after(wanted[i]);
}

// Lays in what the bridge has told: `slots` are the keys in their order, `html` the pieces that are new or changed. Returns the
// keys of what was added, changed and removed; null where a piece is missing that we should have had.
export function lay(root, { slots, html }) {
  const news = { added: [], changed: [], removed: [] };
  const focused = root.contains(document.activeElement);
  for (const slot of root.querySelectorAll("[data-slot]")) {
    const keys = slots[slot.dataset.slot] || [];
    const before = new Map([...slot.children].map((child) => [child.dataset.key, child]));
    const wanted = [];
    for (const key of keys) {
      const old = before.get(key), fresh = key in html ? made(html[key]) : null;
      if (!old && !fresh) return null;
      if (!old) news.added.push(key);
      if (old && fresh) {
        Idiomorph.morph(old, fresh, { morphStyle: "outerHTML", callbacks: CALLBACKS });
        news.changed.push(key);
      }
      wanted.push(old || fresh);
    }
    news.removed.push(...[...before.keys()].filter((key) => !keys.includes(key)));
    arrange(slot, wanted);
  }
  if (focused && !root.contains(document.activeElement)) root.focus({ preventScroll: true }); // what had the focus has gone
  return news;
}

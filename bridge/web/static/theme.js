// Dark or light: as the system says, until somebody chooses. The choice is this browser's.
const root = document.documentElement;
const light = matchMedia("(prefers-color-scheme: light)");

function now() {
  return root.dataset.theme || (light.matches ? "light" : "dark");
}

function kept() {
  try { return localStorage.getItem("theme"); } catch { return null; } // a browser may keep nothing
}

export function start() {
  const button = document.getElementById("theme");
  const say = () => { button.textContent = now() === "dark" ? "Light page" : "Dark page"; };
  if (kept() === "dark" || kept() === "light") root.dataset.theme = kept();
  say();
  button.addEventListener("click", () => {
    root.dataset.theme = now() === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* then it holds until the next load */ }
    say();
  });
  light.addEventListener("change", say);
}

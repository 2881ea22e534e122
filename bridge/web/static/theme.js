// Dark or light: as the system says, until somebody chooses. The choice is this browser's. Runs before the page is drawn, so that
// a dark room is never lit up by the wrong one.
"use strict";
(() => {
  const root = document.documentElement;
  const light = matchMedia("(prefers-color-scheme: light)");
  const now = () => root.dataset.theme || (light.matches ? "light" : "dark");
  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } }; // a browser may keep nothing
  if (kept() === "dark" || kept() === "light") root.dataset.theme = kept();

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (!button) return;
    const say = () => { button.textContent = now() === "dark" ? "Light page" : "Dark page"; };
    say();
    button.addEventListener("click", () => {
      root.dataset.theme = now() === "dark" ? "light" : "dark";
      try { localStorage.setItem("theme", root.dataset.theme); } catch { /* then it holds until the next load */ }
      say();
    });
    light.addEventListener("change", say);
  });
})();

// What the page is in: the size of its place, and the theme.
import { measure } from "canvases";

const [TIGHT, NARROW, SMALL, FLAT] = [1250, 900, 640, 500]; // px: short words; one side at a time; a phone; on its side
const THEMES = ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"];

/** Say on the root what it has room for. */
export function layOut({ clientWidth: width, classList }) {
  if (!width) return; // it is not shown
  classList.toggle("is-tight", width >= NARROW && width < TIGHT && !classList.contains("is-presenting"));
  classList.toggle("is-narrow", width < NARROW && !classList.contains("is-presenting"));
  classList.toggle("is-small", width < SMALL);
  classList.toggle("is-flat", width >= SMALL && width < NARROW && globalThis.innerHeight < FLAT);
}

/**
 * Let what is shown in `root` follow its size and the theme; returns how to stop it.
 * @param {HTMLElement} root
 * @param {{refresh: () => void, retheme: () => void}} shown
 */
export function follow(root, shown) {
  const onTheme = () => shown.retheme();
  const canvases = root.querySelectorAll("canvas");
  const fit = () => [...canvases].filter(measure).length && shown.refresh();
  const resizes = new ResizeObserver(() => {
    fit();
    requestAnimationFrame(() => layOut(root)); // what it changes is seen in the next turn, or the browser complains
  });
  for (const target of [root, ...canvases]) resizes.observe(target);
  const themes = new MutationObserver(onTheme);
  for (const target of [document.documentElement, document.body, root])
    themes.observe(target, { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light"] });
  const media = THEMES.flatMap((query) => globalThis.matchMedia?.(query) ?? []);
  for (const one of media) one.addEventListener("change", onTheme);
  return () => {
    resizes.disconnect();
    themes.disconnect();
    for (const one of media) one.removeEventListener("change", onTheme);
  };
}

export const asksForLessMotion = () => globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;

// Lets node import the player's modules by their bare names, as a page's import map does.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const files = new URL("../../sim/player/", import.meta.url);

export async function resolve(name, context, next) {
  const url = new URL(`${name}.js`, files);
  if (/^[a-z]+$/.test(name) && existsSync(fileURLToPath(url)))
    return { url: url.href, format: "module", shortCircuit: true };
  return next(name, context);
}

export async function load(url, context, next) {
  if (!url.startsWith(files.href)) return next(url, context);
  return { format: "module", source: readFileSync(fileURLToPath(url), "utf8"), shortCircuit: true };
}

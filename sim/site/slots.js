// The knobs of a sandbox: those of a server's numbers that need no other requests.
import { element, say, slider } from "dom";
import { KNOBS } from "knobs";

const MOST = { threads: 32, workers: 32, timeout: 120 };

/** Sliders for the numbers `names` of a server; `onTurn` gets what changes. */
export function rowOfKnobs(names, server, onTurn) {
  const knobs = names.map((name) => {
    const shown = element("span", { "aria-hidden": "true" }, KNOBS[name].shown(server[name], {}));
    const bounds = { min: 1, max: MOST[name], step: 1, value: server[name] };
    const input = slider({ "aria-label": KNOBS[name].label, ...bounds });
    const tell = () => {
      const text = KNOBS[name].shown(Number(input.value), {});
      say(shown, text);
      input.setAttribute("aria-valuetext", text);
    };
    input.addEventListener("input", () => {
      tell();
      onTurn({ [name]: Number(input.value) });
    });
    tell();
    return element("label", { class: "sim-knob" }, KNOBS[name].label, shown, input);
  });
  return element("div", { class: "slots", role: "group", "aria-label": "Knobs" }, ...knobs);
}

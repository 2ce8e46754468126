// The same in a notebook: draws into the cell, tells Python the knobs and, rarely, the clock.
import { mount } from "main";

const TELL_EVERY = 250; // ms

export default {
  render({ model, el }) {
    const root = document.createElement("div");
    el.append(root);
    const tell = (values) => {
      for (const [name, value] of Object.entries(values)) model.set(name, value);
      model.save_changes();
    };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    let [position, told] = [0, model.get("position")];
    const tellPosition = () => {
      timer = undefined;
      if (position === told) return;
      told = position;
      tell({ position });
      timer = setTimeout(tellPosition, TELL_EVERY);
    };
    const shown = mount(root, model.get("data"), {
      start: { preset: model.get("preset"), knobs: model.get("knobs"), seed: model.get("seed") },
      onScenario: (preset, knobs, seed) => tell({ preset, knobs, seed }),
      onPosition: (t) => {
        position = t;
        if (timer === undefined) tellPosition();
      },
    });
    return () => {
      clearTimeout(timer);
      shown.destroy();
    };
  },
};

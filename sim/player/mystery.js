// The mystery server: one of its knobs is wrong, and only the charts are shown. One a day, the same for everybody.
import { draw } from "pcg";

/** 20261128 for that day, where the reader is. */
export const dayOf = (date) => date.getFullYear() * 10_000 + (date.getMonth() + 1) * 100 + date.getDate();

/** Whether a number says a day that there is. */
export const isDay = (day) =>
  dayOf(new Date(Math.trunc(day / 10_000), (Math.trunc(day / 100) % 100) - 1, day % 100)) === day;

/** The mystery of a day as a preset: `presets` has the scenario that it spoils, `mystery` how. */
export function mysteryOf(day, presets, { preset, well, faults }) {
  const base = presets[preset];
  const fault = faults[Math.floor(draw(day, 0).next() * faults.length)];
  const knobs = { ...base.knobs, ...well };
  const text = String(day);
  return {
    ...base,
    title: `The mystery server of ${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`,
    seed: text,
    knobs: { ...knobs, [fault.knob]: fault.value },
    mystery: { well: knobs, fault, faults },
  };
}

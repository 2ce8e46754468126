// What hands and keys do to the explorer: slots, the line of the timeout, a surge.
import { LENGTH, pour } from "surge";

const HOW = {
  "more threads": { threads: 1 },
  "fewer threads": { threads: -1 },
  "more workers": { workers: 1 },
  "fewer workers": { workers: -1 },
  lend: { threads: -1, workers: 1 },
  "take back": { threads: 1, workers: -1 },
};

/** @param {import("explorer").Explorer} explorer */
export function actsOf(explorer) {
  let surgeFrom = -1;
  const within = (name, value) => {
    const { min, max } = explorer.preset.bounds[name];
    return Math.min(max, Math.max(min, value));
  };
  const turn = (changes, held = false) => {
    explorer.set(changes, held);
    if (!held) explorer.commit();
  };
  const surge = (from, until, held) => turn({ surges: pour(explorer.knobs.surges, from, until) }, held);
  return {
    slots(how) {
      const wanted = Object.entries(HOW[how] ?? {}).map(([name, by]) => [name, explorer.knobs[name] + by]);
      if (wanted.length && wanted.every(([name, value]) => within(name, value) === value))
        turn(Object.fromEntries(wanted));
    },
    timeout(seconds, held) {
      turn(held ? { timeout: within("timeout", Math.round(seconds)) } : {}, held);
    },
    lift: (by) => turn({ timeout: within("timeout", explorer.knobs.timeout + by) }),
    pour: () => surge(explorer.clock, explorer.clock + LENGTH, false),
    /** The computer is held, or let go. */
    surge(going) {
      if (going) surgeFrom = explorer.clock;
      else surge(surgeFrom, Math.max(explorer.clock, surgeFrom + LENGTH), false);
      if (!going) surgeFrom = -1;
    },
    /** The clock has moved: a surge goes on as long as the computer is held. */
    goOn() {
      if (surgeFrom >= 0) surge(surgeFrom, Math.max(explorer.clock, surgeFrom + LENGTH), true);
    },
  };
}

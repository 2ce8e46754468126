// Was it bad luck? The errors of the same scenario with 20 other seeds, worked out bit by bit while nothing else is.
import { played } from "comparison";
import { Draws } from "draws";
import { othersOf } from "seeds";
import { missed } from "words";

const REST = 250; // ms after the last turn of a knob, before any of it is begun
const AT_ONCE = 4; // ms of work between two looks at what else there is to do

export class Others {
  #cycles;
  #onFound;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Map<string, Record<string, number>>} errors by seed, then by run */
  #found = new Map();
  /** @type {Map<string, Draws>} */
  #draws = new Map();
  #about = "";
  #preset = null;
  /** @type {string[]} */
  #seeds = [];

  /**
   * @param {any} cycles the journeys by name
   * @param {() => void} onFound when all of them are known
   */
  constructor(cycles, onFound) {
    this.#cycles = cycles;
    this.#onFound = onFound;
  }

  /** Errors with each of the other seeds, by run; {} as long as they are not known. */
  get errors() {
    const found = this.#seeds.map((seed) => this.#found.get(seed) ?? {});
    const known = Object.keys(found[0] ?? {}).filter((run) => found.every((errors) => run in errors));
    return Object.fromEntries(known.map((run) => [run, found.map((errors) => errors[run])]));
  }

  /** Work out how other seeds fare in the runs of these names; what is known of the same scenario stays known. */
  want(preset, knobs, seed, names) {
    this.stop();
    const seeds = preset.draws || preset.mystery ? [] : othersOf(preset.seed, seed); // those have no other luck
    const about = JSON.stringify(knobs);
    if (preset !== this.#preset || about !== this.#about) this.#found.clear();
    if (preset !== this.#preset) this.#draws.clear();
    [this.#preset, this.#about, this.#seeds] = [preset, about, seeds];
    this.#goOn(this.#work(preset, { ...knobs }, names), REST);
  }

  /** Look no further for now. */
  stop() {
    clearTimeout(this.#timer);
  }

  #goOn(work, rest = 0) {
    this.#timer = setTimeout(() => {
      const until = performance.now() + AT_ONCE;
      while (performance.now() < until) if (work.next().done) return this.#onFound();
      this.#goOn(work);
    }, rest);
  }

  /** Seed by seed, a run at a time. */
  *#work(preset, knobs, names) {
    for (const seed of this.#seeds) {
      const errors = this.#found.get(seed) ?? {};
      const missing = names.filter((name) => !(name in errors));
      if (!missing.length) continue;
      const draws = this.#draws.get(seed) ?? new Draws(seed);
      this.#draws.set(seed, draws);
      const { runs } = played(preset, knobs, draws, this.#cycles);
      for (const name of missing) {
        errors[name] = missed(runs[name].head);
        yield;
      }
      this.#found.set(seed, errors);
    }
  }
}

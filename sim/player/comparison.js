// The three runs of `compare` on one workload, as a preset and its knobs describe them.
import { drawWorkload } from "draws";
import { headFigures, summarise } from "figures";
import { toGrid } from "grid";
import { linesOf } from "lines";
import { simulate } from "model";
import { workersOf } from "queues";
import { stretched } from "stretch";
import { surged } from "surge";
import { rulesOf } from "trouble";
import { headVisits, summariseVisits } from "visits";

/** The scenario that a preset and its knobs describe, as `drawWorkload` and `simulate` take it. */
export function scenarioOf(preset, knobs) {
  const time = preset.external_time && stretched(preset.external_time, knobs.external_time);
  const factor = preset.steps.length === 1 ? null : knobs.arrival_rate;
  const steps = preset.steps.map(([from, rate]) => [from, factor === null ? knobs.arrival_rate : rate * factor]);
  return {
    ...preset.fixed,
    rate_steps: surged(steps, knobs.surges ?? []),
    report_fraction: knobs.report_fraction,
    external_factor: knobs.external_time,
    external_time: time,
    threads: knobs.threads,
    timeout: toGrid(knobs.timeout),
    ...rulesOf(knobs, preset.fixed),
    ...linesOf(knobs.queues, preset.fixed.queues, time, knobs.workers),
  };
}

/** A run that is made, and its figures, when somebody first asks: not every one of them is looked at. */
class LazyRun {
  #workload;
  #cycle;
  #scenario;
  #made = {};

  constructor(workload, cycle, scenario) {
    this.#workload = workload;
    this.#cycle = cycle;
    this.#scenario = scenario;
  }

  get records() {
    this.#made.records ??= simulate(this.#workload, this.#cycle, this.#scenario, this.#workload.chances);
    return this.#made.records;
  }

  get summary() {
    const names = this.#scenario.queues?.length ? this.#scenario.queues.map(({ name }) => name) : undefined;
    const make = this.records.lab ? summariseVisits : summarise;
    this.#made.summary ??= make(this.records, this.#workload, this.#scenario.warmup, names);
    return this.#made.summary;
  }

  get head() {
    const make = this.records.lab ? headVisits : headFigures;
    this.#made.head ??= make(this.records, this.#workload, this.#scenario.warmup);
    return this.#made.head;
  }
}

/** The three runs of `compare` on one workload, and the two further arrangements. */
export function compare(workload, scenario, cycles) {
  const alone = (cycle, threads) => new LazyRun(workload, cycle, { ...scenario, threads });
  return {
    sync: alone(cycles.sync, scenario.threads),
    async: alone(cycles.async, scenario.threads),
    sync_same_slots: alone(cycles.sync, scenario.threads + workersOf(scenario)),
    async_pages: alone(cycles.async_pages, scenario.threads),
    async_all: alone(cycles.async_all, scenario.threads),
  };
}

/** @type {{draws: any, asked: string, workload: any}} */
let last = { draws: null, asked: "", workload: null };

const DRAWN_FROM = ["rate_steps", "report_fraction", "external_factor", "external_time", "queues", "duration"];

/** Who comes; the last ones, where the same is asked for once more: while threads are turned, the same people come. */
function workloadOf(draws, scenario) {
  const asked = JSON.stringify([DRAWN_FROM.map((name) => scenario[name] ?? null), scenario.hop_times]);
  if (last.draws !== draws || last.asked !== asked) last = { draws, asked, workload: drawWorkload(draws, scenario) };
  return last.workload;
}

/** A preset with these knobs on these draws: {scenario, workload, runs}. */
export function played(preset, knobs, draws, cycles) {
  const scenario = scenarioOf(preset, knobs);
  const workload = workloadOf(draws, scenario);
  return { scenario, workload, runs: compare(workload, scenario, cycles) };
}

// A run as it is shown: its records, its figures and its replay, each made when somebody first looks at it.
import { LabReplay } from "labreplay";
import { Replay } from "replay";

/** A run that is indexed, and whose figures are made, when somebody first looks at them. */
export class Shown {
  #run;
  #workload;
  #cycles;
  /** @type {Replay | null} */
  #replay = null;

  constructor(run, workload, cycles) {
    this.#run = run;
    this.#workload = workload;
    this.#cycles = cycles;
  }

  get records() {
    return this.#run.records;
  }

  get summary() {
    return this.#run.summary;
  }

  /** The few figures that are said of it at once. */
  get head() {
    return this.#run.head ?? { ...this.summary, goes_wrong: Boolean(this.records.lab) };
  }

  get replay() {
    const Indexed = this.records.lab ? LabReplay : Replay;
    this.#replay ??= new Indexed(this.records, this.#workload, this.#cycles[this.records.cycle]);
    return this.#replay;
  }
}

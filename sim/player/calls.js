// The slow call fails: in an outage, or by chance (R16).
import { STREAMS } from "mishaps";

export class Calls {
  /** Whether the call that was begun last is going to fail. */
  fails = false;
  #made;
  #draw;
  #outages;
  #fraction;
  #failureTime;

  constructor(visits, scenario, draw) {
    this.#made = new Int32Array(visits);
    this.#draw = draw;
    this.#outages = scenario.outages ?? [];
    this.#fraction = scenario.failure_fraction ?? 0;
    this.#failureTime = scenario.failure_time ?? null;
  }

  /** The next call of a visit begins at `at`: how long it takes, if `seconds` is what a good one takes. */
  begin(visit, at, seconds) {
    const call = ++this.#made[visit];
    this.fails = this.#outages.some(([from, until]) => from <= at && at < until);
    if (this.#fraction > 0 && this.#draw(STREAMS.failure, call, visit) < this.#fraction) this.fails = true;
    return this.fails && this.#failureTime !== null ? this.#failureTime : seconds;
  }
}

// The page's event loop for what goes wrong: R11 to R19 beside R1 to R10, written from the rules and from nothing else.
import { Agenda } from "agenda";
import { Application } from "application";
import { Calls } from "calls";
import { Clients } from "clients";
import { Cores } from "cores";
import { COMPUTED, RAN, WAITED } from "ends";
import { Records } from "records";
import { WebServer } from "server";
import { firstRows, toldOf } from "told";

class Lab {
  #rows;
  #agenda = new Agenda();
  #clients;
  #server;
  #cores;
  #application;
  #scenario;
  #cycle;
  #now = 0;

  constructor(workload, cycle, scenario, draw) {
    const hasWorkers = cycle.page.worker.length + cycle.report.worker.length > 0;
    const visits = workload.arrived_at.length;
    this.#cycle = cycle;
    this.#scenario = scenario;
    this.#rows = firstRows(workload, scenario);
    const parts = { rows: this.#rows, agenda: this.#agenda, calls: new Calls(visits, scenario, draw) };
    this.#clients = new Clients(this.#rows, scenario, draw, hasWorkers);
    this.#cores = scenario.cores ? new Cores(this.#rows, this.#agenda, scenario) : null;
    this.#application = hasWorkers ? new Application(parts, workload, cycle, scenario, draw) : null;
    const others = { clients: this.#clients, cores: this.#cores, application: this.#application };
    this.#server = new WebServer({ ...parts, ...others }, workload, cycle, scenario);
  }

  /** The next instant, or the same one again; Infinity when nothing is in flight. */
  #next() {
    if (this.#server.isSkipping || this.#cores?.isWanted) return this.#now; // because of who was started in step 5
    const ends = Math.min(this.#agenda.next, this.#clients.next);
    const application = this.#application;
    return application && (ends < Infinity || application.inFlight) ? Math.min(ends, application.next) : ends;
  }

  /** The five steps of one instant; whatever takes no time is found by the next call. False when all is done. */
  instant() {
    const t = this.#next();
    if (t === Infinity) return false;
    this.#now = t;
    while (this.#agenda.next === t) this.#end(t);
    this.#server.skipped(t);
    this.#server.beginCalls(t);
    this.#clients.reap(t);
    this.#application?.obey(t);
    this.#clients.arrive(t, this.#server.arriving);
    this.#application?.join(t);
    this.#cores?.handOut(t);
    this.#server.handOut(t);
    this.#application?.handOut(t);
    return true;
  }

  #end(t) {
    const { what, who } = this.#agenda;
    this.#agenda.drop();
    if (what === WAITED) this.#server.goOn(who, t);
    else if (what === RAN) this.#application?.ran(who, t);
    else if (what === COMPUTED) this.#server.computed(who, t);
    else this.#server.cut(who, t);
  }

  close() {
    const ended = Math.max(this.#server.ended, this.#application?.ended ?? -Infinity);
    const { timeout, on_timeout } = this.#scenario;
    const told = toldOf(this.#rows, this.#application, this.#cores, this.#scenario);
    told.at_threads.idle = this.#server.threads.idleUntil(Math.max(ended, 0));
    const ended_at = ended === -Infinity ? null : ended;
    return new Records({ cycle: this.#cycle.name, timeout, on_timeout, ended_at, ...told });
  }
}

/**
 * The records of one run in which more goes wrong: a row per request (visits first, then those who came again, in the
 * order of their arrival), and one per run of a job. `draw(stream, k, n)` gives the unit draws of `STREAMS`.
 */
export function simulateLab(workload, cycle, scenario, draw) {
  const lab = new Lab(workload, cycle, scenario, draw);
  while (lab.instant());
  return lab.close();
}

// What the page's modules hand each other. Instants and times are seconds on the grid of 2^-20 s; NaN: has not happened.

type Column = Float64Array;

/** The ways of one kind of request: hops by name. */
interface Journey {
  thread: string[];
  worker: string[];
}
interface Cycle {
  name: string;
  page: Journey;
  report: Journey;
  poll: string[]; // the way of a poll, of which so many hops are the way in
  inbound: number;
  computes: string[]; // what needs a core
}

/** A row per request, in the order of arrival. */
interface Workload {
  arrived_at: Column;
  is_report: Uint8Array;
  external_time: Column;
  web_time: Column | null;
  hop_times: Record<string, number>;
  ends_at: number;
  from_file: boolean;
}

type Policy = "finish_started" | "finish_all" | "kill";

interface Server {
  threads: number;
  workers: number;
  timeout: number;
  on_timeout: Policy;
}

/** A unit draw of a stream of what goes wrong: the n-th of its number k (sim/draws.py). */
type Draw = (stream: number, k: number, n: number) => number;

/** A row for each stay at a pool of so many slots. Skipped or turned away: taken and left in one instant. */
interface Turns {
  slots: number;
  request_id: Int32Array;
  number: Int32Array; // so many turns of its request were before
  came_at: Column;
  taken_at: Column; // Infinity, in a run that goes on: not yet
  left_at: Column;
  slot: Int32Array; // -1: of none
  outcome: Int8Array; // OUTCOMES; -1: not yet
  idle?: number; // slot-seconds, gathered gap by gap
}

/** What records are made of. */
interface Told {
  cycle: string;
  timeout: number;
  on_timeout: Policy;
  is_report: Uint8Array;
  at_threads: Turns;
  at_workers: Turns;
  ended_at: number | null;
  lab?: Lab;
}
type Records = import("./records.js").Records;

/** What else stands in the rows of requests and of runs where more goes wrong; and the stops, and the cores. */
interface Lab {
  visit_id: Int32Array;
  attempt: Int32Array;
  kind: Int8Array; // KINDS
  status: Int8Array; // STATUSES; -1 never
  enqueued_at: Column;
  responded_at: Column;
  died_at: Column;
  seen_at: Column;
  queue: Int32Array; // -1: no job
  about: Int32Array; // of a poll: the request that it asks about
  cut: Uint8Array; // on its thread
  run_enqueued_at: Column; // of each run; what is put back keeps it, and comes later
  run_queue: Int32Array;
  stopped: number[][]; // from, until
  at_cores?: Pick<Turns, "slots" | "slot" | "request_id" | "taken_at" | "left_at">;
}

type Spread = Record<"mean" | "p50" | "p95" | "p99" | "max", number | null>;

/** The figures of a run by the names of `compare --json`. */
type Counts =
  | "requests"
  | "answered"
  | "reports"
  | "reports_completed"
  | "timed_out"
  | "timed_out_pages"
  | "timed_out_reports";
type Shares = "timeout_fraction" | "throughput" | "thread_utilisation" | "worker_utilisation" | "ended_at";
type Times = "response_time" | "page_response_time" | "completion_time" | "waiting_time";
type Totals = "peak_backlog" | "peak_queue" | "useful_time" | "wasted_time" | "idle_time";
type Summary = Record<Counts | Totals, number> & Record<Shares, number | null> & Record<Times, Spread>;

interface Run {
  records: Records;
  summary: Summary;
}

type Colours = Record<string, string>;

/** How a frame is drawn. */
interface View {
  speed: number; // simulated seconds per wall second
  colours: Colours;
  still: boolean; // no motion but the clock's
  until: number; // the right end of the axis of time
  warmup: number;
  preview: boolean; // what will come is shown faintly
  charts: boolean; // what is below the drawing, too
  coarse: boolean; // a knob is being turned: fewer dots at once
  followed: number; // the request that somebody follows; -1 for none
  behind: Records | null; // another run, whose cloud stands behind this one's
  grows?: boolean; // the run is the last one that was drawn, and what came since
}

interface Pen {
  ctx: CanvasRenderingContext2D;
  colours: Colours;
}

type Box = [x: number, y: number, width: number, height: number, ...lines: string[]];
type Point = [x: number, y: number];

// What of reveal.js the deck's script uses, which stands beside it.
declare const Reveal: {
  initialize(options: object): Promise<void>;
  on(event: string, act: () => void): void;
  next(): void;
  prev(): void;
  getSlides(): HTMLElement[];
  getSlidesElement(): HTMLElement;
  getIndices(): { h: number };
};
declare const RevealMarkdown: unknown;
declare const RevealNotes: unknown;

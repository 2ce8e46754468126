// The page's model against cases worked by hand, on whole seconds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Agenda } from "agenda";
import { hopsOnCores } from "corehops";
import { peak, spread, summarise } from "figures";
import { fragmentWriter, readFragment, toFragment } from "fragment";
import { toGrid } from "grid";
import { simulate } from "model";
import { rateOf } from "parts";
import { draw } from "pcg";
import { Line, Slots } from "pools";
import { PoolView } from "poolview";
import { Replay } from "replay";
import { boxesOf, layoutOf } from "scenery";
import { countUntil, ordered } from "sorted";
import { readSurges, surgesAsText } from "surge";
import { trace } from "trace";

const INBOUND = ["web_server", "middleware", "routes", "controller"];
const LOOKUP = ["model", "database", "model"];
const OUTBOUND = ["controller", "middleware", "web_server"];
const PAGE = { thread: [...INBOUND, ...LOOKUP, ...OUTBOUND], worker: [] };
const SYNC = { name: "sync", page: PAGE, report: { thread: [...INBOUND, "external", ...OUTBOUND], worker: [] } };
const ASYNC = {
  name: "async",
  page: PAGE,
  report: { thread: [...INBOUND, "queue", ...OUTBOUND], worker: ["external"] },
};

/** Requests [arrived_at, "page" | seconds of a report's call]; every request spends one second in the web server. */
function workloadOf(...requests) {
  return {
    arrived_at: Float64Array.from(requests, ([at]) => at),
    is_report: Uint8Array.from(requests, ([, kind]) => (kind === "page" ? 0 : 1)),
    external_time: Float64Array.from(requests, ([, kind]) => (kind === "page" ? 0 : kind)),
    web_time: new Float64Array(requests.length).fill(1),
    hop_times: { web_server: 0, middleware: 0, routes: 0, controller: 0, model: 0, database: 0, queue: 0 },
    ends_at: 100,
    from_file: false,
  };
}

const serve = (cycle, workload, changes = {}) =>
  simulate(workload, cycle, { threads: 1, workers: 1, timeout: 30, on_timeout: "finish_started", ...changes });
const list = (column) => Array.from(column, (at) => (Number.isNaN(at) ? null : at));

test("a page waits behind a report when every thread is busy", () => {
  const records = serve(SYNC, workloadOf([0, 9], [2, "page"]));
  assert.deepEqual(list(records.started_at), [0, 10]);
  assert.deepEqual(list(records.finished_at), [10, 11]);
});

test("a job leaves the thread free for the next page", () => {
  const records = serve(ASYNC, workloadOf([0, 9], [0, 9], [2, "page"]));
  assert.deepEqual(list(records.finished_at), [1, 2, 3]);
  assert.deepEqual(list(records.picked_up_at), [1, 10, null]);
  assert.deepEqual(list(records.completed_at), [10, 19, null]);
});

test("the deadline wins ties, and a request whose client has gone is skipped in no time", () => {
  const records = serve(SYNC, workloadOf([0, 29], [0, "page"], [1, "page"]));
  const summary = summarise(records, workloadOf([0, 29], [0, "page"], [1, "page"]), 0);
  assert.deepEqual(list(records.finished_at), [30, null, 31]);
  assert.deepEqual(list(records.skipped_at), [null, 30, null]);
  assert.equal(summary.timed_out, 3 - 0); // 30 s after arrival: late; skipped: late; 30 s after arrival: late
  assert.equal(summary.wasted_time, 31);
});

test("a server that kills frees the thread at the deadline and pushes no job after it", () => {
  const killed = serve(SYNC, workloadOf([0, 99], [1, "page"]), { on_timeout: "kill" });
  assert.deepEqual(list(killed.finished_at), [30, 31]);
  const pushed = serve(ASYNC, workloadOf([0, 5], [0, 5]), { on_timeout: "kill", timeout: 2 });
  assert.deepEqual(list(pushed.enqueued_at), [1, null]);
});

test("a server that does not look works off those whose clients have gone", () => {
  const records = serve(SYNC, workloadOf([0, 39], [0, "page"]), { on_timeout: "finish_all" });
  assert.deepEqual(list(records.started_at), [0, 40]);
});

test("a free slot is taken longest idle first, ties by lowest number", () => {
  const slots = new Slots(3);
  assert.deepEqual([slots.take(0), slots.take(0), slots.take(1)], [0, 1, 2]);
  for (const [slot, at] of [
    [2, 3],
    [1, 3],
    [0, 5],
  ])
    slots.give(slot, at);
  assert.deepEqual([slots.take(6), slots.take(6), slots.take(6)], [1, 2, 0]);
  for (const slot of [1, 2, 0]) slots.give(slot, 7);
  assert.equal(slots.idleUntil(8), 0 + 0 + 1 + 3 + 3 + 1 + 3);
});

test("a slot whose job took no time is idle since then, and may be taken again before others", () => {
  const records = serve(ASYNC, workloadOf([0, 2], [0, 2], [2, 0], [2, 5], [2, 5]), { threads: 5, workers: 2 });
  assert.deepEqual(list(records.picked_up_at), [1, 1, 3, 3, 3]); // both free since 3: the one of the lowest number
  assert.deepEqual(Array.from(records.at_workers.slot), [0, 1, 0, 0, 1]);
});

test("what ends is told in the order of its instants, then of its kind, then of its number", () => {
  const agenda = new Agenda();
  let luck = 1;
  const rows = Array.from({ length: 300 }, () => {
    luck = (luck * 48271) % 2147483647;
    return [luck % 7, (luck >> 4) % 3, (luck >> 8) % 11];
  });
  for (const row of rows) agenda.add(...row);
  const told = rows.map(() => {
    const row = [agenda.next, agenda.what, agenda.who];
    agenda.drop();
    return row;
  });
  assert.deepEqual(
    told,
    rows.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]),
  );
  assert.equal(agenda.next, Infinity);
});

test("a line keeps its order however long it gets", () => {
  const line = new Line();
  const left = [];
  for (let id = 0; id < 1000; id++) {
    line.join(id);
    if (id % 3 === 0) left.push(line.leave());
  }
  while (line.length) left.push(line.leave());
  assert.deepEqual(
    left,
    Array.from({ length: 1000 }, (_, id) => id),
  );
});

test("instants are put in order with their ids, however large they are, and what has not happened is left out", () => {
  const rows = [5, 1, NaN, 1, 2 ** 32 + 2 ** -20, Infinity, 2 ** 32, 0];
  const few = ordered(rows.length, (id) => rows[id]);
  assert.deepEqual(
    [Array.from(few.ids), Array.from(few.at)],
    [
      [7, 1, 3, 0, 6, 4],
      [0, 1, 1, 5, 2 ** 32, 2 ** 32 + 2 ** -20],
    ],
  );
  const small = ordered(5, (id) => rows[id]);
  assert.deepEqual(
    [Array.from(small.ids), Array.from(small.at)],
    [
      [1, 3, 0, 4],
      [1, 1, 5, 2 ** 32 + 2 ** -20],
    ],
  );
  assert.deepEqual(ordered(3, (id) => [0.25, 2 ** -20, 0.25][id]).ids, Int32Array.from([1, 0, 2]));
});

test("durations are rounded half to even to a multiple of 2^-20 s", () => {
  const tick = 2 ** -20;
  assert.deepEqual(
    [0.5, 1.5, 2.5, 0.49, 3].map((ticks) => toGrid(ticks * tick) / tick),
    [0, 2, 2, 0, 3],
  );
});

test("percentiles need enough values and are never where reports never complete", () => {
  assert.deepEqual(spread([1, 2, 4]), { mean: 7 / 3, p50: 2, p95: null, p99: null, max: 4 });
  assert.deepEqual(spread([1, 2, Infinity]), { mean: null, p50: 2, p95: null, p99: null, max: null });
  assert.equal(spread([1, Infinity, Infinity]).p50, null);
  assert.deepEqual(spread([]), { mean: null, p50: null, p95: null, p99: null, max: null });
});

test("whoever is served in the instant of arrival never waited", () => {
  assert.equal(peak([0, 0, 1], [0, 5, 6]), 2);
  assert.equal(peak([], []), 0);
});

test("the trace tells a report's way in both applications", () => {
  const workload = workloadOf([0, 9]);
  const records = serve(ASYNC, workload);
  const { at, event } = trace(records, workload, ASYNC);
  const told = Array.from(at, (instant, k) => `${instant} ${event[k]}`).filter((line) => !line.includes("reached"));
  assert.deepEqual(told, [
    "0 arrived",
    "0 started",
    "1 enqueued",
    "1 picked_up",
    "1 responded",
    "1 finished",
    "10 completed",
  ]);
});

test("the state at an instant does not depend on where the clock was before", () => {
  const workload = workloadOf([0, 39], [0, "page"], [2, "page"], [50, "page"]);
  const replay = new Replay(serve(SYNC, workload), workload, SYNC);
  const states = [31, 3, 31].map((t) => JSON.stringify([replay.countsAt(t), replay.ledgerAt(t), replay.threadsAt(t)]));
  assert.equal(states[0], states[2]);
  assert.deepEqual(replay.countsAt(31), {
    arrived: 3,
    answered: 0,
    timed_out: 2,
    backlog: 2,
    threads_busy: 1,
    queue: 0,
    workers_busy: 0,
    reports_done: 0,
  });
  assert.deepEqual(replay.ledgerAt(3), { useful: 0, wasted: 0, running: 3, idle: 0 });
  assert.deepEqual(replay.ledgerAt(31), { useful: 0, wasted: 31, running: 0, idle: 0 });
  assert.deepEqual(replay.ledgerAt(51), { useful: 1, wasted: 40, running: 0, idle: 10 });
});

test("what is looked for at first and what an index finds later are the same, whoever was put back or turned away", () => {
  const random = draw(7, 0);
  const column = (of) => Float64Array.from({ length: 40 }, of);
  for (let run = 0; run < 50; run++) {
    const taken_at = column(() => 6 + Math.floor(30 * random.next())).sort();
    const came_at = taken_at.map((at) => at - Math.floor(6 * random.next()));
    const outcome = Int8Array.from(taken_at, () => Math.floor(9 * random.next()));
    const slot = Int32Array.from(taken_at, () => Math.floor(4 * random.next()) - 1);
    const numbers = Int32Array.from(taken_at.keys());
    const turns = { slots: 3, slot, came_at, taken_at, left_at: taken_at.map((at) => at + 2), outcome };
    const told = { ...turns, request_id: numbers, number: numbers, idle: 0 };
    for (let t = 0; t < 40; t += 3) {
      const view = new PoolView(told);
      assert.deepEqual(view.waiting(t), view.waiting(t));
      assert.deepEqual(view.slotsAt(t), view.slotsAt(t));
    }
  }
});

test("a run that still goes on is shown as far as it has come", () => {
  const workload = workloadOf([0, 39], [0, "page"], [2, 9]);
  const records = serve(ASYNC, workload);
  records.ended_at = null;
  for (const turns of [records.at_threads, records.at_workers]) {
    turns.outcome = turns.outcome.map((outcome, row) => (turns.left_at[row] > 3 ? -1 : outcome)); // not yet
    for (const name of ["taken_at", "left_at"]) turns[name] = turns[name].map((at) => (at > 3 ? Infinity : at));
  }
  const replay = new Replay(records, workload, ASYNC);
  assert.deepEqual(replay.countsAt(3), {
    arrived: 3,
    answered: 3,
    timed_out: 0,
    backlog: 0,
    threads_busy: 0,
    queue: 1,
    workers_busy: 1,
    reports_done: 0,
  });
  assert.equal(replay.endedAt, 3);
  assert.equal(replay.longestWait(3), 0);
  assert.equal(replay.longestWait(2.5), 0.5);
});

test("binary search counts what has happened by an instant, that instant included", () => {
  assert.deepEqual(
    [0, 1, 2.5, 9].map((t) => countUntil([1, 2, 2, 3], t)),
    [0, 1, 3, 4],
  );
});

test("only numbers within their bounds come in by the fragment", () => {
  const bounds = { threads: { min: 1, max: 32, whole: true }, timeout: { min: 1, max: 120 } };
  const read = (text) => readFragment(text, ["quiet"], bounds);
  assert.deepEqual(read("#preset=quiet&threads=8&timeout=2.5"), { preset: "quiet", threads: 8, timeout: 2.5 });
  for (const bad of [
    "threads=0",
    "threads=33",
    "threads=2.5",
    "threads=1e1",
    "threads=NaN",
    "threads=%3Cb%3E",
    "threads=",
    "timeout=-1",
    "timeout=Infinity",
    "preset=nosuch",
    "__proto__=1",
    "constructor=1",
    "%",
    "threads=8%",
  ])
    assert.deepEqual(read(`#${bad}`), {}, bad);
  assert.deepEqual(read(toFragment({ preset: "quiet", threads: 3, timeout: 7.25 })), {
    preset: "quiet",
    threads: 3,
    timeout: 7.25,
  });
});

test("a rate of minus nothing is none: no request comes before the beginning", () => {
  assert.ok(Object.is(rateOf(-0), 0));
  assert.deepEqual(rateOf([[0, -0]]), [[0, 0]]);
});

test("a burst of changes is written into the address at most twice a second, the last one always", async () => {
  const written = [];
  globalThis.history = { replaceState: (_state, _title, fragment) => written.push(fragment) };
  globalThis.addEventListener = () => {}; // no link is followed
  const write = fragmentWriter();
  const until = performance.now() + 700;
  let last = 0;
  while (performance.now() < until) {
    write(`#threads=${++last}`);
    await new Promise((done) => setTimeout(done, 5));
  }
  await new Promise((done) => setTimeout(done, 600));
  assert.ok(written.length >= 2 && written.length <= 4, `${written.length}`);
  assert.equal(written.at(-1), `#threads=${last}`);
});

test("a link says surges as they were poured, and what is no such list says none", () => {
  assert.deepEqual(readSurges("80-90.5,200-230", 600), [
    [80, 90.5],
    [200, 230],
  ]);
  assert.equal(surgesAsText(readSurges("80-90.5,200-230", 600)), "80-90.5,200-230");
  for (const bad of ["", "1", "9-1", "5-5", "700-710", "1-2,", "a-b", "1e3-2e3", "1-2,3-4,5-6,7-8,9-10,11-12"])
    assert.deepEqual(readSurges(bad, 600), [], bad);
});

test("a hop that the slides do not have is drawn, too, where nothing else stands", () => {
  for (const cycle of [SYNC, ASYNC]) {
    const page = { thread: [...INBOUND, "cache", ...OUTBOUND], worker: [] };
    const { cache, ...others } = boxesOf(layoutOf({ ...cycle, page }));
    assert.equal(cache[4], "cache");
    for (const [x, y, width, height] of Object.values(others)) {
      const beside = x + width < cache[0] || cache[0] + cache[2] < x;
      assert.ok(beside || y + height < cache[1] || cache[1] + cache[3] < y, `${[x, y, width, height]}`);
    }
  }
});

test("where cores are few a request stands at the hop for which it waits, and walks on when it has a core", () => {
  const hops = [
    { hop: "controller", seconds: 2, computes: true },
    { hop: "database", seconds: 3, computes: false },
    { hop: "model", seconds: 2, computes: true },
  ];
  const turns = [
    [1, 3],
    [7, 8],
    [9, 10], // another one had the core in the middle of the stretch
    [11, 11], // once more, for no time
  ];
  const told = hopsOnCores(hops, 0, turns).map(({ hop, at, until, waits }) => [hop, at, until, waits]);
  assert.deepEqual(told, [
    ["controller", 0, 1, true],
    ["controller", 1, 3, false],
    ["database", 3, 6, false],
    ["model", 6, 7, true],
    ["model", 7, 8, false],
    ["model", 8, 9, true],
    ["model", 9, 10, false],
    ["model", 10, 11, true],
  ]);
});

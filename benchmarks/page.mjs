// The page's own model, timed: reads a question as JSON from stdin, prints as JSON the median times (ms) of both cycles
// in the event loop and, where nothing goes wrong, in the bare recursion, by turns; and the bytes a request of records.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chancesOf } from "chances";
import { INSTANTS, requestsOf } from "checked";
import { goesWrong } from "guard";
import { simulate } from "model";
import { recursion } from "./recursion.mjs";

const RUNS = 200;
const { workload, scenario, cycles } = JSON.parse(readFileSync(0, "utf8"));
const requests = requestsOf(workload);
const draw = chancesOf(scenario.seed);
const both = (serve) => [cycles.sync, cycles.async].map((cycle) => serve(requests, cycle, scenario, draw));
const contestants = goesWrong(scenario) ? { loop: simulate } : { loop: simulate, recursion };
const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));

function timed(serve) {
  const begun = process.cpuUsage();
  both(serve);
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

/** What the records of both cycles hold for each request, all columns derived that the page asks for. */
function bytes() {
  const used = () => {
    for (let times = 0; times < 3; times++) globalThis.gc();
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    return arrayBuffers + heapUsed;
  };
  const before = used();
  const kept = Array.from({ length: 20 }, () => both(simulate)).flat();
  for (const records of kept) for (const name of INSTANTS) records[name];
  return (used() - before) / kept.reduce((sum, { arrived_at: arrivedAt }) => sum + arrivedAt.length, 0);
}

if (contestants.recursion)
  for (const [n, { started_at: startedAt, completed_at: completedAt }] of both(recursion).entries()) {
    assert.deepEqual(both(simulate)[n].started_at, startedAt);
    assert.deepEqual(both(simulate)[n].completed_at, completedAt);
  }
// the first half of the runs is there until all is compiled
for (let run = 0; run < 2 * RUNS; run++)
  for (const [name, serve] of Object.entries(contestants)) times[name].push(timed(serve));
const median = (found) => found.slice(RUNS).sort((a, b) => a - b)[RUNS / 2];
const medians = Object.entries(times).map(([name, found]) => [name, median(found)]);
console.log(JSON.stringify({ ...Object.fromEntries(medians), bytes: bytes() }));

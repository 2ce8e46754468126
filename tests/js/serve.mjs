// Answers each line of JSON on stdin with one on stdout: the tests' way to ask the page's own model.
import { createInterface } from "node:readline";
import { INSTANTS } from "checked";
import { STATUSES } from "clients";
import { compare, scenarioOf } from "comparison";
import { drawsOf, drawWorkload } from "draws";
import { summarise } from "figures";
import { RULES } from "guard";
import { simulateLab } from "lab";
import { LabReplay } from "labreplay";
import { labTrace } from "labtrace";
import { loadOf } from "load";
import { recordedRuns } from "main";
import { simulate } from "model";
import { mysteryOf } from "mystery";
import { opened } from "opened";
import { draw } from "pcg";
import { quantile } from "quantiles";
import { Refused } from "refused";
import { asToml } from "saved";
import { nextSeed, othersOf } from "seeds";
import { trace } from "trace";
import { mark } from "trial";
import { OUTCOMES } from "turns";
import { visitRows } from "visitrows";
import { KINDS } from "ways";
import { feed, seconds, share } from "words";
import { luckOf } from "./luck.mjs";

const plain = (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value); // NaN becomes null

function workloadOf({ arrived_at, is_report, external_time, web_time, ...rest }) {
  const column = (list) => Float64Array.from(list);
  return {
    ...rest,
    arrived_at: column(arrived_at),
    is_report: Uint8Array.from(is_report),
    external_time: column(external_time),
    web_time: column(web_time),
  };
}

const told = ({ at, request_id, event, place }) =>
  Array.from(at, (instant, k) => [instant, request_id[k], event[k], place[k]]);

const happened = (at) => (at >= 0 ? at : null);

/** Requests and runs as tests/lab_cases.py tells them, row by row. */
function rowsOf(records, queues) {
  const { at_threads: atThreads, at_workers: runs, lab } = records;
  const instants = ["arrived_at", "started_at", "enqueued_at", "responded_at", "finished_at", "skipped_at"];
  const later = ["picked_up_at", "completed_at", "died_at", "seen_at"];
  const requests = Array.from(lab.visit_id, (visit, id) => [
    ...[visit, lab.attempt[id], KINDS[lab.kind[id]], STATUSES[lab.status[id]] ?? null],
    happened(atThreads.slot[id]),
    ...[...instants, ...later].map((name) => happened((lab[name] ?? records[name])[id])),
  ]);
  const of = (row) => [
    ...[runs.taken_at[row], runs.request_id[row], runs.number[row], queues[lab.run_queue[row]], runs.slot[row]],
    ...[OUTCOMES[runs.outcome[row]], lab.run_enqueued_at[row], runs.left_at[row]],
  ];
  return [requests, Array.from(runs.number, (_, row) => of(row))];
}

/** Records with the columns that are derived from their turns. */
function spelled(records) {
  return { ...records, ...Object.fromEntries(INSTANTS.map((name) => [name, records[name]])) };
}

const answers = {
  lab({ cycle, cases }) {
    return cases.map(({ workload, scenario, luck, queues }) =>
      rowsOf(simulateLab(workloadOf(workload), cycle, scenario, luckOf(luck)), queues),
    );
  },
  simulate({ workload, cycle, scenario }) {
    const requests = workloadOf(workload);
    const records = simulate(requests, cycle, scenario);
    return {
      records: spelled(records),
      summary: summarise(records, requests, scenario.warmup),
      trace: told(trace(records, requests, cycle)),
    };
  },
  explore({ data, preset, knobs, seed }) {
    const chosen = data.presets[preset];
    const scenario = scenarioOf(chosen, knobs);
    const workload = drawWorkload(drawsOf(chosen, seed ?? chosen.seed), scenario);
    const summaries = Object.entries(compare(workload, scenario, data.cycles)).map(([name, { summary }]) => [
      name,
      summary,
    ]);
    return { workload, summaries: Object.fromEntries(summaries) };
  },
  rules() {
    return RULES;
  },
  opened({ texts, fields, presets }) {
    return texts.map((text) => {
      try {
        return opened(text, fields, "a.toml", presets);
      } catch (error) {
        if (error instanceof Refused) return error.message;
        throw error;
      }
    });
  },
  saved({ preset, knobs, seed, fields }) {
    return asToml(preset, knobs, seed, fields);
  },
  mark({ data, preset, knobs, run }) {
    return mark(data.presets[preset], knobs, run, data.cycles);
  },
  mystery({ data, day }) {
    return mysteryOf(day, data.presets, data.mystery);
  },
  draws({ seed, stream, k, count }) {
    const whole = draw(seed, stream, k).fill(new Float64Array(count));
    const one = draw(seed, stream, k);
    return { whole, one: Float64Array.from(whole, () => one.next()) };
  },
  quantiles({ distribution, units }) {
    return Float64Array.from(units, quantile(distribution));
  },
  seeds({ own, seed }) {
    return { others: othersOf(own, seed), next: nextSeed(own, seed) };
  },
  replayed({ data, preset, cycle, instants }) {
    const chosen = data.presets[preset];
    const scenario = scenarioOf(chosen, chosen.knobs);
    const workload = drawWorkload(drawsOf(chosen, chosen.seed), scenario);
    const replay = new LabReplay(compare(workload, scenario, data.cycles)[cycle].records, workload, data.cycles[cycle]);
    return instants.map((t) => ({ ...replay.countsAt(t), stopped: replay.stoppedAt(t) !== null }));
  },
  load({ data, preset, cycle, until }) {
    const chosen = data.presets[preset];
    const scenario = scenarioOf(chosen, chosen.knobs);
    const workload = drawWorkload(drawsOf(chosen, chosen.seed), scenario);
    return loadOf(compare(workload, scenario, data.cycles)[cycle].records, until);
  },
  table({ data, preset, knobs }) {
    feed(data.words);
    const chosen = data.presets[preset];
    const scenario = scenarioOf(chosen, knobs);
    const runs = compare(drawWorkload(drawsOf(chosen, chosen.seed), scenario), scenario, data.cycles);
    return visitRows([runs.sync, runs.async, runs.sync_same_slots]);
  },
  trace({ data, preset, knobs, cycle }) {
    const chosen = data.presets[preset];
    const scenario = scenarioOf(chosen, knobs);
    const workload = drawWorkload(drawsOf(chosen, chosen.seed), scenario);
    const { records } = compare(workload, scenario, data.cycles)[cycle];
    return told(labTrace(records, workload, data.cycles[cycle]));
  },
  records({ data, preset, cycle }) {
    const chosen = data.presets[preset];
    const scenario = scenarioOf(chosen, chosen.knobs);
    const workload = drawWorkload(drawsOf(chosen, chosen.seed), scenario);
    return spelled(compare(workload, scenario, data.cycles)[cycle].records);
  },
  say({ words, durations, fractions }) {
    feed(words);
    return { durations: durations.map((value) => seconds(value)), fractions: fractions.map(share) };
  },
  recorded({ data }) {
    const { runs, workload } = recordedRuns(data);
    const traces = Object.entries(runs).map(([name, { records }]) => [
      name,
      told(trace(records, workload, data.cycles[records.cycle])),
    ]);
    const shown = Object.entries(runs).map(([name, run]) => [name, { ...run, records: spelled(run.records) }]);
    return { runs: Object.fromEntries(shown), traces: Object.fromEntries(traces) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...question } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(answers[ask](question), plain)}\n`);
}

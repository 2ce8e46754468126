// The board: what the real programs do, in the player's own drawing, beside what the model says of the same arrivals.
// What runs has no end yet: Infinity, so that rule R3 alone tells its fate as time passes.
import { control, element, say } from "dom";
import { toGrid } from "grid";
import { histogram, listed } from "guesses";
import { simulate } from "model";
import { Records } from "records";
import { Replay } from "replay";
import { Side } from "side";
import { paletteOf } from "tokens";
import { ANSWERED, COMPLETED, LATE, SKIPPED, turnsOf } from "turns";
import { cycleName, feed } from "words";

const root = /** @type {HTMLElement} */ (document.getElementById("sim"));
const lab = JSON.parse(root.dataset.lab ?? "{}");
const token = location.hash.slice(1);
const nobody = { threads: 1, workers: 1, timeout: 30, on_timeout: "finish_started" };
const { server = nobody, cycles = {}, hop_times: hopTimes = {}, external = 0, scale = 1, workload = null } = lab;
const LONGEST = 4000; // rows drawn
feed(lab.words);

/** @type {Map<string, any>} */
const rows = new Map();
/** @type {any} */
let state = { mode: "sync", timeout: server.timeout };
let [offset, began, dirty] = [/** @type {number | null} */ (null), /** @type {number | null} */ (null), true];
let [heard, drawnTo] = [0, 0]; // events
const WRITES = {
  arrived: "arrived",
  started: "started",
  finished: "finished",
  enqueued: "enqueued",
  picked_up: "picked",
  completed: "completed",
  timed_out: "late",
  left: "left",
};

function take(event) {
  const { event: word, request_id: id } = event;
  if (word === "state") state = event;
  else if (word === "round") {
    rows.clear();
    began = null;
  } else if (word === "began") began = event.zero;
  else if (WRITES[word] && id !== "warm") {
    if (!rows.has(id)) rows.set(id, { id }); // each program has a pipe of its own: the server may be heard first
    const row = rows.get(id);
    row[WRITES[word]] = event.at;
    if (word === "arrived") row.kind = event.kind;
    if (word === "started") row.thread = event.place;
    if (word === "picked_up") row.worker = event.place;
  }
}

// --- what is shown around the drawing ---
const press = async (what) => {
  const answer = await fetch(`/board/do/${what}`, { method: "POST", headers: { "x-lab": "1", "x-teacher": token } });
  say(told, answer.ok ? "" : `${what}: ${answer.status === 403 ? "only from the teacher's own address" : "not now"}`);
};
const button = (what, words) => {
  const made = control("button", { type: "button" }, words);
  made.addEventListener("click", () => press(what));
  return made;
};
const heading = element("h1", {}, lab.asks ? "Guess first" : "On real programs");
const status = element("p", { role: "status" });
const told = element("p", { role: "alert" });
const modes = { sync: button("sync", cycleName("sync")), async: button("async", cycleName("async")) };
const lesson = element("div", { class: "lab-buttons", hidden: "" });
const mishaps = element(
  "div",
  { class: "lab-buttons" },
  button("kill", "✕ Kill the worker (−9)"),
  button("deploy", "↻ Deploy it (TERM)"),
  button("down", "Service down"),
  button("up", "Service up"),
);
const start = button("play", "▶ Start");
const why = control("button", { type: "button", "aria-pressed": "false" }, "Reasons");
/** @type {HTMLElement | null} the reasons that were given, while they are shown */
let reasons = null;
why.addEventListener("click", async () => {
  const answer = reasons ? null : await fetch("/board/reasons", { headers: { "x-teacher": token } });
  say(told, answer && !answer.ok ? "reasons: first show the guesses" : "");
  reasons = answer?.ok ? listed(await answer.json()) : null;
  [shownJoin, dirty] = ["", true];
});
if (lab.link) {
  const wait = control("input", { type: "number", min: "1", max: "60", "aria-label": "timeout, s" });
  wait.value = String(server.timeout);
  wait.addEventListener("change", () => press(`timeout/${wait.value}`));
  lesson.append(
    button("uncover", "Show the guesses"),
    why,
    start,
    button("round", "Next question"),
    modes.sync,
    modes.async,
  );
  lesson.append(element("label", {}, "timeout ", wait, " s"));
} else lesson.append(start);
lesson.hidden = !token;
mishaps.hidden = !token || Boolean(lab.asks);
if (lab.asks) lesson.replaceChildren(button("uncover", "Show the guesses"), why);
root.classList.add("sim");
root.append(element("header", { class: "lab-top" }, heading, status, lesson, mishaps, told));
const join = element("section", { class: "lab-join", hidden: "" });
const sides = element("div", { class: "lab-sides" });
root.append(join, sides);

let shownJoin = "";
function showClass() {
  const lessonNow = state.class;
  join.hidden = !lessonNow || lessonNow.phase === "play";
  sides.hidden = !join.hidden;
  if (!lessonNow) return;
  const key = JSON.stringify(lessonNow);
  if (key === shownJoin) return;
  shownJoin = key;
  if (!lessonNow.histogram) reasons = null; // another question
  why.setAttribute("aria-pressed", String(reasons !== null));
  const image = element("img", { src: "/board/qr.svg", alt: `QR code: ${lab.link}` });
  const said = element(
    "div",
    {},
    element("p", { class: "lab-address" }, lab.link.replace("http://", "")),
    element("p", { class: "lab-question" }, lessonNow.question),
    element("p", { class: "lab-question" }, `${lessonNow.guesses} ${lessonNow.guesses === 1 ? "guess" : "guesses"}`),
  );
  if (lessonNow.histogram) said.append(...histogram(lessonNow));
  join.replaceChildren(reasons ?? image, said);
}

// --- the two drawings ---
/** @type {"sync" | "async"} */
let mode = "sync";
/** @type {Record<string, Side>} */
let drawn = {};
/** @type {Record<string, Replay>} */
let replays = {};

function newSides() {
  mode = state.mode;
  replays = {};
  drawn = { simulated: new Side(mode, () => {}), measured: new Side(mode, () => {}) };
  for (const side of Object.values(drawn)) side.whole.hidden = true;
  sides.replaceChildren(
    ...Object.values(drawn).map((side) => side.panel),
    ...Object.values(drawn).map((side) => side.chart),
  );
}

const isLate = (row) => row.late !== undefined;
const since = (at, missing) => (at === undefined ? missing : toGrid(Math.max(0, (at - Number(began)) * scale)));

/** What became of a request at the threads so far. */
function fateOf(row, cameAt, leftAt) {
  if (isLate(row) && row.started === undefined) return SKIPPED;
  if (leftAt === Infinity) return -1;
  return leftAt - cameAt < state.timeout ? ANSWERED : LATE;
}

/** The turns of the last rows at the threads so far, in simulated seconds since the beginning. */
function atThreads(live) {
  const turns = turnsOf(
    server.threads,
    Float64Array.from(live, (row) => since(row.arrived, 0)),
  );
  live.forEach((row, id) => {
    const gone = isLate(row) && row.started === undefined ? since(row.late, 0) : Infinity;
    turns.taken_at[id] = since(row.started, gone);
    turns.left_at[id] = since(row.finished, gone);
    turns.slot[id] = row.thread ?? -1;
    turns.outcome[id] = fateOf(row, turns.came_at[id], turns.left_at[id]);
  });
  return turns;
}

/** The turns of their jobs at the workers. */
function atWorkers(live) {
  const ids = live.flatMap((row, id) => (row.enqueued === undefined ? [] : [id]));
  const cameAt = Float64Array.from(ids, (id) => since(live[id].enqueued, 0));
  const turns = turnsOf(mode === "async" ? server.workers : 0, cameAt);
  ids.forEach((id, job) => {
    turns.request_id[job] = id;
    turns.taken_at[job] = since(live[id].picked, Infinity);
    turns.left_at[job] = since(live[id].completed, Infinity);
    turns.slot[job] = live[id].worker ?? -1;
    turns.outcome[job] = turns.left_at[job] < Infinity ? COMPLETED : -1;
  });
  return turns;
}

function measured(live) {
  return new Records({
    ...{ cycle: mode, timeout: state.timeout, on_timeout: server.on_timeout, ended_at: null },
    is_report: Uint8Array.from(live, (row) => (row.kind === "report" ? 1 : 0)),
    at_threads: atThreads(live),
    at_workers: atWorkers(live),
  });
}

function build() {
  dirty = false;
  drawnTo = heard;
  if (lab.asks) return;
  if (mode !== state.mode) newSides();
  const arrived = [...rows.values()].filter((row) => row.arrived !== undefined).sort((a, b) => a.arrived - b.arrived);
  const live = arrived.slice(-LONGEST);
  began ??= live[0]?.arrived ?? null;
  if (began === null) return;
  const records = measured(live);
  const planned = workload
    ? { arrived_at: Float64Array.from(workload.arrived_at), is_report: Uint8Array.from(workload.is_report) }
    : { arrived_at: records.arrived_at, is_report: records.is_report };
  const calls = workload
    ? Float64Array.from(workload.external_time)
    : Float64Array.from(planned.is_report, (isReport) => isReport * external);
  const web = workload ? Float64Array.from(workload.web_time) : null;
  const asked = { ...planned, external_time: calls, web_time: web, hop_times: hopTimes, ends_at: 0, from_file: false };
  const real = { ...asked, arrived_at: records.arrived_at, is_report: records.is_report };
  replays = {
    simulated: new Replay(simulate(asked, cycles[mode], { ...server, timeout: state.timeout }), asked, cycles[mode]),
    measured: new Replay(records, real, cycles[mode]),
  };
}

/** Take in what was heard; a tenth of the time may go into it. */
function renew() {
  const from = performance.now();
  build();
  showClass();
  say(status, spelled());
  for (const [name, made] of Object.entries(modes)) made.setAttribute("aria-pressed", String(name === state.mode));
  nextBuild = from + 10 * (performance.now() - from);
}

const [WORDS_EVERY, ALL_EVERY] = [15, 300]; // frames
let frame = 0;
let [nextBuild, colours] = [0, /** @type {any} */ (null)];
function draw(ms) {
  requestAnimationFrame(draw);
  frame++;
  if (dirty && ms >= nextBuild) renew();
  if (began === null || offset === null || sides.hidden || !replays.measured) return;
  colours ??= paletteOf(root);
  const t = Math.max(0, (ms / 1000 - offset - began) * scale);
  const until = Math.max(workload ? workload.ends_at : 0, 60 * Math.ceil((t + 1) / 60)); // a new axis is a new picture
  const view = {
    ...{ speed: scale, colours, still: false, until, warmup: 0, preview: false, coarse: false, followed: -1 },
    ...{ behind: null, grows: frame % ALL_EVERY > 0 }, // what was heard in another order gets its place now and then
  };
  for (const [name, side] of Object.entries(drawn)) side.draw(replays[name], t, until, view);
  if (frame % WORDS_EVERY) return;
  for (const [name, side] of Object.entries(drawn)) {
    side.count(replays[name], t, view);
    say(side.title, `${cycleName(mode)}, ${name === "measured" ? "on real programs" : "simulated"}`);
  }
}

function spelled() {
  if (lab.asks) return "";
  const many = rows.size;
  const away = state.away ? ` · the worker is away` : "";
  const down = state.down ? ` · the service is down` : "";
  const waits = `${cycleName(state.mode) ?? ""} · the router waits ${state.timeout} s`;
  return `${waits} · ${many} requests${away}${down} ${state.told ?? ""}`;
}

const source = new EventSource("/board/events");
source.onmessage = ({ data }) => {
  const { now, events, rows: all, state: latest } = JSON.parse(data);
  const off = performance.now() / 1000 - now;
  offset = offset === null ? off : Math.min(offset, off);
  if (all) {
    rows.clear();
    for (const row of all) rows.set(row.id, row);
    if (latest.event) state = latest;
    began = latest.zero ?? null;
  }
  for (const event of events ?? []) take(event);
  heard += events?.length ?? 0;
  dirty = true;
};
requestAnimationFrame(draw);
newSides();
/** @type {any} */ (window).lab = {
  get seen() {
    return { rows: rows.size, mode: state.mode, phase: state.class?.phase, counts: replays.measured?.countsAt(1e9) };
  },
  /** How many of the events that were heard are in the drawing. */
  get drawnTo() {
    return drawnTo;
  },
};

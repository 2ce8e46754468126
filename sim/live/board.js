// The board: what the real programs do, in the player's own drawing, beside what the model says of the same arrivals.
import { chancesOf } from "chances";
import { control, element, say } from "dom";
import { goesWrong as asksForMore } from "guard";
import { histogram, listed } from "guesses";
import { LabReplay } from "labreplay";
import { goesWrong, recordsOf } from "measured";
import { simulate } from "model";
import { Replay } from "replay";
import { Side } from "side";
import { paletteOf } from "tokens";
import { cycleName, feed } from "words";

const root = /** @type {HTMLElement} */ (document.getElementById("sim"));
const lab = JSON.parse(root.dataset.lab ?? "{}");
const token = location.hash.slice(1);
const nobody = { threads: 1, workers: 1, timeout: 30, on_timeout: "finish_started" };
const { server = nobody, cycles = {}, hop_times: hopTimes = {}, external = 0, scale = 1, workload = null } = lab;
const { rules = {}, seed = "0", slots = server.workers } = lab; // rules: of the scenario; a class has none
const queues = (rules.queues ?? []).map(({ name }) => name);
const LONGEST = 4000; // rows drawn
const SAID = { simulated: "simulated", measured: "on real programs" };
feed(lab.words);

/** @type {Map<string, any>} */
const rows = new Map();
/** @type {any} */
let state = { mode: "sync", timeout: server.timeout };
let [offset, began, dirty] = [/** @type {number | null} */ (null), /** @type {number | null} */ (null), true];
let [heard, drawnTo] = [0, 0]; // events
function take(event) {
  const word = event.event;
  if (word === "state") state = event;
  else if (word === "round") {
    rows.clear();
    began = null;
  } else if (word === "began") began = event.zero;
  for (const [name, change] of Object.entries(event.rows ?? {})) write(name, change);
}

/** Write a change into a request's row; null: not so any more. */
function write(id, change) {
  if (!rows.has(id)) rows.set(id, { id });
  const row = rows.get(id);
  for (const [column, value] of Object.entries(change))
    if (value === null) delete row[column];
    else row[column] = value;
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
  for (const [name, side] of Object.entries(drawn)) {
    side.whole.hidden = true;
    for (const half of [side.panel, side.chart]) half.ariaLabel = `${half.ariaLabel}, ${SAID[name]}`;
  }
  sides.replaceChildren(
    ...Object.values(drawn).map((side) => side.panel),
    ...Object.values(drawn).map((side) => side.chart),
  );
}

/** What is asked for, whole, where that is planned. */
const planned = workload && {
  arrived_at: Float64Array.from(workload.arrived_at),
  is_report: Uint8Array.from(workload.is_report),
  external_time: Float64Array.from(workload.external_time),
  web_time: Float64Array.from(workload.web_time),
  queue: Int32Array.from(workload.queue),
  ...{ hop_times: hopTimes, ends_at: 0, from_file: false },
};

/** What a class has asked for so far. */
const askedSoFar = ({ arrived_at, is_report }) => ({
  ...{ arrived_at, is_report, web_time: null, queue: null, hop_times: hopTimes, ends_at: 0, from_file: false },
  external_time: Float64Array.from(is_report, (isReport) => isReport * external),
});

const indexed = (records, asked) => new (records.lab ? LabReplay : Replay)(records, asked, cycles[mode]);

/** What the model says of the requests, by the scenario's rules; where they are planned it is said once. */
function simulated(asked) {
  const kept = replays.simulated;
  if (planned && kept?.records.cycle === mode && kept.records.timeout === state.timeout) return kept;
  const scenario = { ...rules, ...server, timeout: state.timeout };
  return indexed(simulate(asked, cycles[mode], scenario, chancesOf(seed)), asked);
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
  const visits = live.map(({ id }, row) => (planned ? Number.parseInt(id, 10) : row));
  const isLab = asksForMore(rules) || goesWrong(live);
  const now = { mode, slots, timeout: state.timeout, began, scale, visits, isLab };
  const records = recordsOf(live, { ...server, ...now });
  const asked = planned ?? askedSoFar(records);
  replays = { simulated: simulated(asked), measured: indexed(records, isLab ? asked : byRow(asked, visits)) };
}

/** The workload with a row for each request that was heard. */
const byRow = ({ external_time: calls, web_time: web, ...asked }, visits) => ({
  ...asked,
  external_time: Float64Array.from(visits, (visit) => calls[visit]),
  web_time: web && Float64Array.from(visits, (visit) => web[visit]),
});

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
    charts: true,
    ...{ behind: null, grows: frame % ALL_EVERY > 0 }, // what was heard in another order gets its place now and then
  };
  for (const [name, side] of Object.entries(drawn)) side.draw(replays[name], t, until, view);
  if (frame % WORDS_EVERY) return;
  for (const [name, side] of Object.entries(drawn)) {
    side.count(replays[name], t, view);
    say(side.title, `${cycleName(mode)}, ${SAID[name]}`);
  }
}

/** How many jobs wait in each queue, where there are several. */
function waiting() {
  if (queues.length < 2 || state.mode !== "async") return "";
  const counts = queues.map(() => 0);
  for (const { id, enqueued, picked } of rows.values())
    if (enqueued !== undefined && picked === undefined) counts[workload.queue[Number.parseInt(id, 10)]]++;
  return ` · waiting: ${queues.map((name, n) => `${name} ${counts[n]}`).join(", ")}`;
}

function spelled() {
  if (lab.asks) return "";
  const many = rows.size;
  const away = state.away ? ` · the worker is away` : "";
  const down = state.down ? ` · the service is down` : "";
  const waits = `${cycleName(state.mode) ?? ""} · the router waits ${state.timeout} s`;
  return `${waits} · ${many} requests${waiting()}${away}${down} ${state.told ?? ""}`;
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
    const [counts, simulated] = [replays.measured, replays.simulated].map((replay) => replay?.countsAt(1e9));
    return { rows: rows.size, mode: state.mode, phase: state.class?.phase, counts, simulated };
  },
  /** How many of the events that were heard are in the drawing. */
  get drawnTo() {
    return drawnTo;
  },
};

// What a link to the explorer says: scenario, knobs, surges, seed, clock, cycle, whether how it goes is covered.
import { readFragment, toFragment } from "fragment";
import { toGrid } from "grid";
import { allowed, boundsOf, changedKnobs, KNOWN } from "knobs";
import { dayOf, isDay, mysteryOf } from "mystery";
import { opened } from "opened";
import { Refused, shown } from "refused";
import { asToml } from "saved";
import { readSurges, surgesAsText } from "surge";

const LATEST = 1e7; // s
const LONGEST = 20_000; // characters of a scenario in a link
const MOVED = { min: 0, max: 1, whole: true };
const OWN = {
  call: MOVED,
  lookup: MOVED,
  covered: MOVED,
  clock: { min: 0, max: LATEST },
  day: { min: 20_000_101, max: 99_991_231, whole: true },
};
// the runs that either side can show, beside the first one's call and lookup, which have fields of their own
const FIRST = ["sync_same_slots", "async"]; // ASYNC: the second side stands in front
const SECOND = ["sync", "async_pages", "async_all"];

const only = (state, name) => (name in state ? { [name]: state[name] } : {});

/**
 * What a fragment says, each part only as far as it is allowed: {name, changes (of knobs), seed ("" for the scenario's
 * own), moves ({call, lookup} on the first side), cycle, beside, clock (s), covered, refused (what of
 * it was not allowed, in words)}. The mystery server of its day is put among the presets, and a scenario that the link
 * brings as "own".
 */
export function readAddress(hash, { presets, mystery, fields }) {
  const text = new URLSearchParams(hash.replace(/^#/, ""));
  const refused = text.has("toml") && fields ? bring(text.get("toml") ?? "", presets, fields) : "";
  const all = readFragment(hash, [...Object.keys(presets), "mystery"], OWN);
  if (!isDay(all.day)) delete all.day;
  if (mystery) presets.mystery = mysteryOf(all.day ?? dayOf(new Date()), presets, mystery);
  const name = chosen(text, all, presets, refused);
  const preset = presets[name];
  const { preset: _, seed, ...knobs } = readFragment(hash, [], boundsOf(preset));
  const surges = readSurges(text.get("surges") ?? "", preset.fixed.duration);
  const changes = { ...changedKnobs(preset, knobs), ...(surges.length ? { surges } : {}) };
  return {
    name,
    changes: allowed(preset, changes),
    seed: preset.draws || preset.mystery || !seed ? "" : seed,
    moves: { ...preset.challenge?.begins, ...only(all, "call"), ...only(all, "lookup") },
    cycle: FIRST.find((cycle) => cycle === text.get("cycle")) ?? "sync",
    beside: SECOND.find((cycle) => cycle === text.get("beside")),
    clock: toGrid(all.clock ?? 0),
    covered: all.covered === 1,
    refused: refused || leftOut(text, { ...all, ...knobs, ...(surges.length ? { surges } : {}) }),
  };
}

/** Put the scenario of a link among the presets; says what is wrong with it. */
function bring(toml, presets, fields) {
  try {
    if (toml.length > LONGEST) return `The scenario of this link is longer than ${LONGEST} characters: left out.`;
    presets.own = opened(toml, fields, "A scenario from a link", presets);
    return "";
  } catch (error) {
    if (error instanceof Refused) return `The scenario of this link: ${error.message}. It is left out.`;
    throw error;
  }
}

function chosen(text, { preset }, presets, refused) {
  if (text.has("toml") && presets.own && !refused) return "own";
  return preset && preset in presets ? preset : Object.keys(presets)[0];
}

/** What of a link was not allowed, in words. */
function leftOut(text, taken) {
  const known = [...Object.keys(KNOWN), ...Object.keys(OWN), "preset", "seed", "surges"];
  const wrong = [...text.entries()].find(([name]) => known.includes(name) && !(name in taken));
  return wrong
    ? `The link says ${wrong[0]} = ${shown(wrong[1].slice(0, 60))}, which is not allowed here: left out.`
    : "";
}

/**
 * The fragment that says it, "" where a scenario of one's own is too long for one: `sides` are those of the player,
 * `front` the number of that which stands in front.
 */
export function addressOf(preset, { name, knobs, seed, sides: [first, second], front, clock, covered, fields }) {
  const turned = changedKnobs(preset, knobs);
  const surges = knobs.surges?.length ? { surges: surgesAsText(knobs.surges) } : {};
  const begins = preset.challenge?.begins ?? {};
  const has = { call: first.later.report, lookup: first.later.page };
  const moves = Object.entries(has).filter(([what, moved]) => moved !== Boolean(begins[what]));
  const toml = name === "own" ? asToml(preset, preset.knobs, preset.seed, fields, true) : "";
  if (toml.length > LONGEST) return "";
  return toFragment({
    ...(toml ? { toml } : { preset: name }),
    ...turned,
    ...surges,
    ...(seed === preset.seed ? {} : { seed }),
    ...Object.fromEntries(moves.map(([what, moved]) => [what, Number(moved)])),
    ...(preset.mystery ? { day: preset.seed } : {}),
    ...(front ? { cycle: "async" } : first.run === "sync_same_slots" ? { cycle: first.run } : {}),
    ...(SECOND.includes(second.run) ? { beside: second.run } : {}),
    ...(clock ? { clock: Number(toGrid(clock).toFixed(7)) } : {}),
    ...(covered ? { covered: 1 } : {}),
  });
}

/**
 * Let the sides of a player show the runs that a link says, in the arrangement that it says.
 * @param {import("player").Player} player
 * @param {{cycle?: string, beside?: string, moves?: {call?: number, lookup?: number}}} said
 */
export function arrange(player, { cycle, beside, moves = {} }) {
  const [first, second] = player.sides;
  if (cycle) player.front = Number(cycle === "async");
  first.turnTo(cycle === "sync_same_slots" ? cycle : "sync");
  if (moves.call || moves.lookup) first.later = { report: Boolean(moves.call), page: Boolean(moves.lookup) };
  second.turnTo(beside ?? "async");
}

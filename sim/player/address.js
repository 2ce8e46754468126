// What a link to the explorer says: which scenario, what is turned in it, whose luck it has, what was moved.
import { readFragment, toFragment } from "fragment";
import { allowed, boundsOf, changedKnobs } from "knobs";
import { dayOf, mysteryOf } from "mystery";

const DAYS = { day: { min: 20_000_101, max: 99_991_231, whole: true } };

/** What a link asks for: {name, changes, seed, moves}. The mystery of its day, or today's, joins the presets. */
export function readLink(hash, { presets, mystery }) {
  const day = readFragment(hash, [], DAYS).day ?? dayOf(new Date());
  if (mystery) presets.mystery = mysteryOf(day, presets, mystery);
  const names = Object.keys(presets);
  const name = readFragment(hash, names, {}).preset ?? names[0];
  const preset = presets[name];
  const { preset: _, seed, call, lookup, ...state } = readFragment(hash, [], boundsOf(preset));
  const moves = call === undefined && lookup === undefined ? undefined : { call, lookup };
  const own = preset.draws || preset.mystery || !seed ? "" : seed;
  return { name, changes: allowed(preset, changedKnobs(preset, state)), seed: own, moves };
}

/** The link to what is shown; `later` says what was moved to a worker. */
export function linkTo({ name, preset, knobs, seed }, later) {
  const own = seed === preset.seed ? {} : { seed };
  const moves = { ...(later.report ? { call: 1 } : {}), ...(later.page ? { lookup: 1 } : {}) };
  const day = preset.mystery ? { day: preset.seed } : {};
  return toFragment({ preset: name, ...changedKnobs(preset, knobs), ...own, ...moves, ...day });
}

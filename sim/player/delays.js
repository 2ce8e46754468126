// How long before retry k = 1, 2, ...: seconds from a delay as a scenario writes it and the retry's own unit draw.
import { TICKS_PER_SECOND, toGrid } from "grid";

const LEAST = 1 / TICKS_PER_SECOND;

const KINDS = {
  constant: ({ seconds, jitter }, _, draw) => seconds * (1 - jitter * draw),
  exponential: ({ first, factor, most, jitter }, retry, draw) =>
    Math.min(most, first ? first * factor ** (retry - 1) : 0) * (1 - jitter * draw),
  sidekiq: (_, retry, draw) => (retry - 1) ** 4 + 15 + Math.floor(10 * retry * draw),
};

/** Seconds before retry number `retry`, not yet on the grid. */
export const secondsBefore = (delay, retry, draw) => KINDS[delay.kind](delay, retry, draw);

/** Seconds on the grid before retry number `retry`, at least one tick. */
export const delayBefore = (delay, retry, draw) => Math.max(LEAST, toGrid(secondsBefore(delay, retry, draw)));

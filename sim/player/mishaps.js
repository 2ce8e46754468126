// The luck of what goes wrong.

/** The streams of its unit draws; `draw(stream, k, n)` is the seam. */
export const STREAMS = { clientRetry: 3, jobRetry: 4, failure: 5, queue: 6, look: 7, handOut: 8 };

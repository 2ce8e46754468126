// What can end while more goes wrong; at one instant runs end first, so that a poll is told of them.
export const [RAN, CUT, WAITED, COMPUTED] = [0, 1, 2, 3];

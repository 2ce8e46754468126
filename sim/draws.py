"""The luck of what goes wrong: unit draws by stream, the same in both cycles and at every point of a sweep.

For the jitter of client retry k, of job retry k, and for a visit's k-th call there is a stream for each k, of which
visit n takes the n-th draw; the looks of the poller and the hand-outs by weight take theirs in order.
"""

from array import array
from collections.abc import Iterator

import numpy as np

CLIENT_RETRIES, JOB_RETRIES, FAILURES = range(3, 6)  # `workload` has the streams before, and 6
LOOKS, HAND_OUTS = range(7, 9)
AT_ONCE = 256


class Luck:
    """The unit draws of one seed for so many visits, made when they are first asked for."""

    def __init__(self, seed: int, visits: int) -> None:
        self.seed, self.visits = seed, visits
        self._columns: dict[tuple[int, int], array[float]] = {}

    def client(self, retry: int, visit: int) -> float:
        """For the jitter of a client's retry number `retry`, from 1."""
        return self._of_visit(CLIENT_RETRIES, retry, visit)

    def job(self, retry: int, visit: int) -> float:
        """For the jitter of a job's retry number `retry`, from 1."""
        return self._of_visit(JOB_RETRIES, retry, visit)

    def failure(self, call: int, visit: int) -> float:
        """For whether a visit's call number `call`, from 1, fails."""
        return self._of_visit(FAILURES, call, visit)

    def looks(self) -> Iterator[float]:
        """For the poller's looks, one after the other."""
        return self._in_order(LOOKS)

    def hand_outs(self) -> Iterator[float]:
        """For the hand-outs by weight, one after the other."""
        return self._in_order(HAND_OUTS)

    def _of_visit(self, stream: int, number: int, visit: int) -> float:
        key = (stream, number)
        if key not in self._columns:
            self._columns[key] = array("d", self._generator(*key).random(self.visits).tobytes())
        return self._columns[key][visit]

    def _in_order(self, stream: int) -> Iterator[float]:
        generator = self._generator(stream)
        while True:
            yield from generator.random(AT_ONCE).tolist()

    def _generator(self, *key: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=key)))

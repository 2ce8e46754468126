"""A run under way, on whichever SimPy engine: it can be advanced, looked into, finished and closed."""

import math
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

import simpy
from simpy.rt import RealtimeEnvironment

from .broker import Job, Keys, tell
from .records import Records

if TYPE_CHECKING:
    from redis import Redis

RENEW_EVERY = 60.0  # wall seconds between two renewals of the keys' expiry in a paced run


class Session:
    """The clock of a run and its queue in Redis (None: it has none); a context manager whose end removes the keys.

    `pace` is simulated seconds per wall second (None: as fast as it goes). `client` is closed with the run.
    """

    def __init__(self, *, pace: float | None = None, client: "Redis | None" = None) -> None:
        self.pace, self.client_to_close = pace, client
        self.env = RealtimeEnvironment(factor=1 / pace, strict=False) if pace else simpy.Environment()
        self.queue: Keys | None = None

    def until(self, instant: float) -> None:
        """Let everything happen that happens before `instant`, in simulated seconds."""
        if self.pace:
            self._paced(instant)
        elif instant == math.inf:
            self.env.run()
        elif instant > self.env.now:
            self.env.run(until=instant)

    def _paced(self, instant: float) -> None:
        """Sleep in slices, so that the keys in Redis do not expire while nothing happens."""
        assert self.pace
        assert isinstance(self.env, RealtimeEnvironment)
        self.env.env_start = self.env.now  # the wall time since the last call, for thinking, does not count
        self.env.sync()
        renewed = time.monotonic()
        while self.env.now < instant and min(self.env.peek(), instant) < math.inf:
            slice_ends = min(self.env.now + RENEW_EVERY * self.pace, instant)
            if self.env.peek() >= slice_ends:
                self.env.run(until=slice_ends)
            else:
                self.env.step()
            if self.queue and time.monotonic() - renewed > RENEW_EVERY:
                self.queue.renew()
                renewed = time.monotonic()

    def waiting(self) -> list[Job]:
        """The jobs that wait in the queue now, the next one first."""
        return self.queue.waiting() if self.queue else []

    def finish(self) -> Records:
        """Run until everything in flight has ended; returns what happened to each request."""
        raise NotImplementedError

    def close(self) -> None:
        """Remove this run's keys from Redis, or raise BrokerError that says so; a second time does nothing."""
        self._close(None)

    def _close(self, error: BaseException | None) -> None:
        left = self.queue.close() if self.queue else None
        if self.client_to_close:
            self.client_to_close.close()
        tell(left, error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(error)

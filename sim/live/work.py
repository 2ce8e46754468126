"""What the web application and the worker are told on stdin: how long what takes, and whether the service is up."""

import threading
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ..path import INBOUND, LOOKUP, OUTBOUND
from .jobs import QUEUE

if TYPE_CHECKING:
    from ..scenario import Scenario
    from ..workload import Workload


POLL = "poll"


class Work(NamedTuple):
    """One request's work in simulated seconds; `call` is the slow one on the thread, `job` what is pushed (None)."""

    before: float
    call: float
    after: float
    job: float | None
    queue: str = QUEUE

    def line(self, key: str) -> str:
        """As it is written to stdin."""
        job = "-" if self.job is None else f"{self.job:.6f} {self.queue}"
        return f"work {key} {self.before:.6f} {self.call:.6f} {self.after:.6f} {job}"


class Told:
    """What was told so far: `work KEY before call after job queue`, `down SECONDS` ("-": as long as ever), `up`, `go`.

    `fails VISIT 1,4 SECONDS`: a visit's first and fourth call fail; `called VISIT 3`: three were made before.
    """

    def __init__(self) -> None:
        self.work: dict[str, Work] = {}
        self.fails: dict[str, frozenset[int]] = {}
        self.calls, self.lock = Counter[str](), threading.Lock()
        self.fails_after: float | None = None
        self.is_down, self.goes = False, threading.Event()

    def hear(self, line: str) -> None:
        """Take in a line."""
        word, *rest = line.split()
        if word == "work":
            before, call, after = map(float, rest[1:4])
            job = None if rest[4] == "-" else float(rest[4])
            self.work[rest[0]] = Work(before, call, after, job, *rest[5:])
        elif word == "down":
            self.fails_after = None if rest[0] == "-" else float(rest[0])
            self.is_down = True
        elif word == "fails":
            self.fails[rest[0]] = frozenset(map(int, rest[1].split(",")))
            self.fails_after = None if rest[2] == "-" else float(rest[2])
        elif word == "called":
            self.calls[rest[0]] = int(rest[1])
        elif word == "up":
            self.is_down = False
        elif word == "go":
            self.goes.set()

    def of(self, name: str, kind: str) -> Work | None:
        """The work of a request, or of its kind; a retry `7.2` asks for what `7` asked for, a poll `7.2p1` does not."""
        own = None if kind == POLL else self.work.get(visit_of(name))
        return own or self.work.get(kind)

    def call(self, name: str, seconds: float) -> tuple[float, bool]:
        """How long a request's or a job's call takes that begins now, s, and whether it succeeds."""
        visit = visit_of(name)
        with self.lock:
            self.calls[visit] += 1
            fails = self.is_down or self.calls[visit] in self.fails.get(visit, ())
        if not fails:
            return seconds, True
        return seconds if self.fails_after is None else self.fails_after, False


def visit_of(name: str) -> str:
    """Whose request it is: that of visit 7 is `7`, and its retries are `7.1`, `7.2`."""
    return name.partition(".")[0]


def asks_about(poll: str) -> str:
    """The request whose report a poll asks for: that of `7.2p1` is `7.2`."""
    return poll.partition("p")[0]


def called(names: Iterable[str]) -> list[str]:
    """What a program is told that begins when calls were made already, by these requests or jobs."""
    return [f"called {visit} {number}" for visit, number in Counter(map(visit_of, names)).items()]


def poll_work(scenario: "Scenario", workload: "Workload") -> Work:
    """What a poll takes: its way in, at whose end it sees whether the report is there, and the rest."""
    own = scenario.poll_time if workload.from_file else 0.0
    before, after = (sum(workload.hop_times[hop.name] for hop in hops) for hops in (INBOUND, (*LOOKUP, *OUTBOUND)))
    return Work(before + own, 0.0, after, None)

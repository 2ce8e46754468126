"""What the web application and the worker are told on stdin: how long what takes, and whether the service is up."""

import threading
from typing import NamedTuple


class Work(NamedTuple):
    """One request's work in simulated seconds; `call` is the slow one on the thread, `job` what is pushed (None)."""

    before: float
    call: float
    after: float
    job: float | None

    def line(self, key: str) -> str:
        """As it is written to stdin."""
        job = "-" if self.job is None else f"{self.job:.6f}"
        return f"work {key} {self.before:.6f} {self.call:.6f} {self.after:.6f} {job}"


class Told:
    """What was told so far: `work KEY before call after job`, `down SECONDS` ("-": as long as ever), `up`, `go`."""

    def __init__(self) -> None:
        self.work: dict[str, Work] = {}
        self.fails_after: float | None = None
        self.is_down, self.goes = False, threading.Event()

    def hear(self, line: str) -> None:
        """Take in a line."""
        word, *rest = line.split()
        if word == "work":
            before, call, after = map(float, rest[1:4])
            self.work[rest[0]] = Work(before, call, after, None if rest[4] == "-" else float(rest[4]))
        elif word == "down":
            self.fails_after = None if rest[0] == "-" else float(rest[0])
            self.is_down = True
        elif word == "up":
            self.is_down = False
        elif word == "go":
            self.goes.set()

    def of(self, name: str, kind: str) -> Work | None:
        """The work of a request, or of its kind; a retry `7.2` asks for what `7` asked for."""
        return self.work.get(name.partition(".")[0]) or self.work.get(kind)

    def call(self, seconds: float) -> tuple[float, bool]:
        """How long a call takes that begins now, s, and whether it succeeds."""
        if not self.is_down:
            return seconds, True
        return seconds if self.fails_after is None else self.fails_after, False

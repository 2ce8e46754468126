"""Challenges: a scenario, which knobs may be turned, what must hold with luck not seen before. Data; the page marks.

The page's model marks a try on the seeds `MARKED` of the scenario's block, which other luck does not come to by itself.
The run that is marked is that of the first drawing, where the slow call can be moved.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from ..presets import load
from ..scenario import Scenario

MARKED = (501, 502, 503, 504, 505)  # numbers of the scenario's seeds
# the mystery server: what its knobs say when all is well, and each way in which one of them is wrong
WELL: dict[str, float] = {"threads": 10, "workers": 6}
FAULTS: tuple[tuple[str, float, str, str], ...] = (
    ("threads", 3, "too few threads", "In SYNC all wait for a thread; the jobs of ASYNC come as they did."),
    ("workers", 3, "too few workers", "The jobs of ASYNC come later and later; SYNC has no workers and is as it was."),
    ("external_time", 2.25, "a slow service", "Every report takes longer on both sides, from the first one on."),
    (
        "timeout",
        8,
        "an impatient router",
        "Crosses on a low line: the router gives up early, before the service is done.",
    ),
    (
        "report_fraction",
        0.3,
        "too many reports",
        "As many marks as before, and three times as many are squares and diamonds.",
    ),
)


def mystery() -> dict[str, Any]:
    """What the page needs for the mystery server: the day chooses fault and seed."""
    faults = [dict(zip(("knob", "value", "says", "explains"), fault, strict=True)) for fault in FAULTS]
    return {"preset": "slides", "well": WELL, "faults": faults}


@dataclass(frozen=True)
class Challenge:
    """What is asked, of which scenario, and what is said about it.

    `goals` are [figure of the summary, the most that it may be]; `turns` the knobs that may be turned; `most_slots` how
    many threads and workers there may be together, None for any number; `best` the fewest that do, where that is asked.
    `solution` is one: the knobs, and where the call stands ("call": 1 for a worker); `begins` says where it stands at
    first.
    """

    name: str
    title: str
    task: str
    preset: str
    changes: tuple[str, ...]
    turns: tuple[str, ...]
    goals: tuple[tuple[str, float], ...]
    most_slots: int | None
    best: int | None
    hints: tuple[str, ...]
    explains: str
    solution: dict[str, int]
    begins: dict[str, int] = field(default_factory=dict)

    @property
    def scenario(self) -> Scenario:
        """What one begins with."""
        return load(self.preset, self.changes)

    def shown(self) -> dict[str, Any]:
        """What the page says in place of the scenario's own words, and what it needs to mark a try."""
        kept = ("task", "turns", "goals", "most_slots", "best", "hints", "explains", "begins")
        asked = {name: value for name, value in asdict(self).items() if name in kept} | {"marked": MARKED}
        return {"title": self.title, "shows": "", "try_this": "", "challenge": asked}


CHALLENGES = (
    Challenge(
        "eight-slots",
        "0 errors with 8 slots",
        "Nobody gets an error, and 95 of 100 reports exist within a minute and a half. Threads and workers: at "
        "most 8 together.",
        "slides",
        (),
        ("threads", "workers"),
        (("timed_out", 0), ("completion_time.p95", 90)),
        8,
        None,
        (
            "All 8 as threads: is it enough? Look at who is timed out.",
            "Does a report need a thread while the slow call lasts? Move the call (M, or drag it behind the push).",
            "Pages are quick: two threads are plenty. Which of the two pools has the work now?",
        ),
        "8 threads that wait for a slow service are still 8 that wait. Behind the push the call holds a worker, "
        "which has no "
        "30 s; the threads serve quick requests only, and two of them are plenty.",
        {"threads": 2, "workers": 6, "call": 1},
    ),
    Challenge(
        "second-pages",
        "No page over 1 s, and cheap",
        "No page waits longer than a second, and 95 of 100 reports exist within a minute and a half: with as few "
        "slots as you can.",
        "slides",
        (),
        ("threads", "workers"),
        (("page_response_time.max", 1), ("completion_time.p95", 90)),
        None,
        5,
        (
            "With the call on the thread: how many threads until no page waits? Count what that costs.",
            "A page waits when all threads are held. By whom, and could they wait elsewhere?",
            "Take threads away as long as no page waits, and then workers as long as the reports come.",
        ),
        "A page waits for a thread that a report holds, so with the call on the thread a second's patience costs a"
        " thread for "
        "every report at once. Behind the push two threads do; the workers decide how long a report takes.",
        {"threads": 1, "workers": 4, "call": 1},
    ),
    Challenge(
        "the-wall",
        "The wall",
        "The slow service takes 29 or 31 s. Nobody gets an error.",
        "just-over-thirty",
        (),
        ("threads", "workers"),
        (("timed_out", 0),),
        None,
        None,
        (
            "Give it 32 threads. Who is still timed out, and when?",
            "How long does a report hold its thread, and how long does the router wait?",
            "No number of threads makes a call of 31 s end in 30. Who has no such limit?",
        ),
        "31 s on a thread are 31 s, however many threads there are: the router gives up at 30. Behind the push the"
        " client has "
        "its answer at once, and a worker has no limit.",
        {"threads": 12, "workers": 12, "call": 1},
    ),
    Challenge(
        "reports-in-time",
        "Reports within a minute",
        "The call stands behind the push already. Nobody gets an error, and 95 of 100 reports exist within a minute: "
        "at most 7 slots.",
        "too-few-workers",
        (),
        ("threads", "workers"),
        (("timed_out", 0), ("completion_time.p95", 60)),
        7,
        None,
        (
            "Which pool is busy all the time, and where do the jobs wait?",
            "Reports a second times the seconds of a call: so many workers are busy on average.",
            "The threads have next to nothing to do: one is not too few to try.",
        ),
        "A pool must have more slots than work arrives in a second, and some to spare for luck. The threads only "
        "push: take "
        "from them, and give to the workers.",
        {"threads": 2, "workers": 5, "call": 1},
        begins={"call": 1},
    ),
)

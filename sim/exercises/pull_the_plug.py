"""Exercises of `11_pull_the_plug`: what a kill loses, how long a stop must wait, and a job that is safe to repeat."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Self

from ..experiments import Result, simulate
from ..luck import OTHERS
from ..presets import load
from ..studies.seeds import seeds_of
from ..turns import COMPLETED, LOST
from ..words import counted
from . import (
    NOTHING_BACK,
    Mark,
    StoppedError,
    beside_others,
    exercise,
    is_whole,
    listed,
    not_whole,
    returns_nothing,
    right,
    seen,
    smallest,
    wrong,
)

AMOUNT = 10
STOP = 300.0
LONGEST = 600
Payment = tuple[int, int]  # a job and an amount
Pay = Callable[[int, list[Payment], set[int]], Any]


class KilledError(StoppedError):
    """The process was killed at this instant."""


class Ledger(list[Payment]):
    """Payments in a database: what is written stays. The process may be killed before or after it writes."""

    killed: str = ""  # "before" or "after"; empty: it lives

    def append(self, payment: Payment) -> None:
        """Write one payment."""
        if self.killed == "before":
            raise KilledError
        super().append(payment)
        if self.killed == "after":
            raise KilledError

    def insert(self, _place: Any, payment: Payment) -> None:
        """Write one payment: a ledger has no place but its end."""
        self.append(payment)

    def extend(self, payments: Iterable[Payment]) -> None:
        """Write payments one by one."""
        for payment in payments:
            self.append(payment)

    def __iadd__(self, payments: Iterable[Payment]) -> Self:  # type: ignore[override, misc]
        """Write payments one by one."""
        self.extend(payments)
        return self


def pay_all(run: Result, pay: Pay) -> list[Payment]:
    """The ledger after every run of a simulation's jobs called `pay(job, ledger, memory)`, in their order.

    Runs that were lost are killed when they write, half of them before and half of them after it. `memory` is the
    worker's: a kill empties it.
    """
    ledger, memory, lost = Ledger(), set[int](), 0
    for job, outcome in _runs(run):
        ledger.killed = ""
        if outcome == LOST:
            ledger.killed = ("after", "before")[lost % 2]
            lost += 1
        try:
            pay(job, ledger, memory)
        except KilledError:
            memory.clear()
    return list(ledger)


def _runs(run: Result) -> Iterator[tuple[int, int]]:
    """The jobs of the runs in their order, by the number of their visit, and how each run ended."""
    runs = run.records.at_workers
    yield from zip(run.records.visit_id[runs.request_id].tolist(), runs.outcome.tolist(), strict=True)


def tally(run: Result, payments: list[Payment]) -> str:
    """How often the jobs of a run were paid: a sentence."""
    paid = [job for job, _ in payments]
    jobs = {job for job, outcome in _runs(run)}
    twice = sorted({job for job in paid if paid.count(job) > 1})
    never = sorted(jobs - set(paid))
    return f"{len(jobs)} jobs, {len(paid)} payments: {_who(twice)} paid twice, {_who(never)} never."


def _who(jobs: list[int]) -> str:
    return f"{len(jobs)} ({listed(jobs)})" if jobs else "none"


@exercise
def by_hand(names: Any) -> Mark:
    """Which jobs are lost when a worker with two slots is killed at 10 s: A (8 s) and B (12 s) pushed at 0 s, C (5 s)
    at 1 s, D (3 s) at 9 s."""
    if not isinstance(names, list | tuple | set | str) or not set(map(str, names)) <= set("ABCD") or not names:
        return wrong('The answer is a list with some of A, B, C and D in it, such as ["A", "D"].')
    found = set(map(str, names))
    if found == {"B", "C"}:
        return right("A is done at 8 s, then C runs; B runs since 0 s. D is still in Redis, and waits for the return.")
    if "A" in found:
        return wrong("A runs from 0 to 8 s: it is done.")
    if "D" in found:
        return wrong("D waits in the list, in Redis, and Redis was not killed. Only what was taken out is gone.")
    missing = "C takes A's place at 8 s" if "C" not in found else "B is not done before 12 s"
    return wrong(f"{missing}. Draw both slots as bars up to 10 s.")


@cache
def _left(seed: int) -> tuple[float, ...]:
    """How long the jobs that run at the TERM would still run, if nobody interrupted them."""
    scenario = load("pulled-plug").replace(worker_stops=[[STOP, "term"]], shutdown_time=LONGEST, seed=seed)
    runs = simulate(scenario, "async", redis=None).records.at_workers
    running = (runs.taken_at < STOP) & (runs.left_at > STOP)
    return tuple((runs.left_at[running] - STOP).tolist())


def _interrupted(shutdown_time: int, seed: int) -> int:
    return sum(left > shutdown_time for left in _left(seed))


def _in_others(shutdown_time: int, others: Sequence[int]) -> str:
    missed = sum(_interrupted(shutdown_time, seed) > 0 for seed in others)
    told = beside_others(missed, counted(shutdown_time, "second"))
    return f"{told} A job takes as long as it takes."


@exercise
def by_knob(seconds: Any) -> Mark:
    """The smallest whole `shutdown_time` with which a term at 300 s interrupts no job, in this run."""
    if not is_whole(seconds, LONGEST, least=1):
        return not_whole(seconds, LONGEST, least=1, of=" of seconds")
    seed, *others = seeds_of(load("pulled-plug").seed, OTHERS + 1)
    return smallest(
        seconds,
        lambda number: not _interrupted(number, seed),
        lambda number: f"{_interrupted(number, seed)} interrupted",
        "none",
        lambda number: _in_others(number, others),
    )


@cache
def _killed() -> Result:
    return simulate(load("pulled-plug").replace(fetch="reliable"), "async", redis=None)


@exercise
def to_write(pay: Pay) -> Mark:
    """A function of a job's number, of the ledger (a list of (job, amount) that stays) and of the worker's memory (a
    set that a kill empties) that pays 10 for the job, and is safe to be run again."""
    run = _killed()
    before = len({job for job, outcome in _runs(run) if outcome == LOST})
    payments = pay_all(run, pay)
    if not payments:
        given = pay(0, Ledger(), set())
        told = f"It pays nothing: it returns {seen(given)}, and nobody reads that. Append to the ledger."
        return NOTHING_BACK if returns_nothing(given) else wrong(told)
    if any(not isinstance(payment, tuple) or len(payment) != 2 for payment in payments):
        return wrong(f"The ledger holds pairs (job, {AMOUNT}), not {seen(payments[0])}.")
    paid = [job for job, _ in payments]
    jobs = {job for job, outcome in _runs(run) if outcome == COMPLETED}
    if any(amount != AMOUNT for _, amount in payments) or not set(paid) <= jobs:
        return wrong(f"Each payment is (job, {AMOUNT}); the first of yours is {seen(payments[0])}.")
    if len(set(paid)) < len(paid):
        told = "The worker's memory died with it: look in the ledger." if _remembers(pay) else "Look before you pay."
        return wrong(f"{tally(run, payments)} Their first run wrote, and was killed. {told}")
    if set(paid) < jobs:
        return wrong(f"{tally(run, payments)} Something was noted before it was done, and then came the kill.")
    return right(f"{tally(run, payments)} {before} jobs began twice, and nobody can tell from the ledger.")


def _remembers(pay: Pay) -> bool:
    """Whether it does not pay a second time as long as the worker lives."""
    ledger, memory = Ledger(), set[int]()
    for _ in range(2):
        pay(1, ledger, memory)
    return len(ledger) == 1

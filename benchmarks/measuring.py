"""How the benchmarks measure: CPU time of runs that take turns, compared pair by pair, beside the bounds promised."""

import gc
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from statistics import median
from typing import Any

ROUNDS = 5
MANY = 15  # where a turn takes less than a second, so that no single pair decides
missed: list[str] = []

Times = dict[str, list[float]]


def cpu() -> float:
    """The CPU time of this process and of the processes that it has waited for, s: others' work is not in it."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def alternating(*, clock: Callable[[], float] = cpu, rounds: int = ROUNDS, **contenders: Callable[[], Any]) -> Times:
    """The times of each contender, s, in rounds in which they take turns, after one round that does not count.

    Every other round goes backwards, and nobody is charged for the garbage of the one before.
    """
    for run in contenders.values():
        run()
    taken: Times = {name: [] for name in contenders}
    order = list(contenders)
    for _ in range(rounds):
        for name in order:
            gc.collect()
            begun = clock()
            contenders[name]()
            taken[name].append(clock() - begun)
        order.reverse()
    return taken


def ratio(times: Times, over: str, under: str) -> float:
    """How many times as long the one takes as the other: the median over the rounds, each a pair."""
    return median(a / b for a, b in zip(times[over], times[under], strict=True))


def bound(
    name: str,
    value: float,
    *,
    least: float | None = None,
    most: float | None = None,
    aim: float | None = None,
    unit: str = "×",
) -> None:
    """Print a figure beside its bound, and what is aimed at where that is more."""
    kept = (least is None or value >= least) and (most is None or value <= most)
    limit = f"at least {least:g}" if least is not None else f"at most {most:g}"
    limit += f", aim {aim:g}" if aim is not None else ""
    print(f"  {name:62} {value:8.3g} {unit:3} ({limit}) {'ok' if kept else 'MISSED'}")
    if not kept:
        missed.append(name)


def rates(times: Times, requests: int) -> None:
    """Print what each contender takes, and how many requests it serves a second."""
    for name, rounds in times.items():
        seconds = median(rounds)
        print(f"  {name.replace('_', ' '):40} {seconds * 1000:9.1f} ms {requests / seconds / 1000:9.0f} k requests/s")


def most_held(run: Callable[[], Any]) -> int:
    """The most memory that Python and numpy had in use for a run at once, in bytes; a first run does not count."""
    run()
    gc.collect()
    tracemalloc.start()
    run()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def command(*arguments: str) -> None:
    """Run Python with these arguments to its end."""
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)

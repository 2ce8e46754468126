"""Replications of a log: it is one run, so each replication puts pieces of it together anew (a block bootstrap)."""

from dataclasses import replace

import numpy as np

from .scenario import Scenario, seconds_above_0
from .units import Seconds, column_to_grid, to_grid
from .workload import Workload, draw, unit_draws

BLOCK = 60.0  # s
STREAM = 1000  # of random numbers, far from the generator's


def drawn(scenario: Scenario, seed: int, log: Workload | None = None, block: float = BLOCK) -> Workload:
    """The requests of one replication: the scenario's generator's, or pieces of `block` s of a log."""
    return draw(scenario, seed) if log is None else resampled(log, seed, block)


def told(log: Workload, block: float = BLOCK) -> str:
    """What to say of replications of a log."""
    pieces = int(np.ceil(log.ends_at / block))
    return (
        f"A file is one run: each replication puts {pieces:,} pieces of {block:g} s from random places of it together"
        " anew (a circular block bootstrap), so a rhythm longer than that is lost."
    )


def length_of(block: float | str) -> float:
    """The length of a block (s, or a text such as 5min) on the grid; raises ValueError for none."""
    return to_grid(seconds_above_0("block", block))


def resampled(workload: Workload, seed: int, block: float = BLOCK) -> Workload:
    """A workload as long as this one, of pieces of `block` s from random places of it, its end joined to its start.

    The circular block bootstrap (Politis & Romano 1992): what comes within a block keeps its order and distances, so
    crowds shorter than a block stay crowds; which blocks follow one another is chance, so a daily rhythm is lost.
    Raises ValueError for a block that is not above 0, and where all requests arrive at one instant.
    """
    length, block = workload.ends_at, length_of(block)
    if not length > 0:
        raise ValueError("workload: all requests arrive at one instant, so there are no pieces; allowed: some seconds")
    begins = np.arange(0.0, length, block)
    starts = column_to_grid(length * unit_draws(seed, STREAM, len(begins)))
    rows, piece = _pieces(workload.arrived_at, length, starts, np.minimum(block, length - begins))
    twice = np.concatenate([workload.arrived_at, workload.arrived_at + length])
    arrived_at = twice[rows] - starts[piece] + begins[piece]
    rows = rows % len(workload)
    columns = {name: getattr(workload, name)[rows] for name in ("is_report", "web_time", "external_time")}
    label, queue = (None if codes is None else codes[rows] for codes in (workload.label, workload.queue))
    return replace(workload, arrived_at=arrived_at, label=label, queue=queue, **columns)


def _pieces(
    arrived_at: Seconds, length: float, starts: Seconds, lasts: Seconds
) -> tuple["np.typing.NDArray[np.intp]", "np.typing.NDArray[np.intp]"]:
    """The rows in each piece, numbered on through a second round; and in which piece each of them is."""
    twice = np.concatenate([arrived_at, arrived_at + length])
    first, end = np.searchsorted(twice, starts), np.searchsorted(twice, starts + lasts)
    count = end - first
    piece = np.repeat(np.arange(len(starts)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return first[piece] + place, piece

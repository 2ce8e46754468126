"""How long the work of each request took: from the application's log as it is, from a router's alone unqueued."""

import numpy as np
from numpy.typing import NDArray

from ..units import Seconds, to_grid
from . import saying
from .ordering import Flags, Ints, Rows
from .unqueueing import unqueue


def joined(router: Rows, application: Rows) -> tuple[Seconds, list[str]]:
    """The work (s) of the router's requests, which the application's log has under the same request ids."""
    order = np.argsort(application.key, kind="stable")
    keys = application.key[order]
    place, both = _found(router.key, keys)
    both &= router.key != 0
    if not both.any():
        raise ValueError(
            f"{len(router):,} requests of a router's log and {len(application):,} of an application's have no request"
            " id in common; allowed: one of the logs alone, or request ids in both (config.log_tags = [:request_id])"
        )
    work = np.where(both, application.duration[order[place]], router.duration)
    work[~both & router.cut_off] = np.nan
    unused = len(application) - int(_found(keys, np.sort(router.key[both]))[1].sum())
    return _guessed(work, router, known=both), saying.joined(router, both, unused)


def _found(wanted: Ints, keys: Ints) -> tuple[NDArray[np.intp], Flags]:
    """At which of the sorted keys each wanted one is, and whether it is there."""
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return place, keys[place] == wanted


def unqueued(router: Rows, threads: int | None, timeout: float) -> tuple[Seconds, list[str]]:
    """The work (s) of a router's requests, the waiting for one of so many threads taken away."""
    if threads is None:
        raise ValueError(
            "threads: not given; a router's durations contain the waiting for a thread, so without an application's log"
            " beside it their number (processes × threads of each) is needed; allowed: --threads N"
        )
    duration = np.where(router.timed_out, np.maximum(router.duration, timeout), router.duration)
    found = unqueue(router.begin, router.begin + duration, router.cut_off, threads)
    never_ran = int(np.isnan(found.work).sum())
    work = _guessed(found.work, router, known=~router.cut_off)
    return work, saying.unqueued(router, threads, never_ran, found.too_early)


def _median(seconds: Seconds) -> float:
    return to_grid(float(np.median(seconds)))


def _guessed(work: Seconds, rows: Rows, known: Flags) -> Seconds:
    """The work, where there is none the median of what is known in the same group, or else of all that is known."""
    missing = np.isnan(work)
    everywhere = _median(work[known]) if known.any() else 0.0
    for code in np.unique(rows.code[missing]):
        mine = rows.code == code
        alike = work[mine & known]
        work[mine & missing] = _median(alike) if len(alike) else everywhere
    return work

"""What there is to say about an import, a sentence each: what was left out, what is guessed, what cannot be known."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from ..units import Seconds
from .ordering import Flags, Rows
from .reading import Read
from .rows import COARSE_END, HEALTH, OTHER, OWN_ANSWER, REFUSED, STATIC, TWICE, UPGRADED

MEANT = (STATIC, HEALTH, OWN_ANSWER, REFUSED, UPGRADED, TWICE, OTHER)  # the rest should have been requests
MOST_NAMES = 12
LONG_GAP = 600.0  # s
CLOSE = 1.0  # s


def share(part: float, whole: float) -> str:
    """A share in per cent."""
    return f"{100 * part / whole:.1f} %" if whole else "0 %"


def counted(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def lines(found: Read) -> list[str]:
    """How many lines were requests, and what all the others were."""
    kept = len(found.columns.begin)
    said = [f"{counted(found.lines, 'line')} of {' and '.join(sorted(found.formats))}: {counted(kept, 'row')} taken."]
    for title, chosen in (("Left out", True), ("Not usable", False)):
        of_it = [
            f"{count:,} {what}" for what, count in found.tally.most_common() if count and (what in MEANT) == chosen
        ]
        said += [f"{title}: {', '.join(of_it)}."] if of_it else []
    return said


def clock(steps: Sequence[float]) -> list[str]:
    """Whether time goes back within a log."""
    if not steps:
        return []
    times = "once" if len(steps) == 1 else f"{len(steps):,} times"
    text = (
        f"The time goes back {times} within a log, by {max(steps):,.0f} s at most (a clock set back, the end of summer"
        " time, or logs put together): these requests are laid over others, and crowds there may be none."
    )
    return [text]


def coarse(rows: int, all_rows: int) -> list[str]:
    """Whether stamps are on whole seconds."""
    if not rows:
        return []
    which = "All stamps are" if rows == all_rows else f"{rows:,} of {all_rows:,} stamps are"
    return [f"{which} on whole seconds: requests are spread evenly within their second, in the order of the lines."]


def joined(router: Rows, both: Flags, unused: int) -> list[str]:
    """What is known of the work where an application's log is beside a router's."""
    said = [f"{both.sum():,} of {len(router):,} requests have their work from the application's log, by request id."]
    if never := int((~both & router.cut_off).sum()):
        said.append(
            f"{never:,} cut off by the router never ran: what they would have taken is not known, and set to the median"
            " of their like."
        )
    if missing := int((~both & ~router.cut_off).sum()):
        said.append(
            f"{missing:,} were answered and are missing in the application's log: their work is at most what the router"
            " saw, which is taken."
        )
    if unused:
        said.append(f"{unused:,} requests in the application's log only are left out: the router does not know them.")
    return said


def unqueued(router: Rows, threads: int, never_ran: int, too_early: int) -> list[str]:
    """What is known of the work where a router's durations contain the backlog."""
    cut, timed_out = int(router.cut_off.sum()), int(router.timed_out.sum())
    because = ", or whole seconds say too little" if router.of(COARSE_END).any() else ""
    said = [f"The waiting for one of {counted(threads, 'thread')} is taken out of the router's durations."]
    if cut:
        how = "at the timeout" if cut == timed_out else "at the timeout or when their client left"
        said.append(
            f"{cut:,} of {len(router):,} rows are cut off {how}: their work is a lower bound, and so are ASYNC's"
            " completion times."
        )
    if never_ran:
        said.append(f"{never_ran:,} of these never reached a thread: their work is set to the median of their like.")
    if too_early:
        said.append(
            f"{too_early:,} of {len(router):,} rows ended before any of {counted(threads, 'thread')} could have taken"
            f" them: there were more threads, or requests are not served first come, first served{because}."
        )
    return said


def timeouts(lasted: Seconds, timeout: float) -> list[str]:
    """Whether the log's timeouts come when the model's do."""
    if not len(lasted) or abs(float(np.median(lasted)) - timeout) <= CLOSE:
        return []
    text = (
        f"The log's timeouts come after {np.median(lasted):.4g} s, not {timeout:g} s: --timeout"
        f" {np.median(lasted):.3g}s would say so."
    )
    return [text]


def application_alone(requests: int) -> list[str]:
    """What an application's log does not know."""
    if not requests:
        return []
    text = (
        "An application's log begins when a thread takes a request: how long it waited before, and whether its client"
        " had gone, is not in it. Arrivals are those beginnings, so surges come out smoother than they were."
    )
    return [text]


def jobs(number: int, requests: int) -> list[str]:
    """What becomes of jobs."""
    if not number:
        return []
    beside = ", beside the requests" if requests else ""
    text = (
        f"{counted(number, 'run')} of jobs became reports that arrive when a worker took them{beside}: how long they"
        " waited in the queue is not in the log."
    )
    return [text]


def reports(
    is_report: Flags, code: NDArray[np.int32], work: Seconds, names: Sequence[str], codes: Collection[int]
) -> list[str]:
    """Which requests are reports, with their share of requests and of work."""
    whole, all_work = len(code), float(work.sum())
    part, of_work = share(float(is_report.sum()), whole), share(float(work[is_report].sum()), all_work)
    said = [f"{is_report.sum():,} of {whole:,} requests are reports ({part}), with {of_work} of the work."]
    if not is_report.any() and not codes:
        said.append("  Say which with --report GLOB, or guess with --slower-than 5s.")
    found = sorted(codes, key=lambda place: -float(work[code == place].sum()))
    for place in found[:MOST_NAMES]:
        mine = code == place
        if not mine.any():
            said.append(f"  {names[place]}: nothing matches it.")
            continue
        said.append(
            f"  {names[place]}: {counted(int(mine.sum()), 'request')} ({share(float(mine.sum()), whole)}),"
            f" {share(float(work[mine].sum()), all_work)} of the work, half of them above"
            f" {float(np.median(work[mine])):.3g} s."
        )
    if len(found) > MOST_NAMES:
        said.append(f"  and {len(found) - MOST_NAMES:,} more.")
    return said


def gaps(arrived_at: Seconds) -> list[str]:
    """Whether there is a long time in which nothing comes."""
    between = np.diff(arrived_at)
    if not len(between) or between.max() < max(LONG_GAP, 0.1 * (arrived_at[-1] or 1.0)):
        return []
    place = int(between.argmax())
    text = (
        f"Nothing comes for {between[place]:,.0f} s after {arrived_at[place]:,.0f} s (a quiet night, a log that is"
        " missing, or a clock set forward): rates and utilisations count that time."
    )
    return [text]

"""Load over time: first attempts, retries and polls; and how many of the requests end in an error meanwhile."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ..experiments import Result
from ..records import OK, POLL
from ..units import Seconds
from ..words import counted, cycle_label, joined, share
from ..workload import Flags
from .annotations import rates, troubles
from .style import Theme, drawn, entitle, theme_of

STRETCHES = 60  # about so many fit side by side
NICE = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)  # seconds that people count in
LATE = 2 / 3  # the last third of the arrivals is "in the end"


def parts(result: Result) -> dict[str, Flags]:
    """The requests by why they were sent."""
    records = result.records
    polls, again = records.kind == POLL, records.attempt > 0
    return {"first attempts": ~polls & ~again, "retries": ~polls & again, "polls": polls}


def stretch(until: float) -> float:
    """A stretch of time that people count in, about a sixtieth of so many seconds."""
    return float(next((nice for nice in NICE if nice >= until / STRETCHES), NICE[-1]))


def _edges(until: float) -> Seconds:
    width = stretch(until)
    return np.arange(0.0, max(until, width) + width, width)


def arrivals_alt(result: Result, **_: object) -> str:
    """The alternative text of `arrivals`."""
    told = [f"{int(mine.sum()):,} {name}" for name, mine in parts(result).items() if mine.any()]
    return f"Requests per second over time, stacked. {_sent(result)}: {joined(told)}."


def _sent(result: Result) -> str:
    visits = result.summary.visits
    who = "1 person" if visits == 1 else f"{visits:,} people"
    whole = f"{cycle_label(result)}: {who} sent {counted(result.summary.requests, 'request')}"
    return whole + (f" and {counted(result.summary.polls, 'poll')}" if result.summary.polls else "")


@drawn(arrivals_alt)
def arrivals(result: Result, ax: Axes, *, legend: bool = True) -> Axes:
    """How many requests arrive per second over time (s): first attempts, retries and polls, stacked."""
    theme, arrived_at = theme_of(ax), result.records.arrived_at
    edges = _edges(float(arrived_at.max(initial=result.workload.ends_at)))
    below, width = np.zeros(len(edges)), float(edges[1])
    for name, mine in parts(result).items():
        if mine.any():
            counts = np.append(np.histogram(arrived_at[mine], edges)[0], 0) / width
            look = _looks(theme)[name]
            ax.fill_between(edges, below, below + counts, step="post", label=name, gid=name, linewidth=0.5, **look)
            below = below + counts
    top = (1.3 if any([rates(ax, result), troubles(ax, result)]) else 1.08) * (float(below.max()) or 1.0)
    ax.set(xlabel="time (s)", ylabel="arrivals (requests/s)", xlim=(0, edges[-1]), ylim=(0, top))
    entitle(ax, _sent(result))
    if legend and len(result.records):
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=3)
    return ax


def _looks(theme: Theme) -> dict[str, dict[str, Any]]:
    return {
        "first attempts": {"facecolor": theme.page, "edgecolor": theme.page},
        "retries": {"facecolor": theme.timed_out, "edgecolor": theme.paper, "hatch": "///"},
        "polls": {"facecolor": theme.faint, "edgecolor": theme.soft, "hatch": "..."},
    }


def shares_failing(result: Result, edges: Seconds) -> Seconds:
    """Of the requests (no polls) that arrive in each stretch, the share that ends in an error; NaN where none come."""
    records = result.records
    asked = records.kind != POLL
    came, failed = (
        np.histogram(records.arrived_at[mine], edges)[0] for mine in (asked, asked & (records.status != OK))
    )
    shares: Seconds = np.divide(failed, came, out=np.full(len(came), np.nan), where=came > 0)
    return shares


def failing_alt(results: Mapping[str, Result], **_: object) -> str:
    """The alternative text of `failing`."""
    return f"Share of the requests that end in an error, over time, a step curve for each of the runs. {_end(results)}."


def in_the_end(result: Result) -> float:
    """The share of requests in error in the last third of the time in which people come."""
    until = result.workload.ends_at
    return float(np.nan_to_num(shares_failing(result, np.array([LATE * until, until]))[0]))


def _end(results: Mapping[str, Result]) -> str:
    told = [f"{name} {share(in_the_end(result))}" for name, result in results.items()]
    return "Errors in the last third: " + "; ".join(told)


@drawn(failing_alt)
def failing(results: Mapping[str, Result], ax: Axes) -> Axes:
    """The share of requests (%) that end in an error, by when they arrive (s): a step curve for each named run."""
    theme = theme_of(ax)
    until = max((result.workload.ends_at for result in results.values()), default=1.0)
    edges = _edges(until)[:-1]
    for (name, result), look in zip(results.items(), _curves(theme), strict=False):
        shares = 100 * shares_failing(result, edges)
        ax.step(edges, np.append(shares, shares[-1:]), where="post", label=name, gid=name, linewidth=3, **look)
    for result in list(results.values())[:1]:
        rates(ax, result)
        troubles(ax, result)
    ax.set(xlabel="time of arrival (s)", ylabel="requests in error (%)", xlim=(0, until), ylim=(-2, 116))
    ax.set_yticks([0, 25, 50, 75, 100])
    ax.grid(axis="y")
    ax.set_axisbelow(True)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8))
    entitle(ax, _end(results))
    if results:
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=3, handlelength=3)
    return ax


def _curves(theme: Theme) -> list[dict[str, Any]]:
    dashes = ("solid", (0, (4, 1.2)), (0, (1, 1)), "dashdot")
    colours = (theme.timed_out, theme.page, theme.useful, theme.async_)
    return [{"color": colour, "linestyle": dash} for colour, dash in zip(colours, dashes, strict=True)]

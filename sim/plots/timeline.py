"""One request's way, hop by hop: the slides' pictures in numbers."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter

from .. import path
from ..experiments import Result
from ..units import Seconds
from ..words import cycle_label, duration, joined
from .style import Theme, drawn, entitle, theme_of

LABELS = {hop.name: hop.label for hop in (*path.CONSTANT_HOPS, path.EXTERNAL)}
SHORTEST = 1e-3  # s; what is shorter is drawn as wide as this
HOLDERS = {"waits": "waits", "thread": "on a thread", "wasted": "on a thread, wasted", "worker": "in a worker"}


@dataclass(frozen=True)
class Block:
    """One stretch of a request's way: where it is, who is held meanwhile (a key of HOLDERS), from when to when (s)."""

    label: str
    holder: str
    begin: float
    end: float


def blocks(result: Result, request_id: int) -> list[Block]:
    """The stretches of one request's way in order; those that take no time are left out.

    Raises ValueError for an id that the run does not have, and for records of the exact engine.
    """
    records, cycle, row = result.records, result.cycle, request_id
    if not 0 <= row < len(records):
        raise ValueError(f"request_id = {row!r}; allowed: 0 to {len(records) - 1}")
    journey = cycle.report if records.is_report[row] else cycle.page
    reached = [(at, str(place)) for at, _, event, place in result.trace.of(row) if event == "reached"]
    in_worker = {hop.name for hop in journey.worker}
    on_thread = [(at, place) for at, place in reached if place not in in_worker]
    by_worker = [(at, place) for at, place in reached if place in in_worker]
    found = [
        Block("backlog", "waits", records.arrived_at[row], records.reached_at[row]),
        *_hops(on_thread, records.finished_at[row], "wasted" if records.timed_out[row] else "thread"),
        Block("in the queue", "waits", records.enqueued_at[row], records.picked_up_at[row]),
        *_hops(by_worker, records.completed_at[row], "worker"),
    ]
    return [block for block in found if block.end > block.begin]


def _hops(reached: list[tuple[float, str]], ends_at: float, holder: str) -> list[Block]:
    ways = pairwise([*reached, (ends_at, "")])
    return [Block(LABELS[place], holder, begin, end) for (begin, place), (end, _) in ways]


def timeline_alt(result: Result, request_id: int, **_: object) -> str:
    """The alternative text of `timeline`."""
    told = [f"{block.label} {duration(block.end - block.begin)}" for block in blocks(result, request_id)]
    return f"One request hop by hop. {_story(result, request_id)}. {', '.join(told)}."


def _story(result: Result, row: int) -> str:
    records = result.records
    kind = "report" if records.is_report[row] else "page"
    told = [f"answered after {duration(records.response_time[row])}"]
    if records.timed_out[row]:
        held_for = duration(records.finished_at[row] - records.arrived_at[row])
        on = "cut off there" if records.killed[row] else f"its thread worked on until {held_for}"
        on = "no thread was free in time" if math.isnan(records.started_at[row]) else on
        told = [f"timed out at {duration(records.timeout)}, {on}"]
    if not math.isnan(records.completed_at[row]):
        told.append(f"report done after {duration(records.completion_time[row])}")
    return f"{cycle_label(result)}, {kind} {row}: {joined(told)}"


@drawn(timeline_alt)
def timeline(result: Result, request_id: int, ax: Axes) -> Axes:
    """One request's way, a block per hop, downwards in order, with its duration: ms and s alike legible.

    Time runs to the right on an axis stretched piece by piece: the width of each stretch follows its logarithm.
    """
    theme, records = theme_of(ax), result.records
    way = blocks(result, request_id)
    arrived_at, responded_at = float(records.arrived_at[request_id]), float(records.responded_at[request_id])
    knots, places = _stretched([arrived_at, responded_at, *(at for block in way for at in (block.begin, block.end))])
    for y, block in enumerate(way):
        left, right = np.interp([block.begin, block.end], knots, places)
        ax.barh(y, right - left, left=left, height=0.7, **_looks(theme)[block.holder], gid=block.label)
    late = bool(records.timed_out[request_id])
    line = ax.axvline(
        float(np.interp(responded_at, knots, places)), color=theme.timed_out if late else theme.ink, linewidth=2.5
    )
    line.set(linestyle="--" if late else "-.", label="client gets its error" if late else "client has its answer")
    ax.set_yticks(range(len(way)), [f"{block.label}   {duration(block.end - block.begin)}" for block in way])
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(0, places[-1] * 1.005), ylim=(max(len(way), 6) - 0.4, -0.6))
    _ticks(ax, knots - arrived_at, places)
    ax.set_xlabel("time since arrival (s; each stretch as wide as its logarithm)")
    entitle(ax, _story(result, request_id))
    held = [Patch(label=HOLDERS[holder], **_looks(theme)[holder]) for holder in dict.fromkeys(b.holder for b in way)]
    ax.legend(handles=[*held, line], loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=4, columnspacing=1.3)
    return ax


def _looks(theme: Theme) -> dict[str, dict[str, Any]]:
    return {
        "waits": {"facecolor": theme.idle, "edgecolor": theme.soft, "hatch": ".."},
        "thread": {"facecolor": theme.useful, "edgecolor": theme.paper},
        "wasted": {"facecolor": theme.wasted, "edgecolor": theme.paper, "hatch": "///"},
        "worker": {"facecolor": theme.useful, "edgecolor": theme.paper, "hatch": "\\\\"},
    }


def _stretched(instants: list[float]) -> tuple[Seconds, Seconds]:
    """The instants in order, and where each is drawn: a stretch of time is as wide as its logarithm (1 ms: 1)."""
    knots = np.unique(instants)
    widths = 1 + np.log10(np.maximum(np.diff(knots), SHORTEST) / SHORTEST)
    return knots, np.concatenate([[0.0], np.cumsum(widths)])


def _ticks(ax: Axes, times: Seconds, places: Seconds) -> None:
    """Ticks at those ends of blocks that leave each other room, from the last one down."""
    kept: list[int] = []
    for knot in reversed(range(len(places))):
        if all(abs(places[knot] - places[other]) > 0.085 * places[-1] for other in kept):
            kept.append(knot)
    labels = {float(places[knot]): _instant(times[knot]) for knot in kept}
    ax.xaxis.set_major_locator(FixedLocator(list(labels)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: labels[at]))


def _instant(time: float) -> str:
    return f"{time:.3f}".rstrip("0").rstrip(".") if time == 0 or time >= SHORTEST else f"{time:.2g}"

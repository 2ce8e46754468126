"""What the server does meanwhile: who holds each slot, how many wait, and where the slot-seconds went."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ..experiments import Comparison, Result
from ..records import Records
from ..stats import Ledger
from ..stats import ledger as ledger_of
from ..turns import Turns
from ..units import TICKS_PER_SECOND, Seconds
from ..words import counted, cycle_label, joined, share
from .annotations import downtimes
from .style import MANY, SMALL, Theme, drawn, entitle, theme_of

MOST_SLOTS = 24  # rows that can still be told apart from the last row of a room
MOST_CROSSES = 150  # more would hide the strips
Look = dict[str, Any]


def looks(theme: Theme) -> dict[str, Look]:
    """How useful, wasted, idle and down slot time is filled: a colour each and a hatch."""
    return {
        "useful": {"facecolor": theme.useful, "edgecolor": theme.useful},
        "wasted": {"facecolor": theme.wasted, "edgecolor": theme.paper, "hatch": "///"},
        "idle": {"facecolor": theme.idle, "edgecolor": theme.faint},
        "down": {"facecolor": theme.soft, "edgecolor": theme.paper, "hatch": "xx"},
    }


def slots_alt(result: Result, *, between: tuple[float, float] | None = None, only: str = "") -> str:
    """The alternative text of `slots`."""
    shown = _shown(result, only)
    told = [f"{counted(pool.slots, slot)}: {_shares(_ledger(pool, result))}" for slot, pool in shown.items()]
    stretch = f", from {between[0]:g} to {between[1]:g} s" if between else ""
    over = "Over the whole run: " if between else ""
    return f"Who holds each slot when, {cycle_label(result)}{stretch}. {over}{'; '.join(told)}."


def _shown(result: Result, only: str) -> dict[str, Turns]:
    shown = {slot: pool for slot, pool in pools(result).items() if only in ("", slot)}
    if not shown:
        raise ValueError(f"only = {only!r}; allowed: {', '.join(pools(result))}")
    return shown


def pools(result: Result) -> dict[str, Turns]:
    """The pools that there are, by what a slot of theirs is called."""
    found = {"thread": result.records.at_threads, "worker": result.records.at_workers}
    return {slot: pool for slot, pool in found.items() if pool.slots}


def _ledger(pool: Turns, result: Result) -> Ledger:
    return ledger_of(pool, result.records.ended_at)


def _shares(ledger: Ledger) -> str:
    whole = ledger.slots * ledger.ended_at
    parts = _parts(ledger).items()
    return joined([f"{share(part, whole)} {name}" for name, part in parts if part or name in ("useful", "idle")])


def _parts(ledger: Ledger) -> dict[str, int]:
    """Where the slot-time went, in ticks, by what it is called; down where slots were not there."""
    parts = {"useful": ledger.useful, "wasted": ledger.wasted, "idle": ledger.idle}
    return parts | ({"down": ledger.down} if ledger.down else {})


@drawn(slots_alt)
def slots(result: Result, ax: Axes, *, between: tuple[float, float] | None = None, only: str = "") -> Axes:
    """A strip per thread and worker over time (s): useful, wasted (hatched), idle, and down (dark) where it is away.

    A cross marks where a client got its error while its thread worked on, unless there are too many. `between` is the
    stretch of time to show (from, to), the whole run without it; `only` names the slots to show: "thread", "worker", or
    both without it. Raises ValueError for records that name no slots (the exact engine's), and for slots there are not.
    """
    records, theme = result.records, theme_of(ax)
    if records.thread is None or records.worker is None:
        raise ValueError('the records name no slots; allowed: records of the engine "simpy"')
    shown = _shown(result, only)
    start, end = between or (0.0, max(records.ended_at or 0.0, result.workload.ends_at) or 1.0)
    y_of = _rows(shown)
    for y in np.concatenate(list(y_of.values())):
        ax.broken_barh([(start, end - start)], (y - 0.4, 0.8), **looks(theme)["idle"], linewidth=0.5, gid="idle")
    for slot, pool in shown.items():
        _strips(ax, pool, pool.useful, y_of[slot], "useful", (start, end))
        _strips(ax, pool, ~pool.useful, y_of[slot], "wasted", (start, end))
    if "worker" in y_of:
        _away(ax, result, y_of["worker"], (start, end))
    if "thread" in y_of:
        _gave_up(ax, records, y_of["thread"], (start, end))
    rows = {f"{slot} {number}": y for slot, ys in y_of.items() for number, y in enumerate(ys)}
    ax.set(xlabel="time (s)", xlim=(start, end), ylim=(max(rows.values()) + 0.6, -0.6))
    ax.set_yticks(list(rows.values()), list(rows))
    ax.tick_params(axis="y", length=0)
    entitle(ax, _slots_title(result) + (", over the whole run" if between else ""))
    handles = _key(theme, list(shown.values()))
    crosses = [line for line in ax.lines if line.get_gid() == "gave up"]
    ax.legend(handles=[*handles, *crosses], loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=5)
    return ax


def _key(theme: Theme, pools: list[Turns]) -> list[Patch]:
    """What the fillings mean; "down" only where something was."""
    down = any(pool.down for pool in pools)
    return [Patch(label=name, **look) for name, look in looks(theme).items() if down or name != "down"]


def _away(ax: Axes, result: Result, y_of: Seconds, window: tuple[float, float]) -> None:
    """Each worker's strip is dark while the application is not there: after its stop or the end of its last run."""
    for since, until in downtimes(result):
        for worker, y in enumerate(y_of):
            begin = max(_since(result, worker, since), window[0])
            if begin < min(until, window[1]):
                width = min(until, window[1]) - begin
                ax.broken_barh([(begin, width)], (y - 0.4, 0.8), **looks(theme_of(ax))["down"], lw=0.0, gid="down")


def _since(result: Result, worker: int, gone_at: float) -> float:
    """When a worker ended its last run before the application was gone, or was told to stop, s."""
    runs = result.records.at_workers
    stop = max(at for at, _ in result.scenario.worker_stops if at <= gone_at)
    assert runs.slot is not None
    mine = runs.left_at[(runs.slot == worker) & (runs.taken_at < stop) & (runs.left_at > stop)]
    return float(mine.max(initial=stop))


def _rows(shown: Mapping[str, Turns]) -> dict[str, Seconds]:
    """Where the strip of each slot that is shown stands: a row each, the pools a little apart."""
    y_of, top = {}, 0.0
    for slot, pool in shown.items():
        y_of[slot] = top + np.arange(min(pool.slots, MOST_SLOTS), dtype=np.float64)
        top = float(y_of[slot][-1]) + 1.6
    return y_of


def _slots_title(result: Result) -> str:
    told = _ledger(result.records.at_threads, result)
    left_out = {slot: pool.slots - MOST_SLOTS for slot, pool in pools(result).items()}
    more = joined([counted(number, f"more {slot}") for slot, number in left_out.items() if number > 0])
    tail = f" ({more} not shown)" if more else ""
    if not told.useful + told.wasted:
        return f"{cycle_label(result)}: the threads had nothing to do{tail}"
    lost = [
        f"{share(each.wasted, each.useful + each.wasted)} of the {slot}s' work"
        for slot, pool in pools(result).items()
        if (each := _ledger(pool, result)).wasted
    ]
    found = f"{joined(lost)} was wasted" if lost else "no work was wasted"
    return f"{cycle_label(result)}: {found}{tail}"


def _strips(
    ax: Axes, pool: Turns, mine: NDArray[np.bool_], y_of: Seconds, state: str, window: tuple[float, float]
) -> None:
    assert pool.slot is not None
    begin, end, slot = pool.taken_at, pool.left_at, pool.slot
    shown = mine & (slot < len(y_of)) & (end > begin) & (begin < window[1]) & (end > window[0])
    if not shown.any():
        return
    left, right, y = np.maximum(begin[shown], window[0]), np.minimum(end[shown], window[1]), y_of[slot[shown]]
    corners = np.stack([(left, y - 0.4), (left, y + 0.4), (right, y + 0.4), (right, y - 0.4)])
    bars = PolyCollection(list(corners.transpose(2, 0, 1)), **looks(theme_of(ax))[state], gid=state)
    # no outline: a page that holds its thread for less than a pixel must not look longer than it is
    bars.set(linewidth=0.0, rasterized=len(left) > MANY, zorder=2)
    ax.add_collection(bars, autolim=False)


def _gave_up(ax: Axes, records: Records, y_of: Seconds, window: tuple[float, float]) -> None:
    """A cross on the strip at the instant at which the client got its error while the thread worked on."""
    assert records.thread is not None
    deadline = records.deadline
    shown = records.timed_out & (deadline >= records.started_at) & (deadline <= records.finished_at)
    shown &= (records.thread < len(y_of)) & (deadline >= window[0]) & (deadline <= window[1])
    if 0 < shown.sum() <= MOST_CROSSES:
        look: Look = {
            "clip_on": False,
            "linestyle": "none",
            "marker": "x",
            "markersize": 10,
            "markeredgewidth": 2.5,
            "gid": "gave up",
        }
        look |= {"color": theme_of(ax).ink, "zorder": 4, "label": "client gets its error"}
        ax.plot(deadline[shown], y_of[records.thread[shown]], **look)


def ledgers(comparison: Comparison) -> dict[str, Ledger]:
    """The rows of the ledger figure: the threads of each column of the comparison, and the workers of ASYNC."""
    rows = {}
    for result in comparison.cycles.values():
        label = cycle_label(result, comparison.scenario.threads)
        same = result.records.threads == comparison.scenario.threads
        for slot, pool in pools(result).items():
            said = same or slot != "thread"  # the label says how many threads there are where they are not the usual
            rows[f"{label}, {counted(pool.slots, slot)}" if said else label] = _ledger(pool, result)
    return rows


def ledger_alt(comparison: Comparison, **_: object) -> str:
    """The alternative text of `ledger`."""
    told = [f"{name}: {_numbers(row)}" for name, row in ledgers(comparison).items()]
    return f"Where the slot-seconds went, a stacked bar per pool. {'; '.join(told)}."


def _numbers(row: Ledger) -> str:
    return ", ".join(f"{part / TICKS_PER_SECOND:,.0f} s {name}" for name, part in _parts(row).items())


@drawn(ledger_alt)
def ledger(comparison: Comparison, ax: Axes) -> Axes:
    """Where the slot-seconds of the whole run went: a stacked bar per pool: useful, wasted (hatched), idle, down."""
    theme, rows = theme_of(ax), ledgers(comparison)
    whole = max((row.slots * row.ended_at for row in rows.values()), default=0) / TICKS_PER_SECOND or 1.0
    for y, row in enumerate(rows.values()):
        left = 0.0
        for state, part in _parts(row).items():
            width = part / TICKS_PER_SECOND
            ax.barh(y, width, left=left, height=0.5, **looks(theme)[state], linewidth=0.8, gid=state)
            left += width
        ax.text(0, y + 0.3, _numbers(row), va="top", fontsize=SMALL)
    ax.set_yticks(range(len(rows)), [name.replace(", ", "\n").replace(" with ", "\nwith ") for name in rows])
    ax.set(xlabel="slot-seconds (s)", xlim=(0, whole), ylim=(len(rows) - 0.3, -0.5))
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    ax.xaxis.set_major_formatter("{x:,.0f}")
    entitle(ax, _ledger_title(comparison))
    handles = _key(theme, [pool for result in comparison.cycles.values() for pool in pools(result).values()])
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=4)
    return ax


def _ledger_title(comparison: Comparison) -> str:
    rows = [_ledger(result.records.at_threads, result) for result in (comparison.sync, comparison.async_)]
    if not any(row.useful + row.wasted for row in rows):
        return "No thread had anything to do"
    sync, async_ = (share(row.wasted, row.useful + row.wasted) for row in rows)
    return f"SYNC wasted {sync} of its threads' working time, ASYNC {async_}"

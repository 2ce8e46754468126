"""Visits and their jobs as lives: asked, waited, ran, failed, waited again, ran, done; a row each, on one clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..attempts import Attempts
from ..experiments import Result
from ..records import KINDS, OK, POLL
from ..turns import COMPLETED, FAILED, OUTCOMES
from ..words import counted, cycle_label, duration, joined
from .annotations import troubles
from .style import SMALL, Theme, drawn, entitle, theme_of

MOST = 12  # rows that can be told apart from the last row of a room
STATES = ("waits", "on a thread", "in a worker", "for nothing", "until its next run")
MARKS = {  # what happens in an instant: marker, the colour's role
    "asks": ("|", "ink"),
    "asks whether it is ready": ("^", "soft"),
    "gets an answer": ("o", "page"),
    "gets an error": ("X", "timed_out"),
    "a run fails": ("x", "timed_out"),
    "job done": ("D", "useful"),
    "job lost or dead": ("P", "ink"),
}


@dataclass(frozen=True)
class Stretch:
    """What a visit or its job does from `begin` until `end` (s): one of STATES."""

    state: str
    begin: float
    end: float


def stretches(result: Result, visit: int) -> list[Stretch]:
    """The stretches of a visit's life, those of no length left out; ValueError for a visit that there is not."""
    if not 0 <= visit < len(result.workload):
        raise ValueError(f"visit = {visit!r}; allowed: 0 to {len(result.workload) - 1}")
    mine = _requests(result, visit)
    found = [each for row in mine for each in (*_at_threads(result, int(row)), *_at_workers(result, int(row)))]
    return sorted((each for each in found if each.end > each.begin), key=lambda each: each.begin)


def _requests(result: Result, visit: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    return np.flatnonzero((result.records.visit_id == visit) & (result.records.kind != POLL))


def _at_threads(result: Result, row: int) -> Iterator[Stretch]:
    turns = result.records.at_threads
    came, taken, left = (float(column[row]) for column in (turns.came_at, turns.taken_at, turns.left_at))
    yield Stretch("waits", came, taken)
    yield Stretch("on a thread" if turns.useful[row] else "for nothing", taken, left)


def _at_workers(result: Result, row: int) -> Iterator[Stretch]:
    runs = result.records.at_workers
    mine = np.flatnonzero(runs.request_id == row)
    pushed_at = result.records.run_enqueued_at
    for before, run in zip((None, *mine), mine, strict=False):
        waits_since = float(runs.came_at[run])
        if before is not None:
            yield Stretch("until its next run", float(runs.left_at[before]), max(float(pushed_at[run]), waits_since))
        yield Stretch("waits", waits_since, float(runs.taken_at[run]))
        state = "in a worker" if runs.outcome[run] == COMPLETED else "for nothing"
        yield Stretch(state, float(runs.taken_at[run]), float(runs.left_at[run]))


def events(result: Result, visit: int) -> Iterator[tuple[str, float]]:
    """What happens in an instant of a visit's life (a key of MARKS), and when (s)."""
    records = result.records
    for row in np.flatnonzero(records.visit_id == visit):
        poll, good = records.kind[row] == POLL, records.status[row] == OK
        yield "asks whether it is ready" if poll else "asks", float(records.arrived_at[row])
        if not poll:
            yield "gets an answer" if good else "gets an error", float(records.responded_at[row])
            yield "job done", float(records.completed_at[row])
            yield "job lost or dead", float(records.died_at[row])
    runs = records.at_workers
    failed = (runs.outcome == FAILED) & (records.visit_id[runs.request_id] == visit)
    yield from (("a run fails", float(at)) for at in runs.left_at[failed])
    if isinstance(records, Attempts):
        gone = records.lost & (records.visit_id[runs.request_id] == visit)
        yield from (("job lost or dead", float(at)) for at in runs.left_at[gone])


def told(result: Result, visit: int) -> str:
    """A visit's life in words: "report 12: asked 3 times, answered after 62 s; job: failed, failed, completed"."""
    records, mine = result.records, _requests(result, visit)
    good = mine[records.status[mine] == OK]
    first = float(records.arrived_at[mine[0]])
    said = [f"asked {counted(len(mine), 'time')}"] if len(mine) > 1 else []
    said += [f"answered after {duration(records.responded_at[good[0]] - first)}" if len(good) else "never answered"]
    outcomes = [OUTCOMES[code] for row in mine for code in _outcomes(result, int(row))]
    job = f"; its job: {', '.join(outcomes)}" if outcomes else ""
    return f"{_name(result, visit)}: {', '.join(said)}{job}"


def _outcomes(result: Result, row: int) -> list[int]:
    runs = result.records.at_workers
    codes: list[int] = runs.outcome[runs.request_id == row].tolist()
    return codes


def _name(result: Result, visit: int) -> str:
    return f"{KINDS[int(result.workload.is_report[visit])]} {visit}"


def lives_alt(result: Result, visits: Sequence[int], **_: object) -> str:
    """The alternative text of `lives`."""
    return f"Lives of {counted(len(visits), 'visit')} in {cycle_label(result)}, a row each. " + "; ".join(
        told(result, visit) for visit in visits
    )


@drawn(lives_alt)
def lives(result: Result, visits: Sequence[int], ax: Axes) -> Axes:
    """What becomes of some visits and of their jobs over time (s), a row each: attempts, waits, runs, retries, ends.

    Work for nothing is hatched; outages and stops of the worker application are marked. Raises ValueError for a visit
    that there is not, and for more than twelve.
    """
    if len(visits) > MOST:
        raise ValueError(f"{len(visits)} visits; allowed: at most {MOST}")
    theme, states, marked, ends = theme_of(ax), set[str](), set[str](), [0.0]
    for y, visit in enumerate(visits):
        for each in stretches(result, visit):
            look = dict(_looks(theme)[each.state])
            height = float(look.pop("height"))
            ax.barh(y, each.end - each.begin, left=each.begin, height=height, gid=each.state, **look)
            states.add(each.state)
        happened = [(name, at) for name, at in events(result, visit) if not np.isnan(at)]
        for name, at in happened:
            ax.plot([at], [y + (0.44 if "ready" in name else 0)], gid=name, zorder=5, **_mark(theme, name))
        _number_the_attempts(ax, y, [at for name, at in happened if name == "asks"])
        marked |= {name for name, _ in happened}
        ends += [at for _, at in happened]
    written = troubles(ax, result)
    ax.set(xlabel="time (s)", ylim=(max(len(visits), 4) - 0.3, -1.3 if written else -0.7))
    ax.set_yticks(range(len(visits)), [_name(result, visit) for visit in visits])
    ax.tick_params(axis="y", length=0)
    first, last = min(ends[1:], default=0.0), max(ends)
    ax.set_xlim(first - 0.03 * (last - first or 1), last + 0.03 * (last - first or 1))
    entitle(ax, _title(result, visits))
    bars = [Patch(label=state, **_filling(theme, state)) for state in STATES if state in states]
    points = [Line2D([], [], label=name, **_mark(theme, name)) for name in MARKS if name in marked]
    ax.legend(handles=bars + points, loc="upper center", bbox_to_anchor=(0.5, -0.11), ncols=4, columnspacing=1.2)
    return ax


def _number_the_attempts(ax: Axes, y: float, asked_at: list[float]) -> None:
    """Where somebody asks more than once: which attempt it is, from 1."""
    for number, at in enumerate(asked_at if len(asked_at) > 1 else [], start=1):
        ax.text(at, y - 0.38, f" {number}", va="center", fontsize=SMALL, gid="attempt")


def _title(result: Result, visits: Sequence[int]) -> str:
    runs = [len(_outcomes(result, int(row))) for visit in visits for row in _requests(result, visit)]
    asked = sum(len(_requests(result, visit)) for visit in visits)
    parts = [f"{counted(len(visits), 'visit')}, {counted(asked, 'request')}"]
    parts += [counted(sum(runs), "run")] if sum(runs) else []
    return f"{cycle_label(result)}: {joined(parts)}"


def _filling(theme: Theme, state: str) -> dict[str, Any]:
    return {name: value for name, value in _looks(theme)[state].items() if name != "height"}


def _looks(theme: Theme) -> dict[str, dict[str, Any]]:
    return {
        "waits": {"facecolor": theme.idle, "edgecolor": theme.soft, "hatch": "..", "height": 0.34},
        "on a thread": {"facecolor": theme.useful, "edgecolor": theme.paper, "height": 0.62},
        "in a worker": {"facecolor": theme.useful, "edgecolor": theme.paper, "hatch": "\\\\", "height": 0.62},
        "for nothing": {"facecolor": theme.wasted, "edgecolor": theme.paper, "hatch": "///", "height": 0.62},
        "until its next run": {"facecolor": theme.soft, "edgecolor": theme.soft, "height": 0.07},
    }


def _mark(theme: Theme, name: str) -> dict[str, Any]:
    marker, role = MARKS[name]
    edge = theme.ink if marker in "oXDP" else getattr(theme, role)
    look = {"linestyle": "none", "marker": marker, "color": getattr(theme, role), "markeredgecolor": edge}
    return look | {"markersize": 20 if marker == "|" else 9, "markeredgewidth": 2.0 if marker in "x|" else 1.0}

"""Sweeps and sizings as text: a line per point and cycle, each figure with its interval."""

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..stats import FEWEST
from ..words import NEVER, NONE, TOO_FEW, counted, cycle_name, percent, seconds
from .estimates import DIFFERENCE
from .intervals import FEW, shares_of_runs

if TYPE_CHECKING:
    import pandas as pd

    from .sizing import Sizing

MOST_LINES = 60
ENOUGH = 20  # replications for which the intervals were tried (benchmarks/intervals.py)
ONE_POOL = (
    "These threads are one pool, in one process. They help requests that wait, not those that compute: in Ruby all"
    " threads of a process share one core. Several processes behind a router that picks one at random do worse than"
    " one pool of as many threads."
)


def written(statistic: str, value: float) -> str:
    """A statistic's value for reading, with its unit where it is a time or a share."""
    name = statistic.partition(".")[0]
    sign = "−" if value < 0 else ""
    if name.endswith("_time") or name == "ended_at":
        return sign + seconds(abs(value))
    if name.endswith(("_fraction", "_utilisation")):
        return sign + percent(abs(value))
    return f"{sign}{abs(value):,.4g}"


def estimate_text(row: dict[Hashable, Any]) -> str:
    """A mean with its interval, and on how few runs that rests; or "never" or "–"."""
    if row["missing"]:
        return NEVER if row["missing"] == NEVER else NONE
    mean, low, high = (written(row["statistic"], row[name]) for name in ("mean", "low", "high"))
    if row["low"] == row["high"]:
        return mean
    interval = f"  [{low}, {high}]" if row["low"] == row["low"] else ""
    return f"{mean}{interval}{few_text(row)}"


def few_text(row: dict[Hashable, Any]) -> str:
    """How few runs differ from the others, where they are few."""
    number = row["rests_on"]
    if number == row["replications"]:
        return ""
    return f" {number} {'differs' if number == 1 else 'differ'}" if number else " all alike"


def sweep_table(frame: "pd.DataFrame", fields: Sequence[str], statistics: Sequence[str]) -> str:
    """A line per point and cycle, a column per statistic: mean and 95 % interval, and theory's value where one is."""
    lines: dict[tuple[Any, ...], list[str]] = {}
    for row in frame[frame["statistic"].isin(statistics)].to_dict("records"):
        cells = lines.setdefault((*(row[field] for field in fields), row["cycle"]), [""] * len(statistics))
        column = statistics.index(row["statistic"])
        value = row.get("theory", float("nan"))
        cells[column] = estimate_text(row) + (f"  theory {written(row['statistic'], value)}" if value == value else "")
    head = [*fields, "cycle", *statistics]
    rows = [[*(f"{value:g}" for value in key[:-1]), cycle_name(key[-1]), *row] for key, row in lines.items()]
    return "\n".join([*columns_of(head, rows), *footnotes(frame, statistics)])


def json_rows(frame: "pd.DataFrame") -> list[dict[Hashable, Any]]:
    """The rows of a sweep's table as plain data, NaN as None."""
    return [
        {name: None if value != value else value for name, value in row.items()} for row in frame.to_dict("records")
    ]


def columns_of(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of left-aligned columns under a head."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    shown = rows if len(rows) <= MOST_LINES else rows[:MOST_LINES]
    lines = ["   ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)) for row in (head, *shown)]
    lines = [line.rstrip() for line in lines]
    lines.insert(1, "─" * (sum(widths) + 3 * len(widths) - 3))
    if len(rows) > len(shown):
        lines.append(f"… and {len(rows) - len(shown):,} more lines: --csv FILE or --json has them")
    return lines


def footnotes(frame: "pd.DataFrame", statistics: Iterable[str]) -> list[str]:
    """What the intervals are, and why some figures are missing."""
    rows = frame[frame["statistic"].isin(list(statistics))]
    count = int(frame["replications"].iloc[0])
    paired = "; SYNC − ASYNC is paired" if DIFFERENCE in set(frame["cycle"]) else ""
    notes = ["", f"Means over {count} replications with their 95 % intervals{paired}."]
    notes += _rarely_seen(set(rows["rests_on"][(rows["missing"] == "") & (rows["low"] != rows["high"])]), count)
    if (rows["missing"] == NEVER).any():
        notes.append("never: in some replication the figure falls among reports that were never completed.")
    parts = {name.partition(".")[2] for name in rows["statistic"][rows["missing"] == TOO_FEW]} & {*FEWEST}
    needs = ", ".join(f"{part} needs {FEWEST[part]}" for part in sorted(parts))
    if needs:
        notes.append(f"–: too few requests in some replication; {needs} of them in each.")
    return notes


def _rarely_seen(rests_on: set[int], count: int) -> list[str]:
    """What it means that all runs are alike, or nearly all; and that there are not many of them."""
    share = f"{100 * shares_of_runs(count)[1][0]:.2g} %"
    notes = []
    if 0 in rests_on:
        notes.append(f"all alike: nothing else was seen in {count} runs, so up to {share} of all runs may differ.")
    if rests_on & {*range(1, FEW + 1)} - {count}:
        notes.append("differ: from all other runs. What rests on so few may be wrong; more --replications tell.")
    if count < ENOUGH:
        notes.append(f"With fewer than {ENOUGH} replications an interval may miss more often than 1 time in 10.")
    return notes


def sizing_text(sizing: "Sizing", title: str) -> str:
    """The numbers tried with the figures that the goals are about, and the answer."""
    statistics = list(dict.fromkeys(goal.statistic for goal in sizing.goals))
    frame = sizing.tried
    cells: dict[int, list[str]] = {number: [f"{number}"] for number in sizing.met}
    for row in frame[frame["statistic"].isin(statistics)].to_dict("records"):
        cells[row[sizing.over]].append(estimate_text(row))
    order = [name for name in dict.fromkeys(frame["statistic"]) if name in statistics]
    rows = [[*cells[number], _yes(met), _yes(sizing.met_afresh.get(number))] for number, met in sizing.met.items()]
    goals = " and ".join(map(str, sizing.goals))
    head = f"{title}, {cycle_name(sizing.cycle)}: {goals}"
    table = columns_of([sizing.over, *order, "meets the goals", f"with {sizing.replications} other seeds"], rows)
    rule = "A goal is met where the whole interval meets it; where all runs are alike, where they do."
    said = [answer(sizing), *_undecided(sizing), *_advice(sizing)]
    return "\n".join([head, "", *table, *footnotes(frame, statistics), rule, "", *said])


def _yes(met: bool | None) -> str:
    return "" if met is None else "yes" if met else "no"


def answer(sizing: "Sizing") -> str:
    """The smallest number that will do and the larger ones tried, or why none will."""
    if sizing.smallest is None:
        assert sizing.reason
        return f"{sizing.reason[0].upper()}{sizing.reason[1:]}."
    last = max(sizing.met)
    number = counted(sizing.smallest, sizing.over.removesuffix("s"))
    met = f"{number}: with {2 * sizing.replications} seeds that meets the goals, and so does every larger number"
    if sizing.enough is None:
        return f"{met} up to {last}."
    return f"{met} (from {last} on nothing waits any more in these runs, and all give the same)."


def _undecided(sizing: "Sizing") -> list[str]:
    if sizing.undecided is None:
        return []
    number, replications = sizing.undecided
    it = counted(number, sizing.over.removesuffix("s"))
    return [
        f"{it} may do, too: the means meet the goals, the intervals do not. --replications {replications} may tell."
    ]


def _advice(sizing: "Sizing") -> list[str]:
    """What a number of threads does not say."""
    return [ONE_POOL] if sizing.over == "threads" and sizing.smallest else []

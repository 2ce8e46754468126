"""Sweeps and sizings as text: a line per point and cycle, each figure with its interval."""

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .estimates import DIFFERENCE, NEVER, TOO_FEW
from .stats import FEWEST
from .words import NONE, percent, seconds

if TYPE_CHECKING:
    import pandas as pd

    from .sizing import Sizing

MOST_LINES = 60


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
    """A mean with its interval, "never" or "–"."""
    if row["missing"]:
        return NEVER if row["missing"] == NEVER else NONE
    # what cannot be negative, or a share above 1, is not said to be
    is_share = row["statistic"].endswith(("_fraction", "_utilisation"))
    least, most = (-np.inf, np.inf) if row["cycle"] == DIFFERENCE else (0.0, 1.0 if is_share else np.inf)
    values = (row["mean"], max(row["low"], least), min(row["high"], most))
    mean, low, high = (written(row["statistic"], value) for value in values)
    return f"{mean}  [{low}, {high}]"


def sweep_table(frame: "pd.DataFrame", fields: Sequence[str], statistics: Sequence[str]) -> str:
    """A line per point and cycle, a column per statistic: mean and 95 % interval, and theory's value where one is."""
    lines: dict[tuple[Any, ...], list[str]] = {}
    for row in frame[frame["statistic"].isin(statistics)].to_dict("records"):
        cells = lines.setdefault((*(row[field] for field in fields), row["cycle"]), [""] * len(statistics))
        column = statistics.index(row["statistic"])
        value = row.get("theory", float("nan"))
        cells[column] = estimate_text(row) + (f"  theory {written(row['statistic'], value)}" if value == value else "")
    head = [*fields, "cycle", *statistics]
    rows = [[*(f"{value:g}" for value in key[:-1]), _label(key[-1]), *row] for key, row in lines.items()]
    return "\n".join([*columns_of(head, rows), *footnotes(frame, statistics)])


def _label(cycle: str) -> str:
    return cycle.upper().replace("-", "−")


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
    notes = ["", f"Means over {count} replications with their 95 % intervals (Student's t){paired}."]
    if (rows["missing"] == NEVER).any():
        notes.append("never: in some replication the figure falls among reports that were never completed.")
    parts = {name.partition(".")[2] for name in rows["statistic"][rows["missing"] == TOO_FEW]} & {*FEWEST}
    needs = ", ".join(f"{part} needs {FEWEST[part]}" for part in sorted(parts))
    if needs:
        notes.append(f"–: too few requests in some replication; {needs} of them in each.")
    return notes


def sizing_text(sizing: "Sizing", title: str) -> str:
    """The numbers tried with the figures that the goals are about, and the answer."""
    statistics = list(dict.fromkeys(goal.statistic for goal in sizing.goals))
    frame = sizing.tried
    cells: dict[int, list[str]] = {number: [f"{number}"] for number in sizing.met}
    for row in frame[frame["statistic"].isin(statistics)].to_dict("records"):
        cells[row[sizing.over]].append(estimate_text(row))
    order = [name for name in dict.fromkeys(frame["statistic"]) if name in statistics]
    rows = [[*cells[number], "yes" if met else "no"] for number, met in sizing.met.items()]
    goals = " and ".join(map(str, sizing.goals))
    head = f"{title}, {_label(sizing.cycle)}: {goals}"
    table = columns_of([sizing.over, *order, "meets the goals"], rows)
    rule = "A goal is met where the whole interval meets it."
    return "\n".join([head, "", *table, *footnotes(frame, statistics), rule, "", answer(sizing)])


def answer(sizing: "Sizing") -> str:
    """The smallest number that will do and the larger ones tried, or why none will."""
    if sizing.smallest is None:
        assert sizing.reason
        return f"{sizing.reason[0].upper()}{sizing.reason[1:]}."
    last = max(sizing.met)
    noun = sizing.over if sizing.smallest != 1 else sizing.over.removesuffix("s")
    if sizing.enough is None:
        return f"{sizing.smallest} {noun}: that meets the goals, and so does every larger number up to {last}."
    return (
        f"{sizing.smallest} {noun}: that meets the goals, and so does every larger number"
        f" (from {last} on nothing waits any more, and all give the same)."
    )

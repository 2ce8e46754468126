"""A sweep's table for drawing: its rows, and its fields, statistics and values in words with their units."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..scenario import TIMES, Scenario
from ..words import NEVER, duration

if TYPE_CHECKING:
    import pandas as pd

DIFFERENCE = "sync - async"
FIGURES = {"mean": "mean", "p50": "median", "p95": "95th percentile", "p99": "99th percentile", "max": "maximum"}


def statistic_label(statistic: str) -> str:
    """A column of the summary in words, with its unit: "response time, 95th percentile (s)"."""
    name, _, figure = statistic.partition(".")
    words = name.replace("_", " ") + (f", {FIGURES.get(figure, figure)}" if figure else "")
    return f"{words} ({_unit(name)})"


def _unit(name: str) -> str:
    if name.endswith("_time") or name == "ended_at":
        return "s"
    if name.endswith(("_fraction", "_utilisation")):
        return "%"
    counts = {"throughput": "requests/s", "peak_queue": "jobs", "reports_completed": "reports"}
    return counts.get(name, name.rpartition("_")[2] if name.endswith(("pages", "reports")) else "requests")


def scale_of(statistic: str) -> float:
    """What a statistic is multiplied with for its axis: shares are drawn in per cent."""
    return 100.0 if _unit(statistic.partition(".")[0]) == "%" else 1.0


def value_text(statistic: str, value: float) -> str:
    """A statistic's value for people, with its unit where it is a time or a share."""
    unit = _unit(statistic.partition(".")[0])
    if unit == "s":
        return ("−" if value < 0 else "") + duration(abs(value))
    return (f"{100 * value:.3g} %" if unit == "%" else f"{value:,.4g}").replace("-", "−")


def field_label(field: str) -> str:
    """A scenario field in words, with its unit: "arrival rate (requests/s)"."""
    root, _, part = field.partition(".")
    known = Scenario.model_fields.get(root)
    extra = known.json_schema_extra if known else None
    unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
    if part and part.rpartition(".")[2] not in TIMES:
        unit = ""
    return f"{field.replace('_', ' ').replace('.', ', ')} ({unit or 'number'})"


def rows_of(frame: "pd.DataFrame", fields: list[str], statistic: str, cycle: str) -> "pd.DataFrame":
    """The rows of one statistic of one cycle; raises ValueError where there are none, or several of one setting."""
    for column, asked in (("statistic", statistic), ("cycle", cycle)):
        if asked not in set(frame[column]):
            raise ValueError(f"{column} = {asked!r}; allowed: {', '.join(sorted(set(frame[column])))}")
    for field in fields:
        if field not in frame.columns:
            raise ValueError(f"field = {field!r}; allowed: a column of the frame")
    rows = frame[(frame["statistic"] == statistic) & (frame["cycle"] == cycle)]
    if rows[fields].astype(str).duplicated().any():
        raise ValueError(f"several rows of one {' and '.join(fields)}; allowed: one, so choose among the other fields")
    return rows


def cycles_of(frame: "pd.DataFrame") -> list[str]:
    """SYNC and ASYNC, or their difference where the frame has only that."""
    there = list(dict.fromkeys(frame["cycle"]))
    return [cycle for cycle in there if cycle != DIFFERENCE] or there


def ends(statistic: str, rows: "pd.DataFrame") -> str:
    """The first and the last value of some rows, in words: "from 9 s to 4 s"."""
    first, *_, last = [*texts_of(statistic, rows.iloc[[0, -1]])]
    return f"from {first} to {last}" if first != last else first


def texts_of(statistic: str, rows: "pd.DataFrame") -> list[str]:
    """The means in words; where there is none, why: "never", or "too few" requests to say."""
    return [
        value_text(statistic, mean) if np.isfinite(mean) else missing
        for mean, missing in zip(rows["mean"], missing_of(rows), strict=True)
    ]


def missing_of(rows: "pd.DataFrame") -> list[str]:
    """Why each row has no mean; a table that does not say means "never"."""
    return list(rows["missing"]) if "missing" in rows.columns else [NEVER] * len(rows)


def few_of(rows: "pd.DataFrame") -> Any:
    """At which rows so few runs differ from the others that an interval promises nothing; a flag each."""
    if "rests_on" not in rows.columns:
        return np.zeros(len(rows), dtype=bool)
    certain = rows["low"].to_numpy() == rows["high"].to_numpy()
    known = np.isfinite(rows["mean"].to_numpy(dtype=np.float64))
    return (rows["rests_on"].to_numpy() < rows["replications"].to_numpy()) & known & ~certain


def written(value: Any) -> str:
    """A field's value for an axis."""
    return f"{value:g}" if isinstance(value, int | float | np.number) else str(value)[:20]

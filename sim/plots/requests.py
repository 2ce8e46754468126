"""What the browsers see: every request's response time over its arrival, and the distribution of these times."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, Locator, MaxNLocator, NullLocator

from ..experiments import Result
from ..labels import UNLABELLED
from ..records import KINDS, OK, Records
from ..units import Seconds
from ..words import counted, cycle_label, duration, fate, joined
from ..workload import Flags
from .annotations import limit_line, rates, warmup
from .headings import plain
from .style import MANY, SMALL, Theme, drawn, entitle, theme_of
from .times import TIMES, WHOM, counted_ones, times_of

# as many labels as marks can tell apart; the others are drawn by their kind
SHAPES = {"page": "o^vD<>", "report": "sPh*pd"}


def response_times_alt(result: Result, **_: object) -> str:
    """The alternative text of `response_times`."""
    summary, limit = result.summary, result.records.timeout
    spread = summary.response_time
    told = f"Scatter plot of response time over arrival time, {cycle_label(result)}: {ending(result)}"
    if summary.timed_out:
        who = _who(summary.timed_out_pages, summary.timed_out_reports)
        told += f" ({who}), crosses on the line at {duration(limit)}"
    if spread.mean is None:
        return f"{told}."
    tail = f", 95 of 100 within {duration(spread.p95)}" if spread.p95 is not None else ""
    return f"{told}. Mean response time {duration(spread.mean)}{tail}, at most {duration(spread.max)}."


def ending(result: Result) -> str:
    """The finding in a sentence: how many requests timed out or, where people try again, who was never answered."""
    if not result.scenario.beyond:
        return fate(result)
    visits, answered = result.summary.visits, result.summary.visits_answered
    if answered == visits:
        return f"all {visits:,} visits answered" if visits else "no visits"
    return f"{visits - answered:,} of {counted(visits, 'visit')} never answered"


def _who(pages: int, reports: int) -> str:
    kinds = ((pages, "page"), (reports, "report"))
    return joined([counted(number, kind) for number, kind in kinds if number])


def marks(theme: Theme, count: int = 0) -> dict[tuple[str, bool], dict[str, Any]]:
    """How a request is marked: by kind, and by whether it timed out; the smaller, the more there are."""
    size = 7.0 if count <= 500 else 5.0 if count <= 5 * MANY else 2.5
    larger = max(size, 6.0)
    page = {"marker": "o", "markersize": size, "color": theme.page, "zorder": 2}
    report = {"marker": "s", "markersize": 1.1 * size, "color": theme.report, "zorder": 3}
    lost = {"color": theme.timed_out, "zorder": 4, "clip_on": False}
    return {
        ("page", False): page | {"markeredgewidth": 0.0},
        ("report", False): report | {"markeredgecolor": theme.ink, "markeredgewidth": 0.5},
        ("page", True): lost | {"marker": "x", "markersize": 2.3 * larger, "markeredgewidth": 1.2, "zorder": 5},
        ("report", True): lost | {"marker": "X", "markersize": 1.7 * larger, "markeredgewidth": 0.0},
    }


@drawn(response_times_alt)
def response_times(result: Result, ax: Axes, *, legend: bool = True) -> Axes:
    """Response time (s) over arrival time (s), a mark per request: pages, reports, and those that timed out as crosses.

    Requests from before `warmup` are drawn on grey, since they do not count. A surge in the arrival rate is marked.
    """
    theme, records = theme_of(ax), result.records
    counts = counted_ones(result)
    for mine, label, look in _groups(result, theme, counts):
        if (mine & counts).any():
            _scatter(ax, records, mine & counts, look | {"label": label, "gid": label})
        if (mine & ~counts).any():
            _scatter(ax, records, mine & ~counts, look | {"alpha": 0.4, "gid": "not counted"})
    highest = _highest(result)
    ticks: Locator = MaxNLocator(5, steps=[1, 2, 5, 10])
    if highest == records.timeout:
        limit_line(ax, records.timeout)
        ticks = FixedLocator(_up_to(highest))
    _time_axis(ax, result)
    warmup(ax, result)
    top = 1.25 + 0.2 * (rates(ax, result) + (result.scenario.warmup > 0))  # room for what is written along the top
    ax.set(ylabel="response time (s)", ylim=(-0.02 * highest, top * highest))
    ax.yaxis.set_major_locator(ticks)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))
    entitle(ax, f"{cycle_label(result)}: {ending(result)}")
    if legend and len(records):
        scale = 2.0 if len(records) > 5 * MANY else 1.0
        place: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.12)}
        ax.legend(ncols=4, markerscale=scale, handletextpad=0.2, columnspacing=1.2, **place)
    return ax


def _highest(result: Result) -> float:
    """What the axis reaches to, s: the timeout, or less where threads compute and all answers are far below it."""
    longest = float(result.records.response_time.max(initial=0.0))
    near = not result.scenario.cores or longest > 0.1 * result.records.timeout or not longest
    return result.records.timeout if near else float(f"{1.1 * longest:.1g}")


Group = tuple[Flags, str, dict[str, Any]]  # whose marks are alike, what they are called, how they look


def _groups(result: Result, theme: Theme, counts: Flags) -> Iterator[Group]:
    """The requests by kind and fate; those answered by their label, where there are labels."""
    records, labels = result.records, np.array([*result.workload.labels, UNLABELLED], dtype=object)
    looks = marks(theme, len(records))
    own_looks, bad = label_marks(result, theme), records.status != OK
    error = " timed out" if np.array_equal(bad, records.timed_out) else " with an error"
    for (kind, late), look in looks.items():
        mine = (records.kind == KINDS.index(kind)) & (bad == late)
        for label in [label for label, own in own_looks if own == kind and not late]:
            assert result.workload.label is not None
            its_own = mine & (labels[result.workload.label[records.visit_id]] == label)
            yield its_own, labelled(label, [result]), own_looks[label, kind]
            mine = mine & ~its_own
        yield mine, counted(int((mine & counts).sum()), kind) + (error if late else ""), look


def label_marks(result: Result, theme: Theme) -> dict[tuple[str, str], dict[str, Any]]:
    """How the answered requests of each label are marked, by label and kind: another shape for each of a kind."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    looks, code = marks(theme, len(result.records)), result.workload.label
    for kind in SHAPES if code is not None else ():
        of_kind = result.workload.is_report == (kind == "report")
        labels = np.array([*result.workload.labels, UNLABELLED], dtype=object)[code][of_kind]
        shown = [label for label in result.labels if (labels == label).any()]
        for label, shape in zip(shown, SHAPES[kind], strict=False):
            found[label, kind] = looks[kind, False] | {"marker": shape}
    return found


def labelled(label: str, results: Sequence[Result]) -> str:
    """ "/reports/*: 190 requests, p95 29 s → 100 ms": a label's figures in each of these runs."""
    figures = [result.labels[label] for result in results]
    spreads = [each.response_time.p95 for each in figures]
    tail = "" if None in spreads else f", p95 {' → '.join(duration(p95) for p95 in spreads)}"
    return f"{plain(label, 30)}: {counted(figures[0].requests, 'request')}{tail}"


def _up_to(limit: float) -> list[float]:
    """Even ticks of which the last is the timeout, in thirds, quarters or fifths if these are round numbers."""
    parts = next((parts for parts in (3, 4, 5) if abs(float(f"{limit / parts:.2g}") * parts - limit) < 1e-6), 2)
    return [limit * part / parts for part in range(parts + 1)]


def _scatter(ax: Axes, records: Records, shown: Flags, look: dict[str, Any]) -> None:
    at, time = records.arrived_at[shown], records.response_time[shown]
    ax.plot(at, time, linestyle="none", rasterized=len(records) > MANY, **look)


def _time_axis(ax: Axes, result: Result) -> None:
    ends_at = float(result.records.arrived_at.max(initial=result.workload.ends_at))  # some try again after its end
    margin = 0.01 * (ends_at or 1.0)
    ax.set(xlabel="arrival time (s)", xlim=(-margin, (ends_at or 1.0) + margin))


def distribution_alt(results: Mapping[str, Result], *, of: str = "response_time", **_: object) -> str:
    """The alternative text of `distribution`."""
    told = []
    for result in results.values():
        times = times_of(result, of)
        if not len(times):
            told.append(f"{cycle_label(result, _threads(results))}: nothing to show")
            continue
        spread = getattr(result.summary, of)
        middle = "half never" if spread.p50 is None else f"half within {duration(spread.p50)}"
        told.append(f"{cycle_label(result, _threads(results))}: {middle}, {_missing(result, of)}")
    return f"Distribution of the {TIMES[of]}, a step curve per cycle on a logarithmic axis. {'; '.join(told)}."


def _missing(result: Result, of: str) -> str:
    """How many of the times are no good: timed out, or never."""
    summary = result.summary
    if of == "response_time":
        return fate(result)
    if of == "visit_time":
        return ending(result)
    never = summary.reports - summary.reports_completed
    if never == summary.reports:
        return f"none of {counted(never, 'report')} completed"
    return f"{never:,} of {counted(summary.reports, 'report')} never" if never else "every report completed"


def _threads(results: Mapping[str, Result]) -> int | None:
    return next((result.records.threads for result in results.values()), None)


@drawn(distribution_alt)
def distribution(results: Mapping[str, Result], ax: Axes, *, of: str = "response_time", legend: bool = True) -> Axes:
    """The share of requests (%) answered, or of reports completed, within so many seconds, a curve per result.

    A timed-out request counts at the timeout: the thick jump there is their share. A report that never completes
    leaves its curve below 100 %. `of` is "response_time" or "completion_time".
    """
    theme, slots, spans, notes = theme_of(ax), _threads(results), [], []
    for name, result in results.items():
        times = times_of(result, of)
        finite = times[np.isfinite(times)]
        spans += [float(bound) for bound in finite[[0, -1]] if bound > 0] if len(finite) else []
        look = curves(theme).get(name, curves(theme)["sync"])
        curve(ax, finite, len(times), cycle_label(result, slots), look)
        if of == "response_time":
            _mass_at_the_timeout(ax, result, len(times), theme)
        if len(finite) < len(times) or (of == "response_time" and result.summary.timed_out):
            notes.append(f"{cycle_label(result, slots)}: {_missing(result, of)}")
    limits = sorted({result.records.timeout for result in results.values()})
    log_axis(ax, spans, limits)
    for limit in limits:
        ax.axvline(limit, color=theme.timed_out, linewidth=1.5, zorder=1, gid="timeout")
    ax.set(
        xlabel=f"{TIMES[of]} (s, logarithmic)",
        ylabel=f"share of {WHOM[of]}s (%)",
        ylim=(0, 106 + 14 * max(len(notes), 1)),
    )
    ax.set_yticks([0, 25, 50, 75, 100])
    ax.grid(axis="y")
    ax.set_axisbelow(True)
    box = {"facecolor": theme.paper, "edgecolor": "none", "pad": 1} if notes else None
    ax.text(0.015, 0.98, "\n".join(notes), transform=ax.transAxes, va="top", fontsize=SMALL, bbox=box)
    entitle(ax, _halves(results, of))
    if legend and results:
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3, handlelength=3)
    return ax


def curves(theme: Theme) -> dict[str, dict[str, Any]]:
    """How the curve of each column of a comparison looks."""
    return {
        "sync": {"color": theme.sync, "linestyle": "solid", "linewidth": 3},
        "async": {"color": theme.async_, "linestyle": (0, (4, 1.2)), "linewidth": 3},
        "sync_same_slots": {"color": theme.soft, "linestyle": (0, (1, 1)), "linewidth": 3},
    }


def _halves(results: Mapping[str, Result], of: str) -> str:
    """The finding of a distribution: within which time half of them are done."""
    slots = _threads(results)
    halves = {cycle_label(result, slots): getattr(result.summary, of).p50 for result in results.values()}
    if not any(len(times_of(result, of)) for result in results.values()):
        asked = of != "completion_time" or any(result.workload.is_report.any() for result in results.values())
        return "Nothing to show" if asked else "Nobody asks for a report"
    told = [f"{label} {duration(p50)}" for label, p50 in halves.items()]
    return "Half within: " + ", ".join(told)


def curve(ax: Axes, finite: Seconds, count: int, label: str, look: Mapping[str, Any]) -> None:
    share = 100 * np.arange(1, len(finite) + 1) / max(count, 1)
    last = np.append(finite[1:] != finite[:-1], True)[: len(finite)]  # one step for all that are equal
    x, y = finite[last], share[last]
    if len(x) > MANY:
        kept = np.unique(np.linspace(0, len(x) - 1, MANY).astype(int))  # left out along the share: no step is moved
        x, y = x[kept], y[kept]
    x, y = np.concatenate([x[:1], x]), np.concatenate([np.zeros(len(x[:1])), y])
    ax.plot(x, y, drawstyle="steps-post", label=label, gid=label, **look)


def _mass_at_the_timeout(ax: Axes, result: Result, count: int, theme: Theme) -> None:
    timed_out = result.summary.timed_out
    if timed_out:
        limit, below = result.records.timeout, 100 * (1 - timed_out / count)
        look: dict[str, Any] = {"linewidth": 7, "marker": "x", "markersize": 10, "solid_capstyle": "butt"}
        ax.plot([limit, limit], [below, 100], color=theme.timed_out, zorder=3, gid="mass", **look)


def log_axis(ax: Axes, spans: list[float], limits: list[float]) -> None:
    """A logarithmic axis whose ticks are the powers of ten and the timeouts, which come first where it is crowded."""
    low, high = min(spans + limits, default=1.0) / 1.6, max(spans + limits, default=1.0) * 2
    low = min(low, high / 100)
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    decades = (10.0 ** np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)).tolist()
    room = 0.09 * np.log10(high / low)
    free = [decade for decade in decades if all(abs(np.log10(decade / limit)) > room for limit in limits)]
    ax.xaxis.set_major_locator(FixedLocator([*free, *limits]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: duration(at) if at in limits else f"{at:,.10g}"))

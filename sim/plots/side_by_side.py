"""The figure of `compare`: both cycles on the same requests, side by side."""

from collections.abc import Callable

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..experiments import Comparison, Result
from ..words import cycle_name
from .headings import heading
from .load import arrivals, arrivals_alt
from .requests import (
    curves,
    distribution,
    distribution_alt,
    label_marks,
    labelled,
    marks,
    response_times,
    response_times_alt,
)
from .style import LARGE, THEMES, Picture, Theme, figure, style
from .waiting import backlog, backlog_alt


def comparison_alt(comparison: Comparison) -> str:
    """The alternative text of `comparison_figure`."""
    both = {name: comparison.cycles[name] for name in ("sync", "async")}
    panels = [response_times_alt(result) for result in both.values()]
    panels += [distribution_alt(both, of=of) for of in _times(comparison)]
    panels += [panel[1](panel[2]) for panel in [_of_the_lab(comparison)] if panel]
    return f"{heading(comparison.scenario)}. " + " ".join(panels)


def comparison_figure(comparison: Comparison, *, theme: str = "light") -> Picture:
    """Response times of SYNC and ASYNC over arrival time, and the distributions of response and completion time.

    Where more goes wrong: of the time to the first good answer, and beside it what waits, or what load there is.
    """
    both = {name: comparison.cycles[name] for name in ("sync", "async")}
    whole = figure(theme, dpi=100)  # four panels: smaller letters
    with style(theme):
        axes = whole.subplots(2, 2, height_ratios=[1.15, 1])
        for result, ax in zip(both.values(), axes[0], strict=True):
            response_times(result, ax, legend=False)
        for of, ax in zip(_times(comparison), axes[1], strict=False):
            distribution(both, ax, of=of, legend=False)
        if panel := _of_the_lab(comparison):
            draw, _, result = panel
            draw(result, axes[1, 1], legend=False)
        key = _key(comparison, THEMES[theme]) + _fillings(axes[1, 1])
        columns = 3 if comparison.sync.labels else 6
        whole.legend(handles=key, loc="outside lower center", ncols=columns, columnspacing=1.3, handletextpad=0.4)
        title = whole.suptitle(heading(comparison.scenario), fontsize=LARGE)
        width = title.get_window_extent().width / whole.bbox.width
        title.set_fontsize(LARGE * min(1.0, 0.97 / width))
    whole.alt = comparison_alt(comparison)
    return whole


def _times(comparison: Comparison) -> tuple[str, ...]:
    """Whose distributions are shown."""
    if not comparison.scenario.beyond:
        return ("response_time", "completion_time")
    return ("visit_time",) if _of_the_lab(comparison) else ("visit_time", "completion_time")


Panel = tuple[Callable[..., Axes], Callable[..., str], Result]  # what draws, what tells it, of which run


def _of_the_lab(comparison: Comparison) -> Panel | None:
    """What tells most where more goes wrong: jobs that wait, or the load with its retries and polls; None: neither."""
    scenario = comparison.scenario
    if {"outages", "failure_fraction", "worker_stops", "queues"} & set(scenario.beyond):
        return backlog, backlog_alt, comparison.async_
    if scenario.client_retries or scenario.result == "polling":
        heavier = max((comparison.sync, comparison.async_), key=lambda result: len(result.records))
        return arrivals, arrivals_alt, heavier
    return None


def _fillings(ax: Axes) -> list[Artist]:
    """What the fillings of a panel mean, in short."""
    found: list[Artist] = []
    for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
        if not isinstance(handle, Line2D):
            handle.set_label(label.split(":")[0])
            found.append(handle)
    return found


def _key(comparison: Comparison, theme: Theme) -> list[Artist]:
    """What the marks and the curves of both rows mean; of each label also how it fared in both."""
    both = [comparison.sync, comparison.async_]
    named = {labelled(label, both): look for (label, _), look in label_marks(both[0], theme).items()}
    error = "with an error" if comparison.scenario.beyond else "timed out"
    requests = {f"{kind} {error}" if late else kind: look for (kind, late), look in marks(theme).items()}
    if named:
        requests = named | {name: look for name, look in requests.items() if name.endswith(error)}
    cycles = {cycle_name(name): curves(theme)[name] for name in ("sync", "async")}
    dots: list[Artist] = [Line2D([], [], linestyle="none", label=label, **look) for label, look in requests.items()]
    return dots + [Line2D([], [], label=label, **look) for label, look in cycles.items()]

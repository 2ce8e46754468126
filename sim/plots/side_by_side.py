"""The figure of `compare`: both cycles on the same requests, side by side."""

from matplotlib.lines import Line2D

from ..experiments import Comparison
from .headings import heading
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


def comparison_alt(comparison: Comparison) -> str:
    """The alternative text of `comparison_figure`."""
    both = {name: comparison.cycles[name] for name in ("sync", "async")}
    panels = [response_times_alt(result) for result in both.values()]
    panels += [distribution_alt(both), distribution_alt(both, of="completion_time")]
    return f"{heading(comparison.scenario)}. " + " ".join(panels)


def comparison_figure(comparison: Comparison, *, theme: str = "light") -> Picture:
    """Response times of SYNC and ASYNC over arrival time, and the distributions of response and completion time."""
    both = {name: comparison.cycles[name] for name in ("sync", "async")}
    whole = figure(theme, dpi=100)  # four panels: smaller letters
    with style(theme):
        axes = whole.subplots(2, 2, height_ratios=[1.15, 1])
        for result, ax in zip(both.values(), axes[0], strict=True):
            response_times(result, ax, legend=False)
        for of, ax in zip(("response_time", "completion_time"), axes[1], strict=True):
            distribution(both, ax, of=of, legend=False)
        key = _key(comparison, THEMES[theme])
        columns = 3 if comparison.sync.labels else 6
        whole.legend(handles=key, loc="outside lower center", ncols=columns, columnspacing=1.3, handletextpad=0.4)
        title = whole.suptitle(heading(comparison.scenario), fontsize=LARGE)
        width = title.get_window_extent().width / whole.bbox.width
        title.set_fontsize(LARGE * min(1.0, 0.97 / width))
    whole.alt = comparison_alt(comparison)
    return whole


def _key(comparison: Comparison, theme: Theme) -> list[Line2D]:
    """What the marks and the curves of both rows mean; of each label also how it fared in both."""
    both = [comparison.sync, comparison.async_]
    named = {labelled(label, both): look for (label, _), look in label_marks(both[0], theme).items()}
    requests = {f"{kind} timed out" if late else kind: look for (kind, late), look in marks(theme).items()}
    if named:
        requests = named | {name: look for name, look in requests.items() if name.endswith("out")}
    cycles = {name.upper(): curves(theme)[name] for name in ("sync", "async")}
    dots = [Line2D([], [], linestyle="none", label=label, **look) for label, look in requests.items()]
    return dots + [Line2D([], [], label=label, **look) for label, look in cycles.items()]

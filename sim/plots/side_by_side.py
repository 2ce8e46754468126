"""The figure of `compare`: both cycles on the same requests, side by side."""

from matplotlib.figure import Figure

from ..experiments import Comparison
from .requests import distribution, distribution_alt, response_times, response_times_alt
from .style import LARGE, figure, style
from .words import heading, seconds


def comparison_alt(comparison: Comparison) -> str:
    """The alternative text of `comparison_figure`."""
    both = {name: comparison.cycles[name] for name in ("sync", "async")}
    panels = [response_times_alt(result) for result in both.values()]
    panels += [distribution_alt(both), distribution_alt(both, of="completion_time")]
    return f"{heading(comparison.scenario)}. " + " ".join(panels)


def comparison_figure(comparison: Comparison, *, theme: str = "light") -> Figure:
    """Response times of SYNC and ASYNC over arrival time, and the distributions of response and completion time."""
    both = {name: comparison.cycles[name] for name in ("sync", "async")}
    whole = figure(theme)
    with style(theme):
        axes = whole.subplots(2, 2, height_ratios=[1.15, 1])
        for result, ax in zip(both.values(), axes[0], strict=True):
            response_times(result, ax, legend=False)
        for of, ax in zip(("response_time", "completion_time"), axes[1], strict=True):
            distribution(both, ax, of=of)
        whole.suptitle(heading(comparison.scenario), fontsize=LARGE)
    whole.alt = comparison_alt(comparison)
    return whole

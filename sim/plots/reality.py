"""A simulation beside a recording of the real stack: what each client waited in the one and in the other."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from ..checks import Recording
from ..experiments import Result
from ..words import duration
from .style import drawn, entitle, theme_of


def measured_alt(result: Result, recording: Recording, **_: object) -> str:
    """The alternative text of `measured`."""
    wrong, off = _wrong(result, recording), _off(result, recording)
    return (
        f"Scatter plot of simulated over measured response time, {len(wrong)} requests: {int(wrong.sum())} with another"
        f" fate, marked; where both were answered, half of them within {duration(off)} of the diagonal."
    )


def _wrong(result: Result, recording: Recording) -> Any:
    return result.records.timed_out != recording.timed_out


def _off(result: Result, recording: Recording) -> float:
    both = ~result.records.timed_out & ~recording.timed_out
    return float(np.median(np.abs(result.records.response_time - recording.response_time)[both]))


@drawn(measured_alt)
def measured(result: Result, recording: Recording, ax: Axes) -> Axes:
    """Simulated over measured response time (s), a mark per request, crosses for those whose fate differs.

    A request that was timed out stands at the timeout. On the diagonal both are the same.
    """
    theme, wrong, limit = theme_of(ax), _wrong(result, recording), result.records.timeout
    real = np.where(recording.timed_out, limit, recording.response_time)
    ax.plot([0, limit], [0, limit], color=theme.soft, linewidth=1.5, zorder=1, label="the same in both")
    looks: dict[str, tuple[Any, dict[str, Any]]] = {
        "the same fate": (~wrong, {"marker": "o", "markersize": 8, "markerfacecolor": "none", "color": theme.page}),
        "another fate": (wrong, {"marker": "X", "markersize": 13, "color": theme.timed_out, "zorder": 4}),
    }
    for name, (these, look) in looks.items():
        label = f"{int(these.sum())} with {name}"
        ax.plot(real[these], result.records.response_time[these], linestyle="none", label=label, clip_on=False, **look)
    ticks = FixedLocator([limit * part / 3 for part in range(4)])
    ax.xaxis.set_major_locator(ticks)
    ax.yaxis.set_major_locator(ticks)
    ax.set(xlabel="measured response time (s)", ylabel="simulated response time (s)")
    entitle(ax, f"{len(real)} requests: {int(wrong.sum())} fare differently than in reality")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3, handletextpad=0.3)
    return ax

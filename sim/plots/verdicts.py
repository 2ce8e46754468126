"""Prediction beside measurement: each request's time in both, and the number of timeouts within its range."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ..checks import Recording
from ..experiments import Result
from .reality import measured, measured_alt
from .style import LARGE, SMALL, THEMES, Picture, Theme, figure, style

MARGINS = {"left": 0.08, "right": 0.97, "top": 0.86, "bottom": 0.14, "hspace": 0.36, "wspace": 0.2}


@dataclass(frozen=True)
class Panel:
    """One cycle: what was simulated, what was measured, the range that the model allows, and the verdict in words."""

    title: str
    result: Result
    recording: Recording
    allowed: tuple[int, int]
    verdict: str

    @property
    def alt(self) -> str:
        """What is drawn of it, in words."""
        low, high = self.allowed
        found = f"{self.title}: {self.verdict}. Timed out: {_late(self)[0]} simulated, {_late(self)[1]} measured"
        return f"{found}, {low} to {high} allowed. {measured_alt(self.result, self.recording)}"


def _late(panel: Panel) -> tuple[int, int]:
    return int(panel.result.records.timed_out.sum()), int(panel.recording.timed_out.sum())


def measured_figure(panels: list[Panel], *, theme: str = "light") -> Picture:
    """A column for each cycle: simulated over measured response times, and below the range with both counts in it."""
    whole = figure(theme, dpi=100 if len(panels) > 1 else 112)
    whole.set_layout_engine("none")  # the constrained one shrinks two rows of such labels to nothing
    with style(theme):
        axes = whole.subplots(2, len(panels), height_ratios=[6, 1], squeeze=False, gridspec_kw=MARGINS)
        for panel, ax, strip in zip(panels, axes[0], axes[1], strict=True):
            measured(panel.result, panel.recording, ax)
            _key(ax)
            ax.set_title(f"{panel.title}: {panel.verdict}")
            _strip(panel, strip, THEMES[theme])
        scenario = panels[0].result.scenario
        told = "simulated, and measured on real programs"
        whole.suptitle(f"{scenario.title}: {told}" if scenario.title else told.capitalize(), fontsize=LARGE)
    whole.alt = " ".join(panel.alt for panel in panels)
    return whole


def _key(ax: Axes) -> None:
    """The legend in the cloud's empty corner: below the axes is the range."""
    ax.legend(loc="upper left", handletextpad=0.3)


def _strip(panel: Panel, ax: Axes, theme: Theme) -> None:
    """A bar from the lowest to the highest number of timeouts that the model allows; a line and a dot for the two."""
    (low, high), (simulated, real) = panel.allowed, _late(panel)
    least, most = min(low, real, simulated), max(high, real, simulated, 1)
    room = max(1.0, 0.15 * (most - least))
    ax.barh(0, max(high - low, room / 12), left=low, height=0.5, color=theme.faint, zorder=1)
    ax.plot([simulated] * 2, [-0.45, 0.45], color=theme.soft, linewidth=3, zorder=2)
    ax.plot([real], [0], "o", color=theme.accent, markersize=11, zorder=3)
    ax.set(xlim=(least - room, most + room), ylim=(-0.6, 0.6), yticks=[])
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(f"timed out: ● {real} measured, ┃ {simulated} simulated\n{low} to {high} allowed", fontsize=SMALL)

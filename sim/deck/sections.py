"""The sections about the failure lab: their runs, what may be said of these, and the figures that a slide names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from .. import plots
from ..experiments import Result
from ..luck import OTHERS
from ..studies.seeds import seeds_of
from .cases import Case
from .measures import MEASURES, measured, of_rules, run_again
from .pictures import Drawn, drawn_as, figure_of
from .values import Value, of_scenario, of_summary

SIZE = (9.8, 4.6)  # inches: enlarged to the width of a slide, its letters are 24 px high
SHOWN = 6  # lives that can be told apart from the last row


class Runs:
    """The runs of a section by name, made when they are first asked for."""

    def __init__(self, cases: Mapping[str, Case]) -> None:
        self.cases, self._runs = cases, dict[str, Result]()

    def __getitem__(self, name: str) -> Result:
        if name not in self.cases:
            raise ValueError(f"{name!r}: there is no run of this name; allowed: {', '.join(self.cases)}")
        if name not in self._runs:
            self._runs[name] = self.cases[name].run()
        return self._runs[name]

    def others(self, name: str) -> list[float]:
        """A value such as `storm.late_errors` with other seeds than the preset's."""
        case, _, figure = name.partition(".")
        seeds = seeds_of(self.cases[case].scenario().seed, OTHERS + 1)[1:]
        found = (_number(self.cases[case].run(seed), figure) for seed in seeds)
        return [number for number in found if number is not None]

    def named(self, names: Sequence[str]) -> dict[str, Result]:
        """These runs by what a figure calls them."""
        return {self.cases[name].label: self[name] for name in names}


def values_of(runs: Runs) -> dict[str, Value]:
    """Every named value of the runs: `storm.visits`, `outage.completion_time.max`, `polite.last_wait`."""
    return {f"{name}.{key}": value for name in runs.cases for key, value in of_run(runs[name])}


def _number(run: Result, figure: str) -> float | None:
    return MEASURES[figure](run) if figure in MEASURES else dict(of_summary(run))[figure].number


def of_run(run: Result) -> Iterator[tuple[str, Value]]:
    """All that may be said of a run, by name."""
    yield from of_scenario(run.scenario)
    yield from of_rules(run.scenario)
    yield from of_summary(run)
    yield from measured(run)


_figure = partial(figure_of, size=SIZE)


def _failing(runs: Runs, names: Sequence[str], theme: str) -> plots.Picture:
    return _figure(plots.failing, runs.named(names), theme=theme)


def _arrivals(runs: Runs, names: Sequence[str], theme: str) -> plots.Picture:
    return _figure(plots.arrivals, runs[names[0]], theme=theme)


def _response_times(runs: Runs, names: Sequence[str], theme: str) -> plots.Picture:
    return _figure(plots.response_times, runs[names[0]], theme=theme)


def _backlog(runs: Runs, names: Sequence[str], theme: str) -> plots.Picture:
    return _figure(plots.backlog, runs[names[0]], theme=theme)


def _workers(runs: Runs, words: Sequence[str], theme: str) -> plots.Picture:
    """The workers of a run, from an instant to another (s)."""
    name, since, until = words
    return _figure(plots.slots, runs[name], theme=theme, between=(float(since), float(until)), only="worker")


def _lives(runs: Runs, names: Sequence[str], theme: str) -> plots.Picture:
    """Visits whose job had more than one run, spread over all there are."""
    again = run_again(runs[names[0]])
    visits = again[:: max(1, -(-len(again) // SHOWN))][:SHOWN]
    shown = _figure(plots.lives, runs[names[0]], visits, theme=theme)
    (ax,) = shown.axes
    if legend := ax.get_legend():
        legend.set_bbox_to_anchor((0.5, -0.16), transform=ax.transAxes)  # below the axis' name, in so flat a picture
    return shown


def _pages(runs: Runs, names: Sequence[str], theme: str) -> plots.Picture:
    times = {}
    for label, run in runs.named(names).items():
        waits, whole = run.summary.waiting_time.mean or 0.0, run.summary.response_time.mean or 0.0
        times[label] = {"waits for a thread": waits, "holds a thread": whole - waits}
    return _figure(plots.bars, times, "time a page takes, on average", theme=theme)


def _mail(runs: Runs, names: Sequence[str], theme: str) -> plots.Picture:
    within = {label: {"waits": MEASURES["mail_within"](run) or 0.0} for label, run in runs.named(names).items()}
    return _figure(plots.bars, within, "time within which 95 of 100 mails begin", theme=theme)


KINDS: dict[str, Callable[[Runs, Sequence[str], str], plots.Picture]] = {
    "failing": _failing,
    "arrivals": _arrivals,
    "response_times": _response_times,
    "backlog": _backlog,
    "workers": _workers,
    "lives": _lives,
    "pages": _pages,
    "mail": _mail,
}


def draw(name: str, runs: Runs, theme: str) -> Drawn:
    """The picture that a slide asks for ("failing storm once", "workers plug 240 360"), the same bytes every time.

    Raises ValueError for a kind or a run that there is not.
    """
    kind, *words = name.split()
    if kind not in KINDS or not words:
        raise ValueError(f"picture {name!r}; allowed: one of {', '.join(KINDS)}, and runs")
    return drawn_as("-".join([kind, *words]), KINDS[kind](runs, words, theme))

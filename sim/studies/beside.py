"""What theory says beside a sweep, point by point: a column of its table, and curves to be drawn."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import product
from math import isfinite, nan
from typing import TYPE_CHECKING

from ..scenario import Scenario
from ..words import cycle_name
from .longrun import expected
from .sweeps import BOTH, Setting, point_of, settings_of

if TYPE_CHECKING:
    import pandas as pd

Theory = Callable[[Setting, str, str], float]
Vary = Mapping[str, Sequence[float]]


def theory_of(scenario: Scenario, vary: Vary) -> Theory:
    """What theory says at a point, in a cycle, of a statistic; NaN where no formula applies."""
    at = cache(lambda point: point_of(scenario, vary, point))

    def of(point: Setting, cycle: str, statistic: str) -> float:
        return expected(at(point), cycle, statistic) if cycle in BOTH else nan  # no formula is about the difference

    return of


def refuse_without_theory(scenario: Scenario, vary: Vary, statistics: Sequence[str]) -> None:
    """Raise ValueError where no formula says anything of these statistics at any point."""
    theory = theory_of(scenario, vary)
    if not any(isfinite(theory(*case)) for case in product(settings_of(scenario, vary), BOTH, statistics)):
        raise ValueError(
            "theory: no formula applies to these figures; allowed: on_timeout = finish_all, and below full load"
            " waiting_time.mean (one thread, or exponential times), thread_utilisation or worker_utilisation"
        )


def with_theory(frame: "pd.DataFrame", scenario: Scenario, vary: Vary) -> "pd.DataFrame":
    """A sweep's table with one more column, `theory`; NaN where no formula applies."""
    theory = theory_of(scenario, vary)
    rows = zip(*(frame[field] for field in vary), frame["cycle"], frame["statistic"], strict=True)
    return frame.assign(theory=[theory(tuple(point), cycle, statistic) for *point, cycle, statistic in rows])


def curves(scenario: Scenario, vary: Vary, statistic: str) -> dict[str, Callable[[float], float]] | None:
    """Theory's curve over the one varied field, for each cycle in which a formula applies somewhere; None: nowhere."""
    if not isinstance(scenario.arrival_rate, float):
        return None
    theory = theory_of(scenario, vary)

    def of(cycle: str) -> Callable[[float], float]:
        return lambda value: theory((value,), cycle, statistic)

    found = {f"{cycle_name(cycle)}, theory": of(cycle) for cycle in BOTH}
    (values,) = vary.values()
    return {label: curve for label, curve in found.items() if any(isfinite(curve(value)) for value in values)} or None

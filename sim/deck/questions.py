"""The questions of slides that take a guess: each carries its answer with this run and with other luck, covered."""

import math
import re
from collections.abc import Callable, Sequence

ASKED = re.compile(r'<p class="guess" data-predicts="([\w.]+)" data-unit="([^"]*)"(?: data-most="([\w.]+)")?>')
SCALES = {"%": 100.0, "ms": 1000.0}  # of shares and of seconds

Number = Callable[[str], float | None]
Others = Callable[[str], Sequence[float]]


def with_answers(markdown: str, number: Number, others: Others) -> str:
    """The Markdown whose questions name their answers, with these: `data-value`, `data-others` and `data-most`.

    A question whose answer is not a finite number in this run is only read. Of other luck only what is finite counts.
    """

    def answered(tag: re.Match[str]) -> str:
        name, unit, most = tag.groups()
        value, scale = number(name), SCALES.get(unit, 1.0)
        if value is None or not math.isfinite(value):
            return '<p class="guess">'
        luck = ",".join(_written(scale * other) for other in others(name) if math.isfinite(other))
        above = f' data-most="{most if most.isdecimal() else _written(number(most) or 0.0)}"' if most else ""
        return (
            f'<p class="guess" data-unit="{unit}" data-value="{_written(scale * value)}" data-others="[{luck}]"{above}>'
        )

    return ASKED.sub(answered, markdown)


def _written(value: float) -> str:
    return f"{value:.6g}" if abs(value) < 1e5 else f"{value:.0f}"

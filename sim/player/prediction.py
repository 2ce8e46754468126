"""Predict first: the learner commits a number and a reason, then sees the answer; needs anywidget.

Who only watches a demonstration understands it no better than who never saw it; who predicts first does (Crouch,
Fagen, Callan & Mazur, American Journal of Physics 72, 2004). Nothing here waits for the learner: all cells may run
at once, and the answer stays covered, in the browser, until a prediction is committed or the learner asks for it.
"""

import math
from collections.abc import Iterable
from typing import Any, SupportsFloat

import anywidget
import traitlets
from ipywidgets import widget_serialization

from .assets import notebook_module, source

NOBODY = "Nobody predicted, so the answer stays covered. Run these cells, and commit a number above: that uncovers it."

# what was committed in this kernel, by question and unit, and whether its answer was seen: running a cell again must
# not lose it
_committed: dict[tuple[str, str], tuple[dict[str, Any] | None, bool]] = {}


class _Widget(anywidget.AnyWidget):
    _css = source("player.css") + source("predict.css")

    @property
    def _text(self) -> str:
        """What viewers show that cannot run a widget; it must not tell a covered answer."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return bundle | {"text/plain": self._text}, metadata

    def __repr__(self) -> str:
        return self._text


class Prediction(_Widget):
    """A question that takes a number and a reason, once; `number` is None until they are committed.

    They can be taken back until the answer was `seen`. A number below `least` or above `most` is asked about first.
    """

    _esm = notebook_module("question")

    question = traitlets.Unicode().tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)
    asks_reason = traitlets.Bool().tag(sync=True)
    least = traitlets.Float(None, allow_none=True).tag(sync=True)
    most = traitlets.Float(None, allow_none=True).tag(sync=True)
    seen = traitlets.Bool().tag(sync=True)
    # both in one trait, so that they arrive together
    committed = traitlets.Dict(None, allow_none=True).tag(sync=True)

    def __init__(self, question: str, unit: str, reason: bool, least: float | None, most: float | None) -> None:
        committed, seen = _committed.get((question, unit), (None, False))
        asked = {"question": question, "unit": unit, "asks_reason": reason, "least": least, "most": most}
        super().__init__(**asked, committed=committed, seen=seen)
        self.observe(self._keep, ["committed", "seen"])

    def _keep(self, _change: Any) -> None:
        _committed[self.question, self.unit] = self.committed, self.seen

    @property
    def number(self) -> float | None:
        """The number that was committed."""
        return float(self.committed["number"]) if self.committed else None

    @property
    def reason(self) -> str:
        """The reason that was given with it."""
        return str(self.committed["reason"]) if self.committed else ""

    @property
    def _text(self) -> str:
        if self.number is None:
            asked = f"a number, in {self.unit}" if self.unit else "a number"
            return f"Predict: {self.question} ({asked})"
        because = f", because: {self.reason}" if self.reason else ""
        return f"{self.question} Predicted: {amount(self.number, self.unit)}{because}"

    def reveal(
        self,
        value: SupportsFloat,
        interval: Iterable[SupportsFloat] | None = None,
        *,
        interval_of: str = "most other runs",
        others: Iterable[SupportsFloat] = (),
    ) -> "Answer":
        """The answer, covered until a prediction is committed or "show anyway" is pressed.

        `interval`, low and high, is where the value may lie that is not known better; it is drawn, and `interval_of`
        says what lies there. `others` are the answers of other runs, with other luck: a dot each. Raises ValueError
        where a number is not finite, or where the interval does not hold the value.
        """
        answer = _finite(value, "value")
        bounds = [_finite(bound, "interval") for bound in (() if interval is None else interval)]
        if bounds and (len(bounds) != 2 or not bounds[0] <= answer <= bounds[1]):
            raise ValueError(f"interval = {tuple(bounds)}; allowed: two numbers with {amount(answer)} between them")
        runs = [_finite(other, "others") for other in others]
        return Answer(prediction=self, value=answer, interval=bounds, interval_of=interval_of, others=runs)


class Answer(_Widget):
    """The answer to a prediction, under a cover."""

    _esm = notebook_module("answer")

    prediction = traitlets.Instance(Prediction).tag(sync=True, **widget_serialization)
    value = traitlets.Float().tag(sync=True)
    interval = traitlets.List(traitlets.Float()).tag(sync=True)
    interval_of = traitlets.Unicode().tag(sync=True)
    others = traitlets.List(traitlets.Float()).tag(sync=True)

    @property
    def _text(self) -> str:
        guess, unit = self.prediction.number, self.prediction.unit
        if guess is None:
            return NOBODY
        return f"Predicted: {amount(guess, unit)}. Answer: {amount(self.value, unit)}{self._bounds}."

    @property
    def _bounds(self) -> str:
        if self.interval:
            return f" ({self.interval_of}: {' to '.join(map(amount, self.interval))})"
        if not self.others:
            return ""
        return f" ({len(self.others)} other runs: {amount(min(self.others))} to {amount(max(self.others))})"


def predict(
    question: str, *, unit: str = "", reason: bool = True, least: float | None = 0.0, most: float | None = None
) -> Prediction:
    """A question to be shown in one cell, whose `reveal` shows the answer in a later one.

    `unit` is what the number counts or is measured in; with `reason`, a few words of why are asked for too. A number
    below `least` or above `most` (None: any) must be committed twice. What was committed to the same question stays
    until the kernel is restarted. Raises ValueError for an empty question.
    """
    if not question.strip():
        raise ValueError(f"question = {question!r}; allowed: a text")
    return Prediction(question, unit, reason, least, most)


def amount(value: float, unit: str = "") -> str:
    """A number for reading, whole or with three significant figures, and its unit."""
    digits = 0 if value == int(value) else max(0, 2 - math.floor(math.log10(abs(value))))
    shown = f"{value:,.{digits}f}" if abs(value) < 1e15 else f"{value:.2e}"
    return f"{shown} {unit}".rstrip()


def _finite(value: SupportsFloat, name: str) -> float:
    if not isinstance(value, SupportsFloat) or not math.isfinite(float(value)):
        raise ValueError(f"{name} = {value!r}; allowed: a finite number")
    return float(value)

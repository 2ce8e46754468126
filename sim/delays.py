"""How long before retry k = 1, 2, …: the delays of a client that tries again and of a job that is run again.

A delay turns the number of the retry and a unit draw (uniform on [0, 1)) into seconds on the grid, at least 2^-20 s; it
draws nothing itself.
"""

import functools
import math
import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from .units import TICKS_PER_SECOND, Duration, durations_of, parse_duration, to_grid

LONGEST = 1e7
Wait = Annotated[Duration, Field(ge=0, le=LONGEST)]
Jitter = Annotated[float, Field(ge=0, le=1)]  # the share of a wait that the draw can take away; 1 is "full jitter"


class _Delay(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    def seconds_before(self, retry: int, draw: float) -> float:
        """Seconds before retry number `retry` (from 1), not yet on the grid."""
        raise NotImplementedError

    def before(self, retry: int, draw: float) -> float:
        """Seconds before retry number `retry` (from 1) on the grid, at least 2^-20 s."""
        return max(to_grid(self.seconds_before(retry, draw)), 1 / TICKS_PER_SECOND)


class Constant(_Delay):
    """Always the same, but for the jitter."""

    kind: Literal["constant"] = "constant"
    seconds: Wait
    jitter: Jitter = 0.0

    def seconds_before(self, retry: int, draw: float) -> float:
        return self.seconds * (1 - self.jitter * draw)


class Exponential(_Delay):
    """Longer by `factor` each time, up to `most`: exponential backoff."""

    kind: Literal["exponential"] = "exponential"
    first: Wait
    factor: Annotated[float, Field(ge=1, le=1e6)] = 2.0
    most: Wait
    jitter: Jitter = 0.0

    def seconds_before(self, retry: int, draw: float) -> float:
        try:
            longer = self.first * self.factor ** (retry - 1)
        except OverflowError:
            longer = math.inf if self.first else 0.0
        return min(self.most, longer) * (1 - self.jitter * draw)


class Sidekiq(_Delay):
    """As Sidekiq 8 waits before it runs a job again: c⁴ + 15 + rand(10 (c + 1)) s, c = 0, 1, … (its `job_retry.rb`)."""

    kind: Literal["sidekiq"] = "sidekiq"

    def seconds_before(self, retry: int, draw: float) -> float:
        c = retry - 1
        return float(c**4 + 15 + math.floor(10 * (c + 1) * draw))


def together(delay: _Delay, retries: int) -> float:
    """Seconds before retries 1 to `retries`, summed up, with the draws that make them longest."""
    ends = (0.0, math.nextafter(1.0, 0.0))
    return math.fsum(max(delay.seconds_before(retry, draw) for draw in ends) for retry in range(1, retries + 1))


CLASSES: tuple[type[_Delay], ...] = tuple(_Delay.__subclasses__())  # all that stand above
NAMES = tuple(str(each.model_fields["kind"].default) for each in CLASSES)
FIELDS: dict[str, Iterable[str]] = {name: kind.model_fields for name, kind in zip(NAMES, CLASSES, strict=True)}
TIMES = frozenset(name for kind in CLASSES for name in durations_of(kind))  # the parts in seconds


def _kind(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return kind if isinstance(kind, str) else None


def _number_is_a_constant(value: Any) -> Any:
    """`client_retry_delay = 2` and `client_retry_delay = "2s"` mean a constant."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return {"kind": "constant", "seconds": parse_duration(value)}
    return value


if TYPE_CHECKING:
    Delay = _Delay
else:
    _tagged = [Annotated[kind, Tag(name)] for name, kind in zip(NAMES, CLASSES, strict=True)]
    Delay = Annotated[
        functools.reduce(operator.or_, _tagged), Discriminator(_kind), BeforeValidator(_number_is_a_constant)
    ]

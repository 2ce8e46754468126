"""How long the slow call takes: distributions of `external_time`, each sampled by inverse transform.

A distribution turns unit draws (uniform on [0, 1)) into seconds; it draws nothing itself. The n-th request of a
run so meets the same luck in both cycles and at every point of a sweep.
"""

import functools
import math
import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from .normal import normal_quantile
from .units import Duration, Seconds, durations_of, parse_duration

LONGEST = 1e6
Time = Annotated[Duration, Field(ge=0, le=LONGEST)]
PositiveTime = Annotated[Duration, Field(gt=0, le=LONGEST)]
Z95 = 1.6448536269514722  # the 95th percentile of the standard normal distribution


class _Distribution(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    def quantile(self, u: Seconds) -> Seconds:
        """Seconds for unit draws `u`, of the same shape."""
        raise NotImplementedError

    if TYPE_CHECKING:  # a field or a property

        @property
        def mean(self) -> float:
            """The mean, in seconds."""

    @property
    def variance(self) -> float:
        """The variance, in seconds squared."""
        raise NotImplementedError

    def exceeds(self, seconds: float) -> float:
        """The probability of more than so many seconds."""
        raise NotImplementedError


class Constant(_Distribution):
    """Always the same."""

    distribution: Literal["constant"] = "constant"
    value: Time

    def quantile(self, u: Seconds) -> Seconds:
        return np.full_like(u, self.value)

    @property
    def mean(self) -> float:
        return self.value

    @property
    def variance(self) -> float:
        return 0.0

    def exceeds(self, seconds: float) -> float:
        return float(self.value > seconds)


class Uniform(_Distribution):
    """Anything between `low` and `high`, all equally likely."""

    distribution: Literal["uniform"] = "uniform"
    low: Time
    high: Time

    @model_validator(mode="after")
    def _ordered(self) -> "Uniform":
        if self.low > self.high:
            raise ValueError(f"low = {self.low:g} is above high = {self.high:g}; allowed: low <= high")
        return self

    def quantile(self, u: Seconds) -> Seconds:
        return self.low + u * (self.high - self.low)

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2

    @property
    def variance(self) -> float:
        return (self.high - self.low) ** 2 / 12

    def exceeds(self, seconds: float) -> float:
        if self.low == self.high:
            return float(self.low > seconds)
        return min(1.0, max(0.0, (self.high - seconds) / (self.high - self.low)))


class Exponential(_Distribution):
    """Memoryless: mostly short, sometimes long."""

    distribution: Literal["exponential"] = "exponential"
    mean: PositiveTime

    def quantile(self, u: Seconds) -> Seconds:
        return self.mean * -np.log1p(-u)

    @property
    def variance(self) -> float:
        return self.mean**2

    def exceeds(self, seconds: float) -> float:
        return math.exp(-max(seconds, 0.0) / self.mean)


class LogNormal(_Distribution):
    """A product of many small factors, the usual shape of response times; given by its mean and 95th percentile."""

    distribution: Literal["lognormal"] = "lognormal"
    mean: PositiveTime
    p95: PositiveTime

    @model_validator(mode="after")
    def _possible(self) -> "LogNormal":
        most = math.exp(Z95**2 / 2)
        if not 1 < self.p95 / self.mean < most:
            raise ValueError(
                f"p95 = {self.p95:g} beside mean = {self.mean:g}; allowed: mean < p95 < {most:.2f} × mean"
                " (no lognormal distribution is more skewed)"
            )
        return self

    @property
    def _sigma(self) -> float:
        # mean = exp(mu + sigma^2/2) and p95 = exp(mu + Z95 sigma), solved for the smaller sigma
        return Z95 - math.sqrt(Z95**2 - 2 * math.log(self.p95 / self.mean))

    @property
    def _mu(self) -> float:
        return math.log(self.mean) - self._sigma**2 / 2

    def quantile(self, u: Seconds) -> Seconds:
        return np.exp(self._mu + self._sigma * normal_quantile(u))

    @property
    def variance(self) -> float:
        return math.expm1(self._sigma**2) * self.mean**2

    def exceeds(self, seconds: float) -> float:
        if seconds <= 0:
            return 1.0
        return 0.5 * math.erfc((math.log(seconds) - self._mu) / (self._sigma * math.sqrt(2)))


class Weibull(_Distribution):
    """Wearing in (shape below 1: heavy tail) or wearing out (above 1)."""

    distribution: Literal["weibull"] = "weibull"
    scale: PositiveTime
    shape: float = Field(ge=0.1, le=100)

    def quantile(self, u: Seconds) -> Seconds:
        return self.scale * (-np.log1p(-u)) ** (1 / self.shape)

    @property
    def mean(self) -> float:
        return self.scale * math.gamma(1 + 1 / self.shape)

    @property
    def variance(self) -> float:
        return self.scale**2 * math.gamma(1 + 2 / self.shape) - self.mean**2

    def exceeds(self, seconds: float) -> float:
        return math.exp(-((max(seconds, 0.0) / self.scale) ** self.shape))


class Empirical(_Distribution):
    """One of the listed values, each equally likely."""

    distribution: Literal["empirical"] = "empirical"
    values: Annotated[list[Time], Field(min_length=1, max_length=100_000)]

    def quantile(self, u: Seconds) -> Seconds:
        values = np.asarray(self.values)
        return cast(Seconds, values[(u * len(values)).astype(np.int64)])

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def variance(self) -> float:
        return float(np.var(self.values))

    def exceeds(self, seconds: float) -> float:
        return float(np.mean(np.asarray(self.values) > seconds))


def _tag(value: Any) -> str | None:
    if isinstance(value, dict):
        tag = value.get("distribution")
        return tag if isinstance(tag, str) else None
    return cast(str | None, getattr(value, "distribution", None))


def _number_is_a_constant(value: Any) -> Any:
    """`external_time = 40` and `external_time = "40s"` mean a constant."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return {"distribution": "constant", "value": parse_duration(value)}
    return value


def _name(kind: type[BaseModel]) -> str:
    return str(kind.model_fields["distribution"].default)


def _one_of(kinds: Iterable[type[BaseModel]]) -> Any:
    tagged = [Annotated[kind, Tag(_name(kind))] for kind in kinds]
    union = functools.reduce(operator.or_, tagged)
    return Annotated[union, Discriminator(_tag), BeforeValidator(_number_is_a_constant)]


# every distribution but the mixture of these: what there is to say of one stands in its class
_SIMPLE: tuple[type[_Distribution], ...] = tuple(_Distribution.__subclasses__())
if TYPE_CHECKING:
    Simple = _Distribution
else:
    Simple = _one_of(_SIMPLE)


class Part(BaseModel):
    """One component of a mixture and how often it is chosen, relative to the others."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    weight: float = Field(gt=0, le=1e6)
    time: Simple


class Mixture(_Distribution):
    """One of several distributions, chosen by weight: mostly quick exports and a few monsters, say."""

    distribution: Literal["mixture"] = "mixture"
    parts: Annotated[list[Part], Field(min_length=1, max_length=100)]

    @property
    def _weights(self) -> Seconds:
        weights = np.array([part.weight for part in self.parts])
        shares: Seconds = weights / weights.sum()
        return shares

    def quantile(self, u: Seconds) -> Seconds:
        # one draw serves twice: where it falls chooses the part, and how far into the part's share is the part's draw
        ends = np.cumsum(self._weights)
        chosen = np.minimum(np.searchsorted(ends, u, side="right"), len(ends) - 1)
        within = np.clip((u - (ends - self._weights)[chosen]) / self._weights[chosen], 0.0, np.nextafter(1.0, 0.0))
        seconds = np.empty_like(u)
        for number, part in enumerate(self.parts):
            here = chosen == number
            seconds[here] = part.time.quantile(within[here])
        return seconds

    @property
    def mean(self) -> float:
        return float(self._weights @ [part.time.mean for part in self.parts])

    @property
    def variance(self) -> float:
        squares = [part.time.variance + part.time.mean**2 for part in self.parts]
        return float(self._weights @ squares) - self.mean**2

    def exceeds(self, seconds: float) -> float:
        return float(self._weights @ [part.time.exceeds(seconds) for part in self.parts])


_KINDS: tuple[type[_Distribution], ...] = (*_SIMPLE, Mixture)
if TYPE_CHECKING:
    Distribution = _Distribution
else:
    Distribution = _one_of(_KINDS)
FIELDS: dict[str, Iterable[str]] = {_name(kind): kind.model_fields for kind in _KINDS}
NAMES = tuple(FIELDS)
TIMES = frozenset(name for kind in _KINDS for name in durations_of(kind))  # the parts in seconds

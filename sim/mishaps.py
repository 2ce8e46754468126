"""What a scenario says of what goes wrong: outages, stops of the worker application, several queues (R16 to R19)."""

import itertools
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, PlainValidator

from .delays import Delay, together
from .distributions import Distribution
from .units import LONGEST_RUN, instant

LATEST = 1e7  # s
MOST_WORKERS = 10_000
MOST_ENTRIES = 1_000  # of a list of mishaps
MOST_LOOKS = 2_000_000  # of the poller in a run, and while one job is tried again and again
QUEUE_NAME = "1 to 64 letters, digits, . _ -"

Outage = tuple[float, float]
Stop = tuple[float, Literal["term", "kill"]]
T = TypeVar("T")


def _pairs(value: Any) -> list[Sequence[Any]]:
    if not isinstance(value, list | tuple) or len(value) > MOST_ENTRIES:
        raise ValueError
    if any(not isinstance(pair, list | tuple) or len(pair) != 2 for pair in value):
        raise ValueError
    return list(value)


def _outages(value: Any) -> tuple[Outage, ...]:
    outages = tuple((instant(from_at, LATEST), instant(until_at, LATEST)) for from_at, until_at in _pairs(value))
    if any(from_at >= until_at for from_at, until_at in outages):
        raise ValueError
    return outages


def _stops(value: Any) -> tuple[Stop, ...]:
    stops = tuple((instant(at, LATEST), how) for at, how in _pairs(value))
    if any(how not in ("term", "kill") for _, how in stops):
        raise ValueError
    if any(a >= b for (a, _), (b, _) in itertools.pairwise(stops)):
        raise ValueError
    return stops


# the errors are bare: the field says what is allowed
Outages = Annotated[tuple[Outage, ...], PlainValidator(_outages), PlainSerializer(tuple)]
Stops = Annotated[tuple[Stop, ...], PlainValidator(_stops), PlainSerializer(tuple)]


def names_a_queue(text: str) -> bool:
    """Whether a queue may be called so."""
    return re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", text) is not None


def refuse_endless(retries: int, delay: Delay, poll_time: float, duration: float) -> None:
    """Raise ValueError, with the arithmetic, where a job's retries last beyond exact seconds, or beyond all looks."""
    seconds = together(delay, retries)
    if not seconds < LONGEST_RUN / 2:
        raise ValueError(f"job_retries = {retries}: after {seconds:g} s of delays; allowed: less than 2^32 s together")
    looks = (duration + seconds) / poll_time if retries and poll_time else 0.0
    if looks > MOST_LOOKS:
        raise ValueError(
            f"retry_poll_time = {poll_time:g}: ({duration:g} s + {seconds:g} s of delays) / {poll_time:g} s ="
            f" {looks:,.0f} looks; allowed: 0, or at most {MOST_LOOKS:,} looks"
        )


def _queue_name(text: str) -> str:
    if not names_a_queue(text):
        raise ValueError(QUEUE_NAME)
    return text


class Queue(BaseModel):
    """One queue of jobs: which share of the reports it gets, how long its calls take, and who takes from it.

    A queue with `workers` has slots of its own (a capsule); the others share the scenario's. With weights a free slot
    takes from the queues of its pool by chance, without them from the first as listed that is not empty.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    name: Annotated[str, AfterValidator(_queue_name)]
    share: Annotated[float | None, Field(ge=0, le=1)] = None
    external_time: Distribution | None = None
    weight: Annotated[float | None, Field(ge=1, le=1e6)] = None
    workers: Annotated[int | None, Field(ge=1, le=MOST_WORKERS)] = None


def _consistent(queues: tuple[Queue, ...]) -> tuple[Queue, ...]:
    """The queues; raises ValueError where they do not go together."""
    names = [queue.name for queue in queues]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"name = {twice!r} twice; allowed: a name of its own for every queue")
    shares = [queue.share for queue in queues if queue.share is not None]
    if shares and (len(shares) < len(queues) or abs(sum(shares) - 1) > 1e-9):
        given = ", ".join(repr(queue.share) for queue in queues)
        raise ValueError(f"share = {given}; allowed: a share of every queue, 1 together")
    for queue in queues:
        if queue.weight is not None and queue.workers is not None:
            raise ValueError(
                f"weight = {queue.weight:g} of {queue.name!r}, which has workers of its own; allowed: one of the two"
            )
    weights = [queue.weight is not None for queue in queues if queue.workers is None]
    if any(weights) and not all(weights):
        raise ValueError(
            "weight of some and not of others; allowed: of all queues without workers of their own, or of none"
        )
    return queues


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Queues = Annotated[tuple[Queue, ...], BeforeValidator(_as_tuple), Field(max_length=100), AfterValidator(_consistent)]


class Pool(BaseModel):
    """Workers that take from the same queues: the numbers of the queues as listed, and of the workers."""

    model_config = ConfigDict(frozen=True)

    queues: tuple[int, ...]
    first: int
    workers: int
    weights: tuple[float, ...] | None


def pools_of(queues: tuple[Queue, ...], workers: int) -> tuple[Pool, ...]:
    """The pools of workers, the shared one first, numbered from 0 on; without queues one pool with one queue."""
    if not queues:
        return (Pool(queues=(0,), first=0, workers=workers, weights=None),)
    shared = tuple(number for number, queue in enumerate(queues) if queue.workers is None)
    pools, first = [], 0
    if shared:
        weights = tuple(weight for number in shared if (weight := queues[number].weight) is not None)
        pools.append(Pool(queues=shared, first=0, workers=workers, weights=weights or None))
        first = workers
    for number, queue in enumerate(queues):
        if queue.workers is not None:
            pools.append(Pool(queues=(number,), first=first, workers=queue.workers, weights=None))
            first += queue.workers
    return tuple(pools)


def workers_in(queues: tuple[Queue, ...], workers: int) -> int:
    """How many workers there are in all pools."""
    return sum(pool.workers for pool in pools_of(queues, workers))

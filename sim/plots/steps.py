"""The 17 drawings of the request cycle as data, built from the path and the cycles: what stands there at each step."""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from ..cycles import ASYNC, SYNC
from ..path import CONSTANT_HOPS, DATABASE, QUEUE, Hop

COMPUTER, WORKER, OUTSIDE = "computer", "worker", "outside"
CLOUD, APPLICATION, APPLICATION_2 = "Cloud Infrastructure", "Application Code", "Application Code 2"
LABELS = {hop.name: hop.label for hop in CONSTANT_HOPS} | {COMPUTER: "Computer", WORKER: "worker.rb"}
FRAMES = {hop.name: APPLICATION for hop in CONSTANT_HOPS if hop.place == "application"} | {WORKER: APPLICATION_2}


@dataclass(frozen=True)
class Arrow:
    """A step from one station to the next: on the way in, or `back` out; with the label that it carries, if any."""

    start: str
    end: str
    back: bool = False
    label: str = ""


@dataclass(frozen=True)
class Drawing:
    """One step of the talk: what stands there, and which of it is `new` since the step before."""

    step: int
    title: str
    stations: tuple[str, ...]
    frames: tuple[str, ...]
    arrows: tuple[Arrow, ...]
    new: frozenset[str | Arrow]


Additions = tuple[str | Arrow, ...]


def _way(hops: tuple[Hop, ...], turn: Hop) -> list[Arrow]:
    """The arrows of a request's way from the computer and back to it; from `turn` on it goes back."""
    stations = [COMPUTER, *(hop.name for hop in hops), COMPUTER]
    deepest = stations.index(turn.name)
    labels = {0: "HTTP Request", len(stations) - 2: "HTTP Response"}
    legs = enumerate(pairwise(stations))
    return [Arrow(start, end, back=number >= deepest, label=labels.get(number, "")) for number, (start, end) in legs]


def _synchronous() -> list[tuple[str, Additions]]:
    arrow = iter(_way(SYNC.page.thread, DATABASE))
    return [
        ("A browser sends an HTTP request to the web server", (next(arrow),)),
        ("The web server stands in the cloud", (CLOUD,)),
        ("The middleware is the first of our code to see the request", (next(arrow),)),
        ("routes.rb finds out which controller is asked", (next(arrow),)),
        ("controller.rb takes the request", (next(arrow),)),
        ("controller.rb asks model.rb for the data", (next(arrow),)),
        ("model.rb asks the database, and has its answer", (next(arrow), next(arrow))),
        ("The data goes back to controller.rb", (next(arrow),)),
        ("The page goes to the middleware, not by routes.rb again", (next(arrow),)),
        ("The middleware hands it to the web server", (next(arrow),)),
        ("The HTTP response leaves; only now is the thread free", (next(arrow),)),
    ]


def _asynchronous() -> list[tuple[str, Additions]]:
    # the push is answered at once, and nobody draws that
    way = [arrow for arrow in _way(ASYNC.report.thread, QUEUE) if arrow.start != QUEUE.name]
    push = next(arrow for arrow in way if arrow.end == QUEUE.name)
    into, out = way[: way.index(push)], way[way.index(push) + 1 :]
    return [
        ("The same way in, as far as controller.rb", (CLOUD, *into)),
        ("controller.rb pushes a job on the queue", (push,)),
        ("The HTTP response leaves at once; the thread is free", tuple(out)),
        ("A second application stands beside the first: the worker", (WORKER,)),
        ("worker.rb pulls the job from the queue", (Arrow(QUEUE.name, WORKER),)),
        (
            "worker.rb makes the slow HTTP request, without a time limit",
            (Arrow(WORKER, OUTSIDE, label="HTTP Request"),),
        ),
    ]


@cache
def drawings() -> tuple[Drawing, ...]:
    """The 17 steps in order: 1 to 11 grow the synchronous cycle, 12 to 17 the asynchronous one."""
    return (*_grown(_synchronous(), first=1), *_grown(_asynchronous(), first=12))


def _grown(story: list[tuple[str, Additions]], first: int) -> list[Drawing]:
    steps: list[Drawing] = []
    shown: dict[str | Arrow, None] = {}  # an ordered set
    for step, (title, additions) in enumerate(story, first):
        before = set(shown)
        shown.update(dict.fromkeys(part for addition in additions for part in _with_its_ends(addition)))
        arrows = tuple(part for part in shown if isinstance(part, Arrow))
        names = [part for part in shown if isinstance(part, str)]
        frames = tuple(name for name in names if name in (CLOUD, APPLICATION, APPLICATION_2))
        stations = tuple(name for name in names if name not in frames and name != OUTSIDE)
        # a story's first picture is all new, so that nothing in it stands out unless it is a single thing
        new = frozenset(shown) - before if before or len(additions) == 1 else frozenset[str | Arrow]()
        steps.append(Drawing(step, title, stations, frames, arrows, new))
    return steps


def _with_its_ends(addition: str | Arrow) -> list[str | Arrow]:
    """What must stand there for this to be drawn: the stations of an arrow, the frames of the stations."""
    stations = [addition.start, addition.end] if isinstance(addition, Arrow) else [addition]
    frames = [FRAMES[station] for station in stations if station in FRAMES]
    return [*frames, *stations, addition]

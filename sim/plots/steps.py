"""The 17 drawings of the request cycle as data, built from the path and the cycles: what stands there at each step."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from ..cycles import ASYNC, SYNC, Cycle
from ..path import CONSTANT_HOPS, QUEUE, Hop

COMPUTER, ROUTER, WORKER, OUTSIDE = "computer", "router", "worker", "outside"
CLOUD, APPLICATION, APPLICATION_2 = "Cloud Infrastructure", "Application Code", "Application Code 2"
LABELS = {hop.name: hop.label for hop in CONSTANT_HOPS} | {
    COMPUTER: "Computer",
    ROUTER: "Router",
    WORKER: "worker.rb",
    OUTSIDE: "another server",
}
FRAMES = {hop.name: APPLICATION for hop in CONSTANT_HOPS if hop.place == "application"} | {WORKER: APPLICATION_2}


@dataclass(frozen=True)
class Arrow:
    """A step from one station to the next: on the way in, or `back` out; with the label that it carries, if any."""

    start: str
    end: str
    back: bool = False
    label: str = ""


@dataclass(frozen=True)
class Told:
    """What a step is called, and the lines that stand beside the drawing: whose they are, and what they say."""

    title: str
    whose: str = ""
    lines: str = ""


@dataclass(frozen=True)
class Drawing:
    """One step of the talk, in the story of a cycle: what stands there, and which of it is `new` since the step before.

    `thread` is the station at which the request holds its thread, "" while the thread is free. `worker` is whether the
    worker is held; None: there is none yet.
    """

    cycle: str
    step: int
    told: Told
    stations: tuple[str, ...]
    frames: tuple[str, ...]
    arrows: tuple[Arrow, ...]
    new: frozenset[str | Arrow]
    thread: str
    worker: bool | None

    @property
    def title(self) -> str:
        """What the step is called."""
        return self.told.title


Additions = tuple[str | Arrow, ...]
Leg = tuple[str, str]

CLOUD_TOLD = Told("The web server stands in the cloud", "the router", "starts its watch\nand passes the request on")
IN_SYNC: Mapping[Leg, Told] = {  # by the arrow that the step adds: where it begins, where it ends
    ("computer", "web_server"): Told(
        "A browser sends an HTTP request to the web server", "the request", "GET /pages/7 HTTP/1.1\nHost: app.example"
    ),
    ("web_server", "middleware"): Told(
        "The middleware is the first of our code to see the request", "the web server", "a thread takes the request"
    ),
    ("middleware", "routes"): Told(
        "routes.rb finds out which controller is asked", "routes.rb", 'get "/pages/:id", to: "pages#show"'
    ),
    ("routes", "controller"): Told("controller.rb takes the request", "controller.rb", "def show"),
    ("controller", "model"): Told(
        "controller.rb asks model.rb for the data", "controller.rb", "def show\n  @page = Page.find(params[:id])"
    ),
    ("model", "database"): Told(
        "model.rb asks the database, and has its answer", "model.rb", "SELECT * FROM pages\nWHERE id = 7"
    ),
    ("model", "controller"): Told(
        "The data goes back to controller.rb", "the data", 'Page(id: 7, title: "Hello",\n     text: "Good morning.")'
    ),
    ("controller", "middleware"): Told(
        "The page goes to the middleware, not by routes.rb again", "the page", "<h1>Hello</h1>\n<p>Good morning.</p>"
    ),
    ("middleware", "web_server"): Told(
        "The middleware hands it to the web server", "the page", "<h1>Hello</h1>\n<p>Good morning.</p>"
    ),
    ("web_server", "computer"): Told(
        "The HTTP response leaves; only now is the thread free", "the response", "HTTP/1.1 200 OK\n<h1>Hello</h1> …"
    ),
}
AS_BEFORE = Told("The same way in, as far as controller.rb", "controller.rb", "def create")
PUSH = Told("controller.rb pushes a job on the queue", "controller.rb", "def create\n  ReportJob.perform_async(7)")
AT_ONCE = Told("The HTTP response leaves at once; the thread is free", "the response", "HTTP/1.1 202 Accepted")
SECOND = Told(
    "A second application stands beside the first: the worker", "worker.rb", "class ReportJob\n  include Sidekiq::Job"
)
PULL = Told("worker.rb pulls the job from the queue", "the job", '{"class": "ReportJob",\n "args": [7], …}')
SLOW = Told(
    "worker.rb makes the slow HTTP request, and no router times it",
    "worker.rb",
    "def perform(id)\n  HTTP.get SLOW_SERVER",
)


def _way(hops: tuple[Hop, ...]) -> list[Arrow]:
    """The arrows of a request's way from the computer and back to it; after the deepest hop it goes back."""
    stations = [COMPUTER, *(hop.name for hop in hops), COMPUTER]
    legs = list(pairwise(stations))
    turn = max(number for number, (_, end) in enumerate(legs) if end not in stations[: number + 1])
    labels = {0: "HTTP Request", len(legs) - 1: "HTTP Response"}
    return [
        Arrow(start, end, back=number > turn or (end, start) in legs[:number], label=labels.get(number, ""))
        for number, (start, end) in enumerate(legs)
    ]


def _synchronous(cycle: Cycle) -> list[tuple[Told, Additions]]:
    """A step for each arrow of a page's way, but for an answer that comes back at once: that joins its question."""
    story: list[tuple[Told, Additions]] = []
    asked: Arrow | None = None
    for arrow in dict.fromkeys(_way(cycle.page.thread)):
        if asked is not None and (asked.start, asked.end) == (arrow.end, arrow.start):
            told, additions = story.pop()
            story.append((told, (*additions, arrow)))
        else:
            story.append((IN_SYNC.get((arrow.start, arrow.end), _untold(arrow)), (arrow,)))
        asked = arrow
    return [story[0], (CLOUD_TOLD, (CLOUD, ROUTER)), *story[1:]]


def _untold(arrow: Arrow) -> Told:
    """What is said of a hop of which the talk says nothing of its own."""
    start, end = LABELS[arrow.start], LABELS[arrow.end]
    return Told(f"{start} gives its answer to {end}" if arrow.back else f"{start} hands the request to {end}")


def _asynchronous(cycle: Cycle) -> list[tuple[Told, Additions]]:
    # the push is answered at once, and nobody draws that
    way = [arrow for arrow in _way(cycle.report.thread) if arrow.start != QUEUE.name]
    push = next(arrow for arrow in way if arrow.end == QUEUE.name)
    into, out = way[: way.index(push)], way[way.index(push) + 1 :]
    return [
        (AS_BEFORE, (CLOUD, ROUTER, *into)),
        (PUSH, (push,)),
        (AT_ONCE, tuple(out)),
        (SECOND, (WORKER,)),
        (PULL, (Arrow(QUEUE.name, WORKER),)),
        (SLOW, (Arrow(WORKER, OUTSIDE, label="HTTP Request"),)),
    ]


@cache
def drawings() -> tuple[Drawing, ...]:
    """The 17 steps in order: 1 to 11 grow the synchronous cycle, 12 to 17 the asynchronous one."""
    in_sync = _grown(SYNC.name, _synchronous(SYNC), first=1)
    return (*in_sync, *_grown(ASYNC.name, _asynchronous(ASYNC), first=len(in_sync) + 1))


def _grown(cycle: str, story: list[tuple[Told, Additions]], first: int) -> list[Drawing]:
    steps: list[Drawing] = []
    shown: dict[str | Arrow, None] = {}  # an ordered set
    thread, worker = "", None
    for step, (told, additions) in enumerate(story, first):
        before = set(shown)
        shown.update(dict.fromkeys(part for addition in additions for part in _with_its_ends(addition)))
        arrows = tuple(part for part in shown if isinstance(part, Arrow))
        names = [part for part in shown if isinstance(part, str)]
        frames = tuple(name for name in names if name in (CLOUD, APPLICATION, APPLICATION_2))
        stations = tuple(name for name in names if name not in frames and name != OUTSIDE)
        # a story's first picture is all new, so that nothing in it stands out unless it is a single thing
        new = frozenset(shown) - before if before or len(additions) == 1 else frozenset[str | Arrow]()
        last = additions[-1]
        thread = _held_at(last, thread)
        worker = isinstance(last, Arrow) if WORKER in stations else None
        steps.append(Drawing(cycle, step, told, stations, frames, arrows, new, thread, worker))
    return steps


def _held_at(last: str | Arrow, before: str) -> str:
    """Where a request holds its thread once the last of a step's additions is drawn: "" before and after it has one."""
    if not isinstance(last, Arrow) or QUEUE.name in (last.start, last.end) or last.start == WORKER:
        return before
    return "" if COMPUTER in (last.start, last.end) else last.end


def _with_its_ends(addition: str | Arrow) -> list[str | Arrow]:
    """What must stand there for this to be drawn: the stations of an arrow, the frames of the stations."""
    stations = [addition.start, addition.end] if isinstance(addition, Arrow) else [addition]
    frames = [FRAMES[station] for station in stations if station in FRAMES]
    return [*frames, *stations, addition]

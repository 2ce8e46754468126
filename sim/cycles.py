"""The two request cycles. All the difference between them is *where the slow call stands*."""

from dataclasses import dataclass

from .path import EXTERNAL, INBOUND, LOOKUP, OUTBOUND, QUEUE, Hop


@dataclass(frozen=True)
class Journey:
    """The hops of one request: those a web thread walks, and those a worker walks for it later."""

    thread: tuple[Hop, ...]
    worker: tuple[Hop, ...] = ()


@dataclass(frozen=True)
class Cycle:
    """What a page and what a report does, from the web server and back."""

    name: str
    page: Journey
    report: Journey


PAGE = Journey(thread=INBOUND + LOOKUP + OUTBOUND)

SYNC = Cycle("sync", page=PAGE, report=Journey(thread=(*INBOUND, EXTERNAL, *OUTBOUND)))
ASYNC = Cycle("async", page=PAGE, report=Journey(thread=(*INBOUND, QUEUE, *OUTBOUND), worker=(EXTERNAL,)))

CYCLES = {cycle.name: cycle for cycle in (SYNC, ASYNC)}

LATER = Journey(thread=(*INBOUND, QUEUE, *OUTBOUND), worker=LOOKUP)  # a page answered before its data exists
ASYNC_PAGES = Cycle("async_pages", page=LATER, report=SYNC.report)
ASYNC_ALL = Cycle("async_all", page=LATER, report=ASYNC.report)
ARRANGEMENTS = CYCLES | {cycle.name: cycle for cycle in (ASYNC_PAGES, ASYNC_ALL)}

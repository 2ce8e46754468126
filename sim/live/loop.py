"""The event loop of the lab's programs: uvloop's, which takes half the time a request, or asyncio's own on Windows."""

import asyncio
from collections.abc import Callable, Coroutine
from importlib.util import find_spec
from typing import Any


def new_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the quickest loop that is there; None for asyncio's own."""
    if not find_spec("uvloop"):
        return None
    import uvloop

    return uvloop.new_event_loop


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a program's work to its end."""
    with asyncio.Runner(loop_factory=new_loop()) as runner:
        runner.run(work)

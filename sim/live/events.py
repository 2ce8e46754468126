"""What the programs of the lab say: a line of JSON on stdout for each thing that happens; stdin is their lifeline."""

import contextlib
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable

TOGETHER = 0.005  # s; what is told within it is written together
AWAKE = 20  # so many times in a row the writer looks by itself: to wake a thread costs more than to tell

_lines: "queue.SimpleQueue[str]" = queue.SimpleQueue()


def tell(event: str, **more: object) -> None:
    """Stamp an event now (`perf_counter`, one clock for all programs of a machine) and leave it to be written.

    A full pipe must not hold up a web thread, so a thread of its own writes.
    """
    _lines.put(json.dumps({"at": time.perf_counter(), "event": event, **more}))


def _write() -> None:
    idle = AWAKE
    while True:
        lines = [_lines.get()] if idle >= AWAKE else []
        time.sleep(TOGETHER)
        with contextlib.suppress(queue.Empty):
            while True:
                lines.append(_lines.get_nowait())
        idle = 0 if lines else idle + 1
        text = "".join(f"{line}\n" for line in lines).encode()
        while text:
            text = text[os.write(1, text) :]


def start(said: Callable[[str], None] | None = None, gone: Callable[[], None] = lambda: os._exit(0)) -> None:
    """Write events from now on; hear each line of stdin, and call `gone` at its end: whoever started us is no more."""
    threading.Thread(target=_write, daemon=True).start()

    def listen() -> None:
        for line in sys.stdin:
            if said:
                said(line.strip())
        gone()

    threading.Thread(target=listen, daemon=True).start()


def sleep_until(instant: float) -> None:
    """Sleep until an instant of `perf_counter`."""
    if (left := instant - time.perf_counter()) > 0:
        time.sleep(left)

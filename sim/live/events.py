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
        text = "".join(f"{line}\n" for line in lines if line).encode()
        while text:
            text = text[os.write(1, text) :]
        if "" in lines:  # the end
            return


_writer = threading.Thread(target=_write, daemon=True)


def all_told() -> None:
    """Wait until all that was told is written: nothing can be told any more."""
    _lines.put("")
    _writer.join()


def start(said: Callable[[str], None] | None = None, gone: Callable[[], None] = lambda: os._exit(0)) -> None:
    """Write events from now on; hear each line of stdin, and call `gone` at its end: whoever started us is no more."""
    _writer.start()

    def listen() -> None:
        try:
            for line in sys.stdin or ():
                if said and line.endswith("\n"):  # else it is half a line of somebody who is no more
                    _hear(said, line.strip())
        finally:
            gone()

    threading.Thread(target=listen, daemon=True).start()


def _hear(said: Callable[[str], None], line: str) -> None:
    """Hear a line; what is none changes nothing, above all not that the end is heard."""
    try:
        said(line)
    except (ValueError, IndexError, TypeError):
        with contextlib.suppress(OSError):
            print(f"not understood: {line[:60]!r}", file=sys.stderr, flush=True)  # noqa: T201


def sleep_until(instant: float) -> None:
    """Sleep until an instant of `perf_counter`."""
    if (left := instant - time.perf_counter()) > 0:
        time.sleep(left)

"""Programs of the live lab for its tests: one by itself, its events, and waiting for what must come."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import pytest

PATIENCE = 60.0
IN_CI = os.environ.get("CI") == "true"
NEEDS_LIVE = pytest.mark.skipif(
    not all(map(find_spec, ("waitress", "starlette", "uvicorn", "segno"))) and not IN_CI,
    reason="the extra live is not installed (CI has it, and must)",
)
NEEDS_RUBY = pytest.mark.skipif(
    not (shutil.which("puma") and shutil.which("sidekiq")) and not IN_CI,
    reason="no puma or no sidekiq (CI has them, and must)",
)


def wait_for(done: Callable[[], Any]) -> Any:
    """What `done` says as soon as it is something."""
    end = time.monotonic() + PATIENCE
    while not (found := done()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


@contextmanager
def program(name: str, *words: str, **environment: str) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """One program of the lab by itself, ready; and its events, which grow."""
    child = subprocess.Popen(
        [sys.executable, "-m", f"sim.live.{name}", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **environment},
    )
    events: list[dict[str, Any]] = []
    assert child.stdout
    lines = child.stdout
    reader = threading.Thread(target=lambda: [events.append(json.loads(line)) for line in lines], daemon=True)
    reader.start()
    try:
        wait_for(lambda: names(events).count("ready"))
        yield child, events
    finally:
        child.kill()
        child.wait()
        reader.join()
        lines.close()
        assert child.stdin
        child.stdin.close()


def names(events: list[dict[str, Any]]) -> list[str]:
    """What happened, in its order."""
    return [event["event"] for event in events]

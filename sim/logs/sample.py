"""The logs that ship: a router's and an application's, told of the slides' SYNC run, so that the truth is known.

`python -m sim.logs.sample` writes them anew, which is due when the preset changes.
"""

import gzip
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from ..experiments import simulate
from . import heroku, lograge
from .telling import Told, log_of

SCENARIO = "slides"
FILES = {"sample": "router.log.gz", "sample-application": "application.log.gz"}
ASIDES = {  # what stands between in a real log: every so many requests another line
    25: ("GET", "/up"),
    40: ("GET", "/assets/application-3f2a9c.js"),
}


def content(name: str) -> bytes:
    """The packed log of that name, "sample" or "sample-application"."""
    return (resources.files(__package__) / "samples" / FILES[name]).read_bytes()


def made(name: str) -> bytes:
    """The same, unpacked, from a run made now."""
    tell = {"sample": _router, "sample-application": lograge.tell}[name]
    return b"".join(line + b"\n" for line in log_of(simulate(SCENARIO, "sync", engine="exact"), tell))


def _router(told: Told) -> Iterator[tuple[int, bytes]]:
    """A request's line, and with some of them a health check's or a file's."""
    yield from heroku.tell(told)
    number = int(told.request_id.partition("-")[0], 16)
    for every, (method, path) in ASIDES.items():
        if number % every == 0:
            at = told.arrived_at + 2000
            aside = (f"{number:08x}-{every:04x}", method, path, told.arrived_at, at, False, None, None, None, None)
            yield from heroku.tell(Told(*aside))


if __name__ == "__main__":
    for each, file in FILES.items():
        (Path(__file__).parent / "samples" / file).write_bytes(gzip.compress(made(each), mtime=0))

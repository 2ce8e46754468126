"""The web application, a program: waitress with a few threads. SYNC works on the thread, ASYNC pushes a job.

`POST /work-page` and `POST /work-report`: what they take is told on stdin (`work.Told`), by X-Request-Id or by kind.
"""

import argparse
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from .events import sleep_until, start, tell
from .files import raise_open_files
from .jobs import Jobs, connected
from .work import Told

LOOKAHEAD = {"finish_started": 1, "finish_all": 0}  # whether waitress looks if the client is still there
NOTHING_TO_DO = ("404 Not Found", b"No such work.\n")


def application(
    jobs: Jobs, told: Told, scale: float
) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """The WSGI application."""

    def work(name: str, kind: str, place: int) -> tuple[str, bytes]:
        began = time.perf_counter()
        asked = told.work.get(name) or told.work.get(kind)
        if asked is None:
            return NOTHING_TO_DO
        tell("started", request_id=name, place=place, kind=kind)
        sleep_until(began + asked.before / scale)
        if asked.job is not None:
            jobs.push(name, asked.job)
            tell("enqueued", request_id=name)
        seconds, succeeds = told.call(asked.call) if asked.call else (0.0, True)
        sleep_until(began + (asked.before + seconds + asked.after) / scale)
        tell("finished", request_id=name, place=place)
        if not succeeds:
            return "500 Internal Server Error", b"The service behind does not answer.\n"
        return ("200 OK", b"done\n") if asked.job is None else ("202 Accepted", b"accepted\n")

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        kind = environ["PATH_INFO"].removeprefix("/work-")
        place = int(threading.current_thread().name.rpartition("-")[2])
        status, body = work(environ.get("HTTP_X_REQUEST_ID", ""), kind, place)
        start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    return serve


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m sim.live.web", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="where it listens, on this machine only")
    parser.add_argument("--threads", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="simulated seconds per second")
    parser.add_argument("--on-timeout", choices=sorted(LOOKAHEAD), default="finish_started")
    args = parser.parse_args()
    import waitress

    raise_open_files()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of every request that waits
    told = Told()
    server = waitress.create_server(
        application(connected(), told, args.scale),
        host="127.0.0.1",
        port=args.port,
        threads=args.threads,
        connection_limit=4000 if sys.platform != "win32" else 400,  # beyond it waitress takes no more
        backlog=1024,
        channel_timeout=3600,
        asyncore_use_poll=sys.platform != "win32",
        channel_request_lookahead=LOOKAHEAD[args.on_timeout],
    )
    start(told.hear)
    tell("ready", port=args.port)
    server.run()


if __name__ == "__main__":
    main()

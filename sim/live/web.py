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

from ..crowd import raise_open_files
from .events import sleep_until, start, tell
from .jobs import Jobs, connected
from .work import POLL, Told, asks_about

LOOKAHEAD = {"finish_started": 1, "finish_all": 0}  # whether waitress looks if the client is still there
NOTHING_TO_DO = ("404 Not Found", b"No such work.\n")
CUT_OFF = ("500 Internal Server Error", b"It took too long.\n")
TURNED_AWAY = ("503 Service Unavailable", b"Too many wait.\n")
DOOR = "waitress-door"  # the thread that turns away who finds the line full
FOR_EVER = float("inf")


def application(
    jobs: Jobs, told: Told, scale: float, limit: float = FOR_EVER
) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """The WSGI application; what takes `limit` simulated seconds on the thread is cut off then."""

    def lasts(began: float, seconds: float) -> bool:
        sleep_until(began + min(seconds, limit) / scale)
        return seconds < limit

    def work(name: str, kind: str, place: int) -> tuple[str, bytes]:
        began = time.perf_counter()
        asked = told.of(name, kind)
        if asked is None:
            return NOTHING_TO_DO
        tell("started", request_id=name, place=place, kind=kind)
        there = lasts(began, asked.before)
        is_done = kind != POLL or jobs.is_there(asks_about(name))
        if there and asked.job is not None:
            jobs.push(name, asked.job, asked.queue)
            tell("enqueued", request_id=name)
        seconds, succeeds = told.call(name, asked.call) if there and asked.call else (0.0, True)
        there = there and lasts(began, asked.before + seconds + asked.after)
        tell("finished", request_id=name, place=place, cut=not there)
        if not there:
            return CUT_OFF
        if not succeeds:
            return "500 Internal Server Error", b"The service behind does not answer.\n"
        return ("200 OK", b"done\n") if asked.job is None and is_done else ("202 Accepted", b"accepted\n")

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        name, kind = environ.get("HTTP_X_REQUEST_ID", ""), environ["PATH_INFO"].removeprefix("/work-")
        thread = threading.current_thread().name
        if thread == DOOR:
            tell("rejected", request_id=name)
            status, body = TURNED_AWAY
        else:
            status, body = work(name, kind, int(thread.rpartition("-")[2]))
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
    parser.add_argument("--backlog-limit", type=float, default=FOR_EVER, help="how many may wait; more get a 503 (all)")
    parser.add_argument("--service-timeout", type=float, default=FOR_EVER, help="simulated seconds on a thread (any)")
    args = parser.parse_args()
    import waitress

    from .line import Line

    raise_open_files()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of every request that waits
    told, line = Told(), Line(args.backlog_limit)
    line.set_thread_count(args.threads)
    server = waitress.create_server(
        application(connected(), told, args.scale, args.service_timeout),
        host="127.0.0.1",
        port=args.port,
        _dispatcher=line,
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

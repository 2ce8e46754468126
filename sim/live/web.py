"""The web application, a program: waitress with a few threads. SYNC works on the thread, ASYNC pushes a job."""

import argparse
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from .events import sleep_until, start, tell

WHERE = "LIVE_REDIS"  # in the environment: a command line can be read by everybody
LOOKAHEAD = {"finish_started": 1, "finish_all": 0}  # whether waitress looks if the client is still there


def push(client: Any, request_id: str, seconds: float) -> None:
    """Push a job as Sidekiq does, with times that every version reads (float seconds)."""
    now = time.time()
    job = {"class": "HardJob", "args": [request_id, seconds], "jid": os.urandom(12).hex(), "queue": "default"}
    with client.pipeline() as together:
        together.sadd("queues", "default")
        together.lpush("queue:default", json.dumps({**job, "retry": True, "created_at": now, "enqueued_at": now}))
        together.execute()


def application(client: Any, scale: float) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """The WSGI application: `X-Work: first after job` are simulated seconds, job 0 where nothing is pushed."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began, name = time.perf_counter(), environ.get("HTTP_X_REQUEST_ID", "")
        first, after, job = (float(part) for part in environ["HTTP_X_WORK"].split())
        place = int(threading.current_thread().name.rpartition("-")[2])
        tell("started", request_id=name, place=place)
        sleep_until(began + first / scale)
        if job:
            push(client, name, job)
            tell("enqueued", request_id=name)
        sleep_until(began + (first + after) / scale)
        tell("finished", request_id=name, place=place)
        body = b"accepted\n" if job else b"done\n"
        head = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
        start_response("202 Accepted" if job else "200 OK", head)
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
    import redis
    import waitress

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of every request that waits
    client = redis.Redis.from_url(os.environ[WHERE], protocol=2)
    server = waitress.create_server(
        application(client, args.scale),
        host="127.0.0.1",
        port=args.port,
        threads=args.threads,
        connection_limit=4000 if sys.platform != "win32" else 400,  # beyond it waitress takes no more
        backlog=1024,
        channel_timeout=3600,
        asyncore_use_poll=sys.platform != "win32",
        channel_request_lookahead=LOOKAHEAD[args.on_timeout],
    )
    start()
    tell("ready", port=args.port)
    server.run()


if __name__ == "__main__":
    main()

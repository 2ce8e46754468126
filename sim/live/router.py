"""The router, a program: a watch runs from a request's arrival to its answer's first byte; then 503, and hang up.

Work goes to the web application under the watch, all else to the lab's own pages, which it does not watch. It takes
orders from stdin: `limit SECONDS`, and `code ABCDE` for a class.
"""

import argparse
import asyncio
import math
import time
from typing import cast

from ..crowd import Crowd
from . import loop
from .door import Door, Head, RefusedError, Way, read_head
from .events import start, tell
from .files import most_waiting

LONGEST_HEAD = 16384
HEAD_WITHIN = 10.0
TO_TAKE_MORE = 30.0  # s without a part of an answer, before a connection makes room for others
EARLY = 0.0005  # s; the timers of uvloop go off at the nearest whole millisecond
OURS = (b"connection", b"keep-alive", b"upgrade", b"te", b"proxy-connection", b"x-from")


def page(status: str, text: str) -> bytes:
    """An answer of the router's own."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(text) + 1}\r\n"
    return f"{head}Cache-Control: no-store\r\nConnection: close\r\n\r\n{text}\n".encode()


class Router:
    """What all connections share: the door, where the programs listen, the limit, and who is here."""

    def __init__(self, door: Door, app: int, control: int, limit: float) -> None:
        self.door, self.app, self.control, self.limit = door, app, control, limit
        self.crowd = Crowd(door.most + 200)
        self.loop = asyncio.get_running_loop()

    def order(self, line: str) -> None:
        """Take an order from stdin."""
        word, _, value = line.partition(" ")
        if word == "limit":
            self.limit = float(value)
        elif word == "code":
            self.door.code = value


class Client(asyncio.Protocol):
    """A connection, which brings one request. Whoever closes it, or its half, waits no more."""

    def __init__(self, router: Router) -> None:
        self.router, self.text, self.head = router, b"", b""
        self.way: Way | None = None
        self.upstream: Upstream | None = None
        self.connecting: asyncio.Task[None] | None = None
        self.is_answered, self.deadline = False, math.inf

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.out = cast(asyncio.Transport, transport)
        self.address = str((self.out.get_extra_info("peername") or [""])[0])
        self.timer = self.router.loop.call_later(HEAD_WITHIN, self.refuse, "400 Bad Request", "Not understood.")
        if not self.router.crowd.comes(self, self.address, self.out.abort):
            self.refuse("503 Service Unavailable", "Too many are here.")

    def data_received(self, data: bytes) -> None:
        if self.is_answered or self.connecting:
            return
        self.text += data
        end = self.text.find(b"\r\n\r\n") + 4
        if end < 4 and len(self.text) > LONGEST_HEAD:
            self.refuse("400 Bad Request", "Not understood.")
        elif end >= 4:
            self._read(time.perf_counter(), self.text[:end], self.text[end:])

    def _read(self, began: float, text: bytes, body: bytes) -> None:
        try:
            head = read_head(text)
            self.way = self.way or self.router.door.way(head, self.address)  # once, for its tries are counted
        except RefusedError as refused:
            self.refuse(refused.status, refused.text)
            return
        if len(body) < self.way.body:
            return
        self.timer.cancel()
        self.router.crowd.stirs(self, self.address, math.inf if self.way.kind else TO_TAKE_MORE)
        if self.way.kind:
            tell("arrived", request_id=self.way.name, kind=self.way.kind)
            self.router.door.enters(self.way)
            self.deadline = began + self.router.limit
            left = self.deadline - time.perf_counter() + EARLY
            self.timer = self.router.loop.call_later(left, self._give_up)
            self._ask(self.router.app, _work(head, self.way))
        else:
            self._ask(self.router.control, _as_it_came(text, self.address) + body[: self.way.body])

    def _ask(self, port: int, text: bytes) -> None:
        self.connecting = self.router.loop.create_task(self._connect(port, text))

    async def _connect(self, port: int, text: bytes) -> None:
        try:
            await self.router.loop.create_connection(lambda: Upstream(self, text), "127.0.0.1", port)
        except OSError:
            self.hung_up()

    def hears(self, part: bytes) -> None:
        """A part of the answer: the first one stops the watch, if it is in time by the clock."""
        if not self.is_answered and time.perf_counter() >= self.deadline:
            self._give_up()
            return
        if not self.is_answered:
            self.is_answered = True
            self.timer.cancel()
            if self.way and self.way.kind:
                tell("responded", request_id=self.way.name, status=int(part[9:12]))
        self.router.crowd.stirs(self, self.address, TO_TAKE_MORE)
        self.out.write(part)

    def hung_up(self) -> None:
        """Upstream has ended, or is not there."""
        if not self.is_answered:
            self._told("responded", status=502)
            self.refuse("502 Bad Gateway", "The application is not there.")
        self.out.close()

    def _give_up(self) -> None:
        self._told("timed_out")
        self.refuse("503 Service Unavailable", "No answer within the time limit.")

    def refuse(self, status: str, text: str) -> None:
        """Answer with a page of the router's own, and hang up on both sides; at once if that was said before."""
        if self.is_answered:
            self.out.abort()
            return
        self.is_answered = True
        self.out.write(page(status, text))
        self.out.close()
        self._leave_upstream()

    def _told(self, event: str, **more: int) -> None:
        if self.way and self.way.kind:
            tell(event, request_id=self.way.name, **more)

    def connection_lost(self, error: Exception | None) -> None:
        self.router.crowd.leaves(self, self.address)
        self.timer.cancel()
        self._leave_upstream()
        if self.way and self.way.kind and self.connecting:
            self.router.door.leaves(self.way)
            if not self.is_answered:
                self._told("left")
        self.is_answered = True

    def _leave_upstream(self) -> None:
        if self.connecting:
            self.connecting.cancel()
        if self.upstream:
            self.upstream.out.close()

    def pause_writing(self) -> None:
        if self.upstream:
            self.upstream.out.pause_reading()

    def resume_writing(self) -> None:
        if self.upstream and not self.upstream.out.is_closing():
            self.upstream.out.resume_reading()


class Upstream(asyncio.Protocol):
    """A request's connection to the web application or to the lab's own pages."""

    def __init__(self, client: Client, text: bytes) -> None:
        self.client, self.text = client, text

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.out = cast(asyncio.Transport, transport)
        self.client.upstream = self
        if self.client.out.is_closing():
            self.out.close()
        else:
            self.out.write(self.text)

    def data_received(self, data: bytes) -> None:
        self.client.hears(data)

    def connection_lost(self, error: Exception | None) -> None:
        self.client.hung_up()


def _work(head: Head, way: Way) -> bytes:
    """What the web application is asked: a kind and a name, nothing else that a stranger wrote."""
    host = head.headers[b"host"].decode("latin1")
    first = f"POST /work-{way.kind} HTTP/1.1\r\nHost: {host}\r\nX-Request-Id: {way.name}\r\n"
    return f"{first}Content-Length: 0\r\nConnection: close\r\n\r\n".encode("latin1")


def _as_it_came(text: bytes, address: str) -> bytes:
    first, *lines = text[:-4].split(b"\r\n")
    kept = [line for line in lines if line.partition(b":")[0].lower() not in OURS]
    return b"\r\n".join([first, *kept, b"X-From: " + address.encode(), b"Connection: close", b"", b""])


async def run(args: argparse.Namespace) -> None:
    """Serve until the lifeline ends."""
    hosts = {f"{host}:{args.port}" for host in {args.host, "127.0.0.1", "localhost"}}
    router = Router(Door(hosts, bool(args.control), most=args.most), args.app, args.control, args.limit)

    def heard(line: str) -> None:
        router.loop.call_soon_threadsafe(router.order, line)

    start(heard)
    server = await router.loop.create_server(lambda: Client(router), args.host, args.port, backlog=1024)
    tell("ready", port=args.port)
    await server.serve_forever()


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m sim.live.router", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the one address where it listens (this machine only)")
    parser.add_argument("--port", type=int, required=True, help="where it listens")
    parser.add_argument("--app", type=int, required=True, help="the web server's port")
    parser.add_argument("--control", type=int, default=0, help="the port of the lab's own pages (none)")
    parser.add_argument("--limit", type=float, default=30.0, help="seconds until it gives up (30)")
    parser.add_argument("--most", type=int, default=4000, help="requests that may wait at once; more get a 503 (4000)")
    args = parser.parse_args()
    args.most = most_waiting(args.most)
    loop.run(run(args))


if __name__ == "__main__":
    main()

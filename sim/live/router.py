"""The router, a program: a watch runs from a request's arrival to its answer's first byte; then 503, and hang up.

Work goes to the web application under the watch, all else to the lab's own pages, which it does not watch. It takes
orders from stdin: `limit SECONDS`, and `code ABCDE` for a class.
"""

import argparse
import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import Any

from .door import Door, Head, RefusedError, Way, read_head
from .events import start, tell
from .files import most_waiting

LONGEST_HEAD = 16384
HEAD_WITHIN = 10.0
OURS = (b"connection", b"keep-alive", b"upgrade", b"te", b"proxy-connection", b"x-from")


def page(status: str, text: str) -> bytes:
    """An answer of the router's own."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(text) + 1}\r\n"
    return f"{head}Cache-Control: no-store\r\nConnection: close\r\n\r\n{text}\n".encode()


class Router:
    """One request a connection; upstream is closed as soon as nobody waits for the answer any more."""

    def __init__(self, door: Door, app: int, control: int, limit: float) -> None:
        self.door, self.app, self.control, self.limit, self.here = door, app, control, limit, 0

    def order(self, line: str) -> None:
        """Take an order from stdin."""
        word, _, value = line.partition(" ")
        if word == "limit":
            self.limit = float(value)
        elif word == "code":
            self.door.code = value

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        self.here += 1
        try:
            if self.here > self.door.most + 200:
                raise RefusedError("503 Service Unavailable", "Too many are here.")
            await self._request(reader, writer)
        except RefusedError as refused:
            writer.write(page(refused.status, refused.text))
        except (EOFError, asyncio.LimitOverrunError, TimeoutError):
            writer.write(page("400 Bad Request", "Not understood."))
        except OSError:
            pass
        finally:
            self.here -= 1
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_WITHIN):
            text = await reader.readuntil(b"\r\n\r\n")
            began = time.perf_counter()
            head, address = read_head(text), writer.get_extra_info("peername")[0]
            way = self.door.way(head, address)
            body = await reader.readexactly(way.body)
        if not way.kind:
            await self._until_left(self._pass_on(_as_it_came(text, address) + body, writer), reader)
            return
        tell("arrived", request_id=way.name, kind=way.kind)
        self.door.enters(way)
        try:
            if not await self._until_left(self._relay(_work(head, way), began, way.name, writer), reader):
                tell("left", request_id=way.name)
        finally:
            self.door.leaves(way)

    async def _until_left(self, answering: Coroutine[Any, Any, None], reader: asyncio.StreamReader) -> bool:
        """Whether the answer was given; False if the client went before."""
        answer = asyncio.ensure_future(answering)
        leaves = asyncio.ensure_future(reader.read(1))
        await asyncio.wait({answer, leaves}, return_when=asyncio.FIRST_COMPLETED)
        leaves.cancel()
        if answer.done():
            answer.result()
            return True
        answer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await answer
            return True
        return False

    async def _pass_on(self, text: bytes, writer: asyncio.StreamWriter) -> None:
        """To the lab's own pages, which may take their time."""
        source, upstream = await asyncio.open_connection("127.0.0.1", self.control)
        try:
            upstream.write(text)
            while part := await source.read(65536):
                writer.write(part)
                await writer.drain()
        finally:
            upstream.close()

    async def _relay(self, head: bytes, began: float, name: str, writer: asyncio.StreamWriter) -> None:
        upstream = None
        try:
            async with asyncio.timeout(began + self.limit - time.perf_counter()):
                source, upstream = await asyncio.open_connection("127.0.0.1", self.app)
                upstream.write(head)
                part = await source.read(65536)
            if not part:
                raise ConnectionError
            tell("responded", request_id=name, status=int(part[9:12]))
            while part:
                writer.write(part)
                await writer.drain()
                part = await source.read(65536)
        except TimeoutError:
            tell("timed_out", request_id=name)
            writer.write(page("503 Service Unavailable", "No answer within the time limit."))
        except OSError:
            tell("responded", request_id=name, status=502)
            writer.write(page("502 Bad Gateway", "The application is not there."))
        finally:
            if upstream:
                upstream.close()


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
    here = asyncio.get_running_loop()

    def heard(line: str) -> None:
        here.call_soon_threadsafe(router.order, line)

    start(heard)
    server = await asyncio.start_server(router.serve, args.host, args.port, limit=LONGEST_HEAD, backlog=1024)
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
    asyncio.run(run(args))


if __name__ == "__main__":
    main()

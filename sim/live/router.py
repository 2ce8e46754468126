"""The router, a program: a watch runs from a request's arrival to its answer's first byte; then 503, and hang up."""

import argparse
import asyncio
import contextlib
import time

from .events import start, tell

LONGEST_HEAD = 16384
OURS = (b"connection", b"keep-alive", b"upgrade", b"te", b"proxy-connection")


def page(status: bytes, text: bytes) -> bytes:
    """An answer of the router's own."""
    return b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (
        status,
        len(text),
        text,
    )


class Router:
    """One request a connection; upstream is closed as soon as nobody waits for the answer any more."""

    def __init__(self, app: int, limit: float, hosts: set[bytes], most: int) -> None:
        self.app, self.limit, self.hosts, self.most, self.here = app, limit, hosts, most, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        self.here += 1
        try:
            if self.here > self.most:
                writer.write(page(b"503 Service Unavailable", b"Too many wait.\n"))
            else:
                await self._request(reader, writer)
        except (ValueError, IndexError, EOFError, asyncio.LimitOverrunError, TimeoutError):
            writer.write(page(b"400 Bad Request", b"Not understood.\n"))
        except OSError:
            pass
        finally:
            self.here -= 1
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(10):
            head = await reader.readuntil(b"\r\n\r\n")
        began = time.perf_counter()
        first, *lines = head[:-4].split(b"\r\n")
        said = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        if said.get(b"host", b"").rpartition(b":")[0] not in self.hosts:
            writer.write(page(b"421 Misdirected Request", b"Not this host.\n"))
            return
        if b"transfer-encoding" in said or int(said.get(b"content-length", b"0")) or len(first.split(b" ")) != 3:
            raise ValueError("no bodies here")
        name = said[b"x-request-id"].decode()[:24] if b"x-request-id" in said else ""
        tell("arrived", request_id=name)
        kept = [line for line in lines if line.partition(b":")[0].lower() not in OURS]
        await self._watch(b"\r\n".join([first, *kept, b"Connection: close", b"", b""]), began, name, reader, writer)

    async def _watch(
        self, head: bytes, began: float, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        answer = asyncio.ensure_future(self._relay(head, began, name, writer))
        leaves = asyncio.ensure_future(reader.read(1))
        await asyncio.wait({answer, leaves}, return_when=asyncio.FIRST_COMPLETED)
        leaves.cancel()
        if answer.done():
            answer.result()
            return
        answer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await answer
            return
        tell("left", request_id=name)

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
            writer.write(page(b"503 Service Unavailable", b"No answer within the time limit.\n"))
        except OSError:
            tell("responded", request_id=name, status=502)
            writer.write(page(b"502 Bad Gateway", b"The application is not there.\n"))
        finally:
            if upstream:
                upstream.close()


async def run(args: argparse.Namespace) -> None:
    """Serve until the lifeline ends."""
    start()
    router = Router(args.app, args.limit, {b"127.0.0.1", b"localhost"}, args.most)
    server = await asyncio.start_server(router.serve, "127.0.0.1", args.port, limit=LONGEST_HEAD, backlog=1024)
    tell("ready", port=args.port)
    await server.serve_forever()


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m sim.live.router", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="where it listens, on this machine only")
    parser.add_argument("--app", type=int, required=True, help="the web server's port")
    parser.add_argument("--limit", type=float, default=30.0, help="seconds until it gives up (30)")
    parser.add_argument("--most", type=int, default=4000, help="connections at once; more get a 503 (4000)")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()

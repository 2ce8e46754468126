"""The load, a program: sends each request when it is due, whoever has been answered by then (an open loop).

It reads a line for each request from stdin, `id due first after job` (wall seconds, then simulated ones), up to an
empty line.
"""

import argparse
import asyncio
import sys
import time

from .events import start, tell


async def send(port: int, due: float, name: str, work: str) -> None:
    """Send one request at its instant and tell its answer's status, 0 for none."""
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        said = f"GET /work HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Request-Id: {name}\r\nX-Work: {work}\r\n\r\n"
        writer.write(said.encode())
        answer = await reader.read()
        writer.close()
        tell("answered", request_id=name, status=int(answer[9:12] or 0))
    except OSError:
        tell("answered", request_id=name, status=0)


async def play(port: int, lines: list[str]) -> None:
    """Send all, a fifth of a second from now on."""
    began = time.perf_counter() + 0.2
    tell("began", zero=began)
    plan = [line.split(" ", 2) for line in lines]
    await asyncio.gather(*(send(port, began + float(due), name, work) for name, due, work in plan))


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m sim.live.load", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="the router's port")
    args = parser.parse_args()
    lines = [line.strip() for line in iter(sys.stdin.readline, "\n") if line.strip()]
    start()
    asyncio.run(play(args.port, lines))
    tell("stopped")
    time.sleep(0.1)  # the last line is written


if __name__ == "__main__":
    main()

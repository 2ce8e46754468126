"""The load, a program: sends each request when it is due, whoever has been answered by then (an open loop).

It reads a line for each request from stdin, `id kind due` (wall seconds), up to an empty line.
"""

import argparse
import asyncio
import sys
import time

from .events import start, tell
from .files import raise_open_files

WARM = 15  # requests before the first: new threads and connections take their time


async def send(port: int, due: float, name: str, kind: str) -> None:
    """Send one request at its instant and tell its answer's status, 0 for none."""
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /work-{kind} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Lab: 1\r\nX-Request-Id: {name}\r\n\r\n"
        writer.write(head.encode())
        answer = await reader.read()
        writer.close()
        tell("answered", request_id=name, status=int(answer[9:12] or 0))
    except OSError:
        tell("answered", request_id=name, status=0)


async def play(port: int, lines: list[str]) -> None:
    """Send all, a fifth of a second after a few that warm the programs up."""
    await asyncio.gather(*(send(port, 0.0, "warm", "page") for _ in range(WARM)))
    began = time.perf_counter() + 0.2
    tell("began", zero=began)
    plan = [line.split(" ") for line in lines]
    await asyncio.gather(*(send(port, began + float(due), name, kind) for name, kind, due in plan))


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m sim.live.load", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="the router's port")
    args = parser.parse_args()
    lines = [line.strip() for line in iter(sys.stdin.readline, "\n") if line.strip()]
    raise_open_files()
    start()
    asyncio.run(play(args.port, lines))
    tell("stopped")
    time.sleep(0.1)  # the last line is written


if __name__ == "__main__":
    main()

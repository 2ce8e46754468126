"""The load, a program: sends each request when it is due, whoever has been answered by then (an open loop).

It reads a line for each visit from stdin, `id kind due delays` (wall seconds), up to an empty line. Who is answered
badly tries again after the first delay, then the second, as `id.1`, `id.2`; `-` stands for no delays. With
`--poll-every` who was told that a report is accepted asks whether it is there, as `idp0`, `idp1`, until it is.
"""

import argparse
import asyncio
import itertools
import sys
import time

from ..crowd import raise_open_files
from . import loop
from .events import all_told, start, tell

DONE, ACCEPTED = 200, 202
WARM = 15  # requests before the first: new threads and connections take their time


async def visit(args: argparse.Namespace, due: float, name: str, kind: str, delays: str) -> None:
    """Send a visit's first request at its instant, and after each bad answer another, as long as there are delays."""
    port, sent = args.port, name
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    status = await send(port, name, kind)
    for retry, delay in enumerate(delays.split(",") if delays != "-" else (), start=1):
        if 200 <= status < 500:
            break
        await asyncio.sleep(float(delay))
        sent = f"{name}.{retry}"
        status = await send(port, sent, kind)
    if status == ACCEPTED and args.poll_every:
        await ask(args, sent)


async def ask(args: argparse.Namespace, about: str) -> None:
    """Ask for the report of a request, again so long after each answer, until it is there or it took too long."""
    accepted = answered = time.perf_counter()
    for number in itertools.count():
        due = answered + args.poll_every
        if due >= accepted + args.poll_for:
            return
        await asyncio.sleep(due - time.perf_counter())
        if await send(args.port, f"{about}p{number}", "poll") == DONE:
            return
        answered = time.perf_counter()


async def send(port: int, name: str, kind: str) -> int:
    """Send one request, and tell its answer's status, 0 for none."""
    status = 0
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /work-{kind} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Lab: 1\r\nX-Request-Id: {name}\r\n\r\n"
        writer.write(head.encode())
        answer = await reader.read()
        writer.close()
        status = int(answer[9:12] or 0)
    except OSError:
        pass
    tell("answered", request_id=name, status=status)
    return status


async def play(args: argparse.Namespace, lines: list[str]) -> None:
    """Send all, a fifth of a second after a few that warm the programs up."""
    await asyncio.gather(*(send(args.port, "warm", "page") for _ in range(WARM)))
    began = time.perf_counter() + 0.2
    tell("began", zero=began)
    plan = [line.split(" ") for line in lines]
    await asyncio.gather(*(visit(args, began + float(due), name, kind, delays) for name, kind, due, delays in plan))


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m sim.live.load", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="the router's port")
    parser.add_argument(
        "--poll-every", type=float, default=0.0, help="wall seconds; ask so for accepted reports (never)"
    )
    parser.add_argument("--poll-for", type=float, default=600.0, help="and no longer than so many wall seconds (600)")
    args = parser.parse_args()
    lines = []
    while line := sys.stdin.readline().strip():
        lines.append(line)
    raise_open_files()
    start()
    loop.run(play(args, lines))
    tell("stopped")
    all_told()


if __name__ == "__main__":
    main()

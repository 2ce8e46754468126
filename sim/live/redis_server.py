"""A Redis of the lab's own, a program: redis-server under a keeper, or fakeredis over TCP with two defects cured.

fakeredis 2.41 waits 40 ms for each pipeline (Nagle), and a client that is killed while it waits in BRPOP swallows the
next job. The cure of the second replaces a private method of fakeredis, so look at it anew with each version.
"""

import argparse
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import Any

from .events import start, tell


def gone(peer: socket.socket) -> bool:
    """Whether a client has hung up: what can be read is the end."""
    try:
        return bool(select.select([peer], [], [], 0)[0]) and peer.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except (OSError, ValueError):
        return True


def blocking(self: Any, timeout: float | None, take: Callable[[bool], Any], shape: Any = None) -> Any:
    """As fakeredis' own, but a client that has hung up takes nothing, as with a real Redis."""
    value = take(True)
    end = time.monotonic() + timeout if timeout else float("inf")
    while value is None and not self._in_transaction and (left := end - time.monotonic()) > 0:
        self._db.condition.wait(timeout=min(left, 0.5))
        if gone(self.peer):
            break
        value = take(False)
    return value if shape is None else shape(value)


def cured(port: int) -> Any:
    """fakeredis over TCP, on this machine only."""
    import fakeredis._clients._tcp_server as tcp
    from fakeredis._socket import FakeSocket

    class Handler(tcp.TCPFakeRequestHandler):
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            self.connection.setblocking(False)
            client: Any = self.current_client.get_socket()
            client.peer = self.connection

    patched: Any = FakeSocket
    patched._blocking = blocking
    server = tcp.TcpFakeServer(("127.0.0.1", port), server_type="redis", server_version=(7, 0))
    server.RequestHandlerClass = Handler
    server.daemon_threads = True
    return server


def keep(program: str, port: int) -> int:
    """Run redis-server, which has no lifeline, until our own ends; nothing is kept on disk."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        server = subprocess.Popen([program, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        start(gone=server.terminate)
        while server.poll() is None and not _answers(port):
            time.sleep(0.01)
        if server.poll() is None:
            tell("ready")
        status = server.wait()
    if status < 0:
        signal.raise_signal(-status)  # to whoever watches us its end is ours
    return status


def _answers(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m sim.live.redis_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="where it listens, on this machine only")
    parser.add_argument("--program", metavar="PATH", help="redis-server or valkey-server (else fakeredis)")
    args = parser.parse_args()
    if args.program:
        return keep(args.program, args.port)
    server = cured(args.port)
    start()
    tell("ready")
    server.serve_forever()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

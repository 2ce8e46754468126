"""What the live lab's router adds to a request, and how long the lab takes to be ready and to stop.

    python benchmarks/live.py

Wall time, for two programs work: on an idle machine only. Exit status 1 if a bound is missed.
"""

import socket
import sys
import threading
import time
from statistics import median

import psutil
from measuring import bound, missed

import sim
from sim.live.program import Program, environment, free_ports, ours
from sim.live.stack import Choice, Stack

REQUESTS = 1000
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\ndone\n"


def serve(server: socket.socket) -> None:
    """Answer everybody at once."""
    while True:
        client, _ = server.accept()
        with client:
            client.recv(65536)
            client.sendall(ANSWER)


def asked(port: int) -> float:
    """How long a request takes, s."""
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(f"POST /work-page HTTP/1.1\r\nHost: localhost:{port}\r\nX-Lab: 1\r\n\r\n".encode())
        while client.recv(65536):
            pass
    return time.perf_counter() - began


def router() -> None:
    """Each request through the router beside the same without it, in pairs."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        app, (port,) = server.getsockname()[1], free_ports(1)
        program = Program("router", ours("router", "--port", str(port), "--app", str(app)), environment(), bool)
        program.ready.wait()
        for _ in range(100):
            asked(port)
        times = psutil.Process(program.process.pid).cpu_times
        before = sum(times()[:2])
        added = median(asked(port) - asked(app) for _ in range(REQUESTS))
        used = (sum(times()[:2]) - before) / REQUESTS
        program.hang_up()
        program.wait(5)
    bound("what the router adds to a request", added * 1e3, most=0.6, unit="ms")
    bound("of which its processor time", used * 1e3, most=0.6, unit="ms")


def lab(redis: str) -> None:
    """All programs together, with nothing to do."""
    began = time.perf_counter()
    with Stack(sim.load("quiet"), 20.0, Choice(redis)):
        ready = time.perf_counter()
    bound(f"ready, Redis: {redis}", ready - began, most=2, unit="s")
    bound(f"stopped, Redis: {redis}", time.perf_counter() - ready, most=1, unit="s")


if __name__ == "__main__":
    router()
    for kind in ("server", "fake"):
        lab(kind)
    sys.exit(f"Missed: {'; '.join(missed)}" if missed else 0)

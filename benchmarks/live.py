"""What the live lab's router adds to a request, how soon the lab is ready and stopped, and how quick the board is.

    python benchmarks/live.py [router | lab | board]

Wall time, for several programs work: on an idle machine only. Exit status 1 if a bound is missed.
"""

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil
from measuring import bound, missed

import sim
from sim.live.program import Program, environment, free_ports, ours
from sim.live.stack import Choice, Stack

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from browser import PROJECTOR, chromium
from live_programs import wait_for

REQUESTS = 1000
PHONES, LOOK = 40, 15.0  # s
SEES = """(() => {
  const seen = { events: [], drawn: [], frames: [] };
  window.seen = seen;
  const Source = window.EventSource;
  window.EventSource = class extends Source {
    constructor(...words) {
      super(...words);
      this.addEventListener("message", ({ data }) => {
        for (const { at } of JSON.parse(data).events ?? []) seen.events.push(at);
      });
    }
  };
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) =>
    ask((ms) => {
      draw(ms);
      const ended = performance.now();
      seen.frames.push(ms);
      while (seen.drawn.length < (window.lab?.drawnTo ?? 0)) seen.drawn.push((performance.timeOrigin + ended) / 1000);
    });
})()"""
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


def board() -> None:
    """The board of a class of simulated phones: its frames, and how old an event is when it is drawn."""
    port = free_ports(1)[0]
    words = ["--class", "--phones", str(PHONES), "--port", str(port), "--redis", "fake"]
    command = [sys.executable, "-m", "sim", "live", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as lesson:
        try:
            assert lesson.stderr
            told = [lesson.stderr.readline() for _ in range(2)]
            seen = looked(told[1].split()[-1], port)
        finally:
            lesson.terminate()
    frames = [after - before for before, after in zip(seen["frames"], seen["frames"][1:], strict=False)]
    clock = time.time() - time.perf_counter()
    late = [(drawn - clock - at) * 1e3 for drawn, at in zip(seen["drawn"], seen["events"], strict=False)]
    print(f"  {len(late)} events of {PHONES} phones, {len(frames)} frames")
    bound("frames of the board a second", 1e3 * len(frames) / sum(frames), least=58, unit="/s")
    bound("95 % of its frames come within", quantiles(frames, n=20)[-1], most=25, unit="ms")
    bound("processor time of its thread a frame", seen["spent"] / len(frames), most=8, unit="ms")
    bound("95 % of the events are drawn within", quantiles(late, n=20)[-1], most=150, unit="ms")


def looked(link: str, port: int) -> Any:
    """What a browser sees of a class that presses for a while."""
    with chromium() as browser:
        page = browser.new_page(viewport=PROJECTOR)
        page.add_init_script(SEES)
        page.goto(link)
        wait_for(lambda: page.evaluate("seen.frames.length > 100"))
        page.click("text=Start")
        wait_for(lambda: page.evaluate("lab.seen.counts?.arrived > 20"))
        known = page.evaluate("seen.frames = [], seen.drawn.length")
        meter = page.context.new_cdp_session(page)
        meter.send("Performance.enable", {"timeDomain": "threadTicks"})
        before = spent(meter)
        page.wait_for_timeout(LOOK * 1e3)
        found = page.evaluate("seen") | {"spent": spent(meter) - before}
    return found | {name: found[name][known:] for name in ("events", "drawn")}


def spent(meter: Any) -> float:
    """The processor time of the page's thread so far, ms."""
    metrics = {one["name"]: one["value"] for one in meter.send("Performance.getMetrics")["metrics"]}
    return 1000.0 * float(metrics["TaskDuration"])


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["router", "lab", "board"]
    if "router" in chosen:
        router()
    for kind in ("server", "fake") if "lab" in chosen else ():
        lab(kind)
    if "board" in chosen:
        board()
    sys.exit(f"Missed: {'; '.join(missed)}" if missed else 0)

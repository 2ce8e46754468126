"""Genuine Puma, genuine Sidekiq and its Web UI in the places of ours, and beside them."""

import http.cookiejar
import itertools
import json
import os
import re
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from live_programs import NEEDS_LIVE, NEEDS_RUBY, names, program, wait_for

from sim.cli import main
from sim.live.jobs import WHERE, Jobs, client_of
from sim.live.program import answers, free_ports
from sim.live.verdict import AGREES, TOO_BUSY

pytestmark = [NEEDS_RUBY, NEEDS_LIVE]


@pytest.mark.parametrize("redis", ["server", "fake"])
def test_genuine_puma_and_sidekiq_serve_the_same_requests(redis: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--set", "duration=40", "--cycle", "async", "--scale", "40", "--web", "puma", "--worker", "sidekiq"]
    assert main(["live", "quiet", *words, "--redis", redis, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["cycles"]
    assert found["programs"] == {"redis": found["redis"], "web": "puma", "worker": "sidekiq"}
    assert found["answered"] == found["requests"] > 0
    assert found["jobs"]["completed"] == found["jobs"]["enqueued"] > 0
    assert found["verdict"] in (AGREES, TOO_BUSY)


class Browser:
    """Sidekiq's Web UI as somebody sees it who keeps its cookies."""

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opened = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)

    def read(self, path: str) -> str:
        with self.opened.open(self.root + path, timeout=60) as page:
            return str(page.read().decode())

    def press(self, **form: str) -> None:
        token = re.search(r'name=[\'"]authenticity_token[\'"] value=[\'"]([^\'"]+)', self.read("/busy"))
        assert token
        data = urllib.parse.urlencode({**form, "authenticity_token": token[1].replace("&#x2F;", "/")})
        self.opened.open(self.root + "/busy", data.encode(), timeout=60).close()


@pytest.fixture
def web_ui() -> Iterator[tuple[Browser, str]]:
    redis, web = free_ports(2)
    where = f"redis://127.0.0.1:{redis}/0"
    file = str(resources.files("sim.live") / "ruby" / "web.ru")
    with program("redis_server", "--port", str(redis)):
        words = ["puma", "-q", "-e", "production", "-b", f"tcp://127.0.0.1:{web}", file]
        child = subprocess.Popen(words, env={**os.environ, WHERE: where}, stdout=subprocess.DEVNULL)
        try:
            wait_for(lambda: answers(web))
            yield Browser(web), where
        finally:
            child.kill()
            child.wait()


def test_sidekiqs_own_web_ui_shows_our_worker_and_quiets_and_stops_it(web_ui: tuple[Browser, str]) -> None:
    browser, where = web_ui
    words = ["--threads", "2", "--grace", "0.2", "--retries", "1", "--delays", "600:0"]
    with program("worker", *words, **{WHERE: where}) as (child, events):
        jobs = Jobs(client_of(where))
        jobs.push("held", 600.0)
        wait_for(lambda: "picked_up" in names(events))
        assert child.stdin
        child.stdin.write(b"down 0\n")
        child.stdin.flush()
        for number in itertools.count():  # one may begin before the worker hears that the service is down
            jobs.push(f"fails {number}", 0.1)
            wait_for(lambda done=number: names(events).count("completed") > done or "retries" in names(events))
            if "retries" in names(events):
                break
        identity = next(event["identity"] for event in events if "identity" in event)
        page = wait_for(lambda: next((page for page in [browser.read("/busy")] if "held" in page), ""))
        assert identity in page
        assert "live lab" in page
        assert "fails" in browser.read("/retries")
        latency = re.search(r"<td>\s*([\d.,-]+)\s*</td>", browser.read("/queues"))
        assert latency is None or 0 <= float(latency[1].replace(",", "")) < 600
        browser.press(identity=identity, quiet="Quiet")
        wait_for(lambda: "TSTP" in asked(events))
        jobs.push("waits", 1.0)
        browser.press(identity=identity, stop="Stop")
        wait_for(lambda: "TERM" in asked(events))
        assert child.wait(60) == 0
        waiting = [json.loads(text)["args"][0] for text in jobs.client.lrange(jobs.list_of(), 0, -1)]
        assert waiting == ["waits", "held"]  # what it held is next again
        assert not jobs.client.exists(identity)


def asked(events: list[dict[str, Any]]) -> list[str]:
    return [event["what"] for event in events if event["event"] == "asked"]

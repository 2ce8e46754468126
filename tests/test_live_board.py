"""The board in a real browser: what the real programs did, and what the model says of the same requests."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser import barriers, chromium
from live_programs import NEEDS_LIVE, PATIENCE, wait_for
from test_live_mishaps import AT_THE_DOOR, RULES_AT_THE_DOOR
from test_live_queues import FILE, NAMED

from sim.live.feed import Feed
from sim.live.program import free_ports

LISTEN = """() => {
  window.said = [];
  const status = document.querySelector(".lab-top p");
  const heard = { childList: true, subtree: true, characterData: true };
  new MutationObserver(() => window.said.push(status.textContent)).observe(status, heard);
}"""
COUNTS = "name => { const counts = window.lab?.seen[name]; return counts && [counts.answered, counts.timed_out]; }"


@contextmanager
def board(file: Path, *words: str) -> Iterator[Any]:
    """The board of a run of this workload that has been started, in a browser."""
    port = str(free_ports(1)[0])
    fixed = ["--workload", str(file), "--redis", "fake", "--board", "--port", port]
    process = subprocess.Popen(
        [sys.executable, "-m", "sim", "live", *fixed, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    errors: list[str] = []
    try:
        link = re.search(r"http://\S+", process.stderr.readline())
        assert link
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.set_default_timeout(PATIENCE * 1000)
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(link[0])
            page.evaluate(LISTEN)
            page.click("button:has-text('Start')")
            yield page
        assert errors == []
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@NEEDS_LIVE
def test_the_board_says_how_many_jobs_wait_in_each_queue(tmp_path: Path) -> None:
    (tmp_path / "queues.csv").write_text(FILE)
    words = ["--set", NAMED % ("", ""), "--set", "workers=2", "--cycle", "async", "--scale", "5"]
    with board(tmp_path / "queues.csv", *words) as page:
        page.wait_for_selector("text=waiting: mail 0, reports 0 · ASYNC is done")
        assert any("waiting: mail 2, reports 1" in text for text in page.evaluate("window.said"))
        wait_for(lambda: page.evaluate("window.lab.seen.counts.reports_done") == 5)
        assert page.evaluate("window.lab.seen.simulated.reports_done") == 5
        assert barriers(page) == []


@NEEDS_LIVE
def test_who_is_turned_away_or_cut_off_got_an_error_on_both_sides(tmp_path: Path) -> None:
    (tmp_path / "door.csv").write_text(AT_THE_DOOR)
    with board(tmp_path / "door.csv", *RULES_AT_THE_DOOR, "--cycle", "sync") as page:
        page.wait_for_selector("text=SYNC is done")
        for name in ("counts", "simulated"):
            wait_for(lambda name=name: page.evaluate(COUNTS, name) == [3, 4])


def test_a_job_that_is_given_back_waits_again_and_one_that_is_lost_does_not() -> None:
    feed = Feed()
    for number, (word, name, more) in enumerate(
        [
            *(("enqueued", name, {}) for name in "abc"),
            *(("picked_up", name, {"place": 0}) for name in "ab"),
            ("failed", "b", {"place": 0}),
            ("worker_gone", None, {"how": "term"}),
        ]
    ):
        feed.take({"event": word, "request_id": name, "at": float(number), **more})
    a, b, _ = feed.snapshot()[1]
    assert a == {"id": "a", "enqueued": 0.0, "worker": 0}
    assert b == {"id": "b", "worker": 0}  # it waits for its next run, not for a worker
    feed.take({"event": "picked_up", "request_id": "a", "at": 8.0, "place": 1})
    feed.take({"event": "worker_gone", "at": 9.0, "how": "kill"})
    assert feed.events[-1]["rows"] == {"a": {"lost": 9.0}}
    feed.take({"event": "recovered", "request_id": "a", "at": 10.0})
    assert feed.snapshot()[1][0] == {"id": "a", "enqueued": 0.0, "worker": 1}

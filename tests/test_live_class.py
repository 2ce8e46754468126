"""A class on the real programs: it guesses, presses and waits; the teacher's buttons are the teacher's alone."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
from browser import barriers, chromium
from live_programs import NEEDS_LIVE, PATIENCE, wait_for

from sim.cli import main
from sim.live.classroom import LETTERS, Classroom, NotNowError, new_code
from sim.live.feed import MOST_BEHIND, Feed
from sim.live.lan import qr
from sim.live.program import free_ports

pytestmark = NEEDS_LIVE


def test_a_code_has_five_letters_that_are_not_taken_for_others() -> None:
    codes = {new_code() for _ in range(50)}
    assert len(codes) > 45
    assert all(len(code) == 5 and set(code) <= set(LETTERS) for code in codes)
    assert not set("01IOL") & set(LETTERS)


def test_a_guess_is_taken_once_and_stays_covered_until_it_is_uncovered() -> None:
    room = Classroom("How many?")
    room.guess("one", 40, " be\ncause\u202e\x07 ")
    room.guess("two", 45.5, "")
    with pytest.raises(NotNowError):
        room.guess("one", 99, "")
    for number in (True, "5", float("nan"), float("inf"), 10**400, 101, -1, None):
        with pytest.raises(ValueError, match="a number"):
            room.guess("three", number, "")
    assert room.state()["guesses"] == 2
    assert "histogram" not in room.state()
    with pytest.raises(NotNowError):
        room.reasons()
    room.phase = "uncovered"
    assert room.reasons() == [(40.0, "be cause")]
    assert room.state()["histogram"] == {
        "low": 0.0,
        "width": 10.0,
        "bins": [0, 0, 0, 0, 2, 0, 0, 0, 0, 0],
        "median": 45.5,
    }
    with pytest.raises(NotNowError):
        room.guess("late", 5, "")
    room.again("And now?")
    room.guess("one", 7, "")
    assert room.numbers == [7.0]


def test_who_comes_late_to_the_board_gets_a_row_for_each_request() -> None:
    feed = Feed()
    feed.take({"event": "started", "request_id": "1p", "at": 2.0, "place": 3})  # heard before the router
    feed.take({"event": "arrived", "request_id": "1p", "at": 1.0, "kind": "page"})
    feed.take({"event": "arrived", "request_id": "warm", "at": 1.0, "kind": "page"})
    number, rows, _ = feed.snapshot()
    assert (number, rows) == (3, [{"id": "1p", "started": 2.0, "thread": 3, "arrived": 1.0, "kind": "page"}])
    assert feed.since(2) == (3, [feed.events[2]])
    for _ in range(MOST_BEHIND):
        feed.take({"event": "left", "request_id": "1p", "at": 3.0})
    assert feed.since(2)[1] is None  # too much to tell: it gets the rows anew


def test_the_qr_code_says_the_link() -> None:
    image = qr("http://192.0.2.2:8765/j/ABCDE").decode()
    assert image.startswith("<?xml")
    assert 'width="2' in image or 'width="3' in image  # 29 or 33 modules and their margin, 8 pixels each


class Lesson(NamedTuple):
    """A class that has been started: the port, the code, the teacher's token, and its process."""

    port: int
    code: str
    token: str
    process: Any
    folder: Path

    def ask(self, path: str, body: Any = None, method: str = "", **headers: str) -> tuple[int, str]:
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        method = method or ("GET" if body is None else "POST")
        given = {"X-Lab": "1", **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection.request(
            method, path, body=None if method == "GET" else json.dumps(body) if body else b"", headers=given
        )
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def press(self, what: str) -> int:
        return self.ask(f"/board/do/{what}", {}, X_Teacher=self.token)[0]

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ask(f"/j/{self.code}/state")[1])
        return found

    def work(self, kind: str, phone: str = "me") -> int:
        return self.ask(f"/j/{self.code}/{kind}", {}, X_Phone=phone)[0]


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lesson]:
    folder, port = tmp_path_factory.mktemp("class"), free_ports(1)[0]
    words = ["--class", "--port", str(port), "--redis", "fake", "--set", "external_time=2", "--set", "threads=2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "sim", "live", *words, "--set", "timeout=5"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    said = [process.stderr.readline() for _ in range(2)]
    code, token = re.search(r"/j/(\w{5}) ", said[0]), re.search(r"#(\S+)", said[1])
    assert code
    assert token
    try:
        started = Lesson(port, code[1], token[1], process, folder)
        wait_for(lambda: started.ask(f"/j/{started.code}")[0] == 200)  # the router hears the code by its stdin
        yield started
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_a_lesson_from_the_guess_to_the_answer(lesson: Lesson) -> None:
    status, page = lesson.ask(f"/j/{lesson.code}")
    assert status == 200
    assert "/board/s/phone.js" in page
    assert lesson.state()["phase"] == "predict"
    for number in range(3):
        said = {"phone": f"phone{number}", "number": 30 + number, "reason": "why not"}
        assert lesson.ask(f"/j/{lesson.code}/predict", said)[0] == 200
    assert lesson.ask(f"/j/{lesson.code}/predict", {"phone": "phone0", "number": 99})[0] == 409
    assert lesson.ask(f"/j/{lesson.code}/predict", {"number": 9})[0] == 400
    assert "histogram" not in lesson.state()
    assert lesson.ask("/board/reasons", X_Teacher=lesson.token)[0] == 409
    assert lesson.press("uncover") == 200
    assert json.loads(lesson.ask("/board/reasons", X_Teacher=lesson.token)[1])[0] == [30, "why not"]
    assert lesson.state()["histogram"]["bins"][3] == 3
    assert lesson.press("play") == 200
    assert lesson.work("page") == 200
    assert lesson.work("report") == 200
    assert lesson.press("timeout/99") == 400
    assert lesson.press("timeout/1") == 200
    assert lesson.state()["timeout"] == 1
    wait_for(lambda: lesson.work("report") == 503)  # it takes 2 s and the hops
    wait_for(lambda: lesson.press("uncover") == 200 and lesson.state()["answer"])
    assert lesson.press("async") == 200
    wait_for(lambda: lesson.work("report") == 202)
    assert lesson.press("timeout/5") == 200
    assert lesson.press("uncover") == 200
    assert 0 < lesson.state()["answer"] < 100  # of the SYNC reports, about which was asked
    assert lesson.press("round") == 200
    assert lesson.state()["question"].startswith("ASYNC")
    assert lesson.press("round") == 200
    assert lesson.state()["question"].startswith("SYNC")  # the same question, and each phone guesses again
    assert lesson.state()["round"] == 3
    assert lesson.ask(f"/j/{lesson.code}/predict", {"phone": "phone0", "number": 99})[0] == 200


def test_only_the_teacher_has_the_teachers_buttons(lesson: Lesson) -> None:
    for what in ("play", "kill", "async", "down"):
        assert lesson.ask(f"/board/do/{what}", {})[0] == 403
        assert lesson.ask(f"/board/do/{what}", {}, X_Teacher=lesson.code)[0] == 403
    assert lesson.ask("/board/reasons")[0] == 403
    assert lesson.press("nothing") == 404
    for path in ("/", "/board", f"/j/{lesson.code}", f"/j/{lesson.code}/state", "/board/s/board.js"):
        status, text = lesson.ask(path)
        assert status == 200
        assert lesson.token not in text
    assert lesson.code not in json.dumps(lesson.state())


def test_every_path_is_refused_to_other_sites_through_the_router(lesson: Lesson) -> None:
    paths = ["/", "/board", "/board/events", "/board/qr.svg", f"/j/{lesson.code}/state", "/board/s/lab.css"]
    for path in paths:
        assert lesson.ask(path, Host="evil.example")[0] == 421
        assert lesson.ask(path, Origin="http://evil.example")[0] == 403
    for path in (f"/j/{lesson.code}/predict", f"/j/{lesson.code}/report", "/board/do/kill"):
        assert lesson.ask(path, {}, Origin="http://evil.example")[0] == 403
    assert lesson.ask(f"/j/{lesson.code}/predict", {"reason": "x" * 5000})[0] == 413
    assert lesson.ask(f"/j/{lesson.code}/report", method="GET")[0] == 405
    assert lesson.ask("/board/s/..%2f__init__.py")[0] == 404
    assert lesson.ask("/j/AAAAA/state")[0] == 404


def test_nothing_listens_to_the_network_and_nothing_of_a_phone_is_on_disk(lesson: Lesson) -> None:
    family = [parent := psutil.Process(lesson.process.pid), *parent.children(recursive=True)]
    listens = [one.laddr.ip for each in family for one in each.net_connections() if one.status == "LISTEN"]
    assert listens
    assert set(listens) == {"127.0.0.1"}
    assert list(lesson.folder.iterdir()) == []
    written = [file.path for each in family for file in each.open_files() if getattr(file, "mode", "r") != "r"]
    assert [file for file in written if not file.startswith(("/dev", "/proc"))] == []
    assert not any(lesson.token in " ".join(each.cmdline()) for each in family)


def test_a_killed_worker_is_seen_on_the_board_and_comes_back(lesson: Lesson) -> None:
    heard: list[dict[str, Any]] = []
    stops = threading.Event()

    def listen() -> None:
        import urllib.request

        opened = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opened.open(f"http://127.0.0.1:{lesson.port}/board/events", timeout=PATIENCE) as stream:
            for line in stream:
                if line.startswith(b"data: "):
                    heard.append(json.loads(line[6:]))
                if stops.is_set():
                    return

    threading.Thread(target=listen, daemon=True).start()
    wait_for(lambda: heard)
    assert "rows" in heard[0]  # who comes gets all that was
    assert lesson.press("kill") == 200
    wait_for(lambda: any(event.get("away") is True for told in heard for event in told.get("events", [])))
    assert lesson.press("deploy") in (200, 400)  # 400: it is away still
    stops.set()
    lesson.press("down")
    lesson.press("up")


def test_pages_fit_a_phone_and_a_projector_and_say_what_happens(lesson: Lesson) -> None:
    """One phone and one board, in a real browser: guess, press, wait, and see it drawn."""
    lesson.press("round")
    lesson.press("sync")
    errors: list[str] = []
    with chromium() as browser:
        phone = browser.new_page(viewport={"width": 390, "height": 844})
        phone.on("pageerror", lambda error: errors.append(str(error)))
        phone.goto(f"http://127.0.0.1:{lesson.port}/j/{lesson.code}")
        phone.fill("input", "99")
        phone.click("text=Commit")
        phone.wait_for_selector("text=It stays so")
        phone.reload()
        phone.wait_for_selector("text=You guessed 99")  # a phone that comes again knows its guess
        for what in ("round", "round", "sync"):
            lesson.press(what)
        wait_for(lambda: phone.is_enabled("input"))  # and guesses anew when the same is asked again
        phone.fill("input", "12")
        phone.fill("textarea", "<img src=x onerror=alert(1)> they wait " + "x" * 180)
        phone.click("text=Commit")
        phone.wait_for_selector("text=It stays so")
        lesson.press("play")
        phone.wait_for_selector("text=A slow report")
        for _ in range(3):
            phone.click("text=A slow report")
        assert phone.is_disabled("text=A quick page")  # three in flight
        phone.wait_for_selector("text=/report: (answered|accepted)/", timeout=PATIENCE * 1000)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
        assert barriers(phone) == []
        board = browser.new_page(viewport={"width": 1280, "height": 720})
        board.on("pageerror", lambda error: errors.append(str(error)))
        board.goto(f"http://127.0.0.1:{lesson.port}/board#{lesson.token}")
        wait_for(lambda: board.evaluate("(window.lab?.seen.counts?.arrived ?? 0) >= 3"))
        assert board.evaluate("document.documentElement.scrollHeight") <= 740
        assert board.evaluate("document.querySelector('.sim-stage').clientHeight") == 360  # half of the screen
        board.wait_for_selector("text=/✓ [0-9]+ answered/")
        board.click("text=Show the guesses")
        board.wait_for_selector("text=1 guess")
        assert board.is_visible("img[alt^='QR code']")
        board.click("text=Reasons")
        board.wait_for_selector("li:has-text('12 <img src=x onerror=alert(1)> they wait xxx')")
        assert board.query_selector("li img") is None  # text, and no more
        assert board.evaluate("document.documentElement.scrollWidth") <= 1280
        assert barriers(board) == []
    assert errors == []


def test_a_question_of_a_notebook_is_answered_by_phones_and_uncovered_by_its_answer() -> None:
    import sim

    with pytest.raises(ValueError, match="allowed: a text"):
        sim.predict(" ", ask_the_class=True)
    asked = sim.predict("How many <b>errors</b>?", unit="errors", most=None, ask_the_class=True)
    try:
        there = Lesson(asked.port, asked.room.code, asked.room.token, None, Path())
        assert asked.link in asked._repr_html_()
        assert "&lt;b&gt;" in asked._repr_html_()
        for number in range(4):
            assert there.ask(f"/j/{there.code}/predict", {"phone": f"p{number}", "number": 10 * number})[0] == 200
        assert there.work("report") == 404  # there is no application
        assert asked.numbers == [0, 10, 20, 30]
        told = asked.reveal(26, (20, 33))
        assert repr(told) == "4 guesses. The middle guess: 20 errors. It is 26 errors (20 to 33)."
        assert told._repr_html_().count("<tr>") == 10
        assert there.state()["answer"] == 26
        assert there.ask(f"/j/{there.code}/predict", {"phone": "late", "number": 26})[0] == 409
    finally:
        asked.close()
    assert asked.router.process.returncode is not None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--lan"], "--lan without --class"),
        (["--class", "--records", "x"], "nothing of a class is kept"),
        (["--class", "--board"], "allowed: one of the two"),
        (["--class", "--phones", "500"], "from 0 to 100"),
        (["--class", "--address", "127.0.0.1"], "without --lan"),
    ],
)
def test_flags_that_do_not_go_together_are_refused_in_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["live", *words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_a_port_that_is_taken_is_told(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["live", "--class", "--port", str(lesson.port)]) == 2
    assert f"--port {lesson.port}: taken" in capsys.readouterr().err

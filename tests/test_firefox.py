"""The pages in Firefox: explorer, player, a lesson and the talk, by double-click and from a host, used."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from browser import below_a_path
from page_model import node

from sim.deck import build as build_talk
from sim.experiments import compare
from sim.player import explorer_page, play_page
from sim.presets import load
from sim.site.lesson_pages import lesson_page
from sim.site.stages import lessons

HERE = Path(__file__).parent
PROJECTOR, TABLET, PHONE = (1280, 720), (768, 1024), (390, 664)


def firefox() -> str:
    """The path of Firefox; without it, or what drives it, the test is skipped, and in CI it fails."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    missing = [] if program else ["firefox-esr on PATH"]
    missing += [] if (HERE.parent / "node_modules" / "puppeteer-core").is_dir() else ["puppeteer-core: npm ci"]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {missing}")
    if missing or program is None:
        pytest.skip(f"no {missing}")
    return program


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each page showed, and what it complained about."""
    program, folder = firefox(), tmp_path_factory.mktemp("firefox")
    lesson = lessons()[2]
    pages = {
        "explorer": explorer_page("slides").encode(),
        "player": play_page(compare("slides")).encode(),
        "lesson": lesson_page(lesson, None, None, []),
        "talk": build_talk(load("slides")).files["talk.html"],
    }
    for name, content in pages.items():
        (folder / f"{name}.html").write_bytes(content)
    asked = [
        ("explorer", "", PROJECTOR, ["guess", "play", "knob"]),
        ("explorer", "", PHONE, ["play"]),
        ("player", "", TABLET, ["play"]),
        ("lesson", "", PHONE, ["lesson"]),
        ("lesson", "", PROJECTOR, ["remembered"]),
        ("talk", "#/side-by-side", PROJECTOR, ["talk", "asked"]),
    ]
    served = [(name, "", (1024, 768), list[str]()) for name in pages]
    with below_a_path(folder, tmp_path_factory.mktemp("host")) as address:
        wanted = [
            {"url": f"{base}{name}.html{place}", "width": width, "height": height, "acts": acts}
            for base, visits in ((folder.as_uri() + "/", asked), (address, served))
            for name, place, (width, height), acts in visits
        ]
        done = subprocess.run(
            [node(), str(HERE / "js" / "firefox.mjs")],
            input=json.dumps({"program": program, "pages": wanted}),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=200,
        )
    assert done.returncode == 0, done.stderr
    return {
        f"{name} {width}": found
        for (name, _, (width, _), _), found in zip(asked + served, json.loads(done.stdout), strict=True)
    }


def test_no_page_complains_in_firefox_and_none_is_wider_than_its_window(told: dict[str, Any]) -> None:
    assert len(told) == 6 + 4
    assert {name: found["complaints"] for name, found in told.items() if found["complaints"]} == {}
    assert {name for name, found in told.items() if found["sideways"]} == set()


def test_play_plays_a_guess_is_taken_and_a_knob_turns_in_firefox(told: dict[str, Any]) -> None:
    for name in ("explorer 1280", "explorer 390", "player 768"):
        assert re.match(r"[\d.]+ s of \d+ s", told[name]["shown"]["play"])
    assert "90" in told["explorer 1280"]["shown"]["guess"]
    threads, said = told["explorer 1280"]["shown"]["knob"]
    late = compare(load("slides", ["threads=8"]), engine="exact").sync.summary.timed_out
    assert threads == "8"
    assert said.endswith(f"{late} of 1,785 get an error")


def test_a_lesson_tells_its_answer_in_firefox_once_somebody_has_predicted(told: dict[str, Any]) -> None:
    answer = lessons()[2].stages[1].number
    for name, act in (("lesson 390", "lesson"), ("lesson 1280", "remembered")):
        said, is_told_why = told[name]["shown"][act]
        assert f"The answer: {answer:.0f} requests" in said
        assert is_told_why


def test_the_explorer_lives_in_its_slide_in_firefox(told: dict[str, Any]) -> None:
    assert "answered" in told["talk 1280"]["shown"]["talk"]


def test_two_slides_ask_for_a_guess_in_firefox(told: dict[str, Any]) -> None:
    questions = told["talk 1280"]["shown"]["asked"]
    assert [question.split(" ")[:3] for question in questions] == [
        ["Predict:", "Within", "how"],
        ["Predict:", "How", "many"],
    ]

"""Links, files and stored state that chance has spoiled: the page says so or shows a run, and complains of nothing."""

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import Visit, until, visit
from test_player_share import drop

from sim.presets import ALL, load
from sim.site.lesson_pages import lesson_page
from sim.site.stages import lessons

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TRIES = 25
LINKS = [
    "preset=slides&threads=8&timeout=20&clock=20.5&cycle=async&covered=1&seed=5&surges=0-10,20-30&beside=sync&call=1",
    "preset=retry-storm&client_retries=3&arrival_rate=1.3",
    "preset=mystery&day=20261101",
    "preset=eight-slots&threads=2&workers=6&lookup=1",
    "preset=deploys&deployed_at=100&external_time=2",
    "toml=threads+%3D+3%0Aclient_retries+%3D+2",
]
IN_LINKS = ["&clock=1e400", "&day=20260230", "%E0%A4%A", "&preset=own", "&seed=" + "9" * 20, "&surges=9-1", "&call=2"]
IN_FILES = ["[]", "{}", '"""', "'", "nan", "1e999", "= ", "[[queues]]", "\\u0000", "1979-05-27", "-1", "'2min'", "\n"]
IN_BOTH = [
    "__proto__",
    "constructor",
    "toString",
    "-1",
    "Infinity",
    "0",
    "\u202e",
    "<img src=x onerror=alert(1)>",
    "\U0001f600",
]
VALUES: list[Any] = [None, True, -1, 0.5, 1e300, "<b>", "x" * 3000, [], {}, [[]], {"sync": "1"}, {"__proto__": 1}]
STORED = {
    "guesses": {"slides: seed 637": {"numbers": {"sync": 3, "async": 4}, "reason": "r"}},
    "solved": {"eight-slots": {"slots": 8}},
    "lessons": {"3-five-threads: stage 1": {"committed": {"number": 3, "reason": "r"}, "seen": True}},
}


def spoiled(chance: random.Random, text: str, others: list[str]) -> str:
    """The text with something of others in it, without something, or with some of it twice."""
    for _ in range(chance.randint(1, 3)):
        at, upto = sorted(chance.randrange(len(text) + 1) for _ in range(2))
        part = chance.choice([chance.choice(others), "", text[at : at + 30] * 2])
        text = text[:at] + part + text[min(upto, at + 5) :]
    return text


def spoiled_value(chance: random.Random, value: Any) -> Any:
    """What was stored, with one part of it of another kind, gone, or under another name."""
    if not isinstance(value, dict) or not value or chance.random() < 0.2:
        return chance.choice(VALUES)
    name = chance.choice(list(value))
    rest = {other: kept for other, kept in value.items() if other != name}
    others = [name, name, "__proto__", "toString"]
    return rest | ({chance.choice(others): spoiled_value(chance, value[name])} if chance.random() < 0.9 else {})


def shows_a_run(seen: Visit) -> None:
    """The picture is there, and its knobs turn it."""
    until(seen.page, "document.querySelector('.sim-counts')?.textContent")
    knob = "document.querySelector('[aria-label=Threads]')"
    seen.evaluate(f"{knob}.value = 2; {knob}.dispatchEvent(new Event('input'))")
    seen.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")
    said = seen.evaluate("document.querySelector('main').textContent")
    assert [word for word in ("NaN", "undefined", "[object") if word in said] == []


@pytest.mark.parametrize("luck", [1])
def test_a_spoiled_link_shows_a_run(browser: "Browser", explorer: str, luck: int) -> None:
    chance = random.Random(luck)
    with visit(browser, explorer) as seen:
        for _ in range(TRIES):
            link = spoiled(chance, chance.choice(LINKS), IN_LINKS + IN_BOTH)
            seen.page.evaluate("(link) => { location.hash = link; }", link)
            shows_a_run(seen)


@pytest.mark.parametrize("luck", [1])
def test_a_spoiled_scenario_is_opened_or_refused_in_a_sentence(browser: "Browser", explorer: str, luck: int) -> None:
    chance, opened = random.Random(luck), 0
    with visit(browser, explorer) as seen:
        for number in range(TRIES):
            drop(seen.page, f"{number}.toml", spoiled(chance, load(chance.choice(ALL)).to_toml(), IN_FILES + IN_BOTH))
            told, heading = ".sim-told", "document.querySelector('.sim-told').textContent"
            until(seen.page, f"{heading}.startsWith('{number}.toml: ') || location.hash.startsWith('#toml=')")
            opened += not seen.page.locator(told).inner_text()
            shows_a_run(seen)
            seen.page.evaluate("location.hash = ''")
    assert opened < TRIES


def test_spoiled_state_is_not_believed(browser: "Browser", explorer: str, tmp_path: Path) -> None:
    chance = random.Random(3)
    lesson = tmp_path / "lesson.html"
    lesson.write_bytes(lesson_page(lessons()[2], None, None, []))
    for url in (explorer, lesson.as_uri()):
        with visit(browser, url) as seen:
            for _ in range(10):
                for name, good in STORED.items():
                    text = json.dumps(spoiled_value(chance, good))
                    text = text if chance.random() < 0.8 else text[chance.randrange(len(text)) :]
                    seen.page.evaluate(
                        "([key, text]) => localStorage.setItem(key, text)", [f"request-cycles: {name}", text]
                    )
                seen.page.reload()
                shows_a_run(seen) if url == explorer else until(
                    seen.page, "document.querySelector('.asked form, .sim-committed')"
                )

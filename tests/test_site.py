"""The lessons' site: its words hold for its runs, its numbers are theirs, and its exercises are the notebooks'."""

import json
import re
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sim.cli import main
from sim.exercises import Mark
from sim.exercises.rules import Rule, marked
from sim.site import build
from sim.site.lesson_pages import lesson_page
from sim.site.markdown import rendered
from sim.site.marking import MOST, markable
from sim.site.stages import Stage, lesson, lessons

ROOT = Path(__file__).parent.parent
HOME = lesson("home")
STAGES = [stage for each in (HOME, *lessons()) for stage in each.stages]
NUMBER = re.compile(r"(?<![\w.])\d[\d,.]*\d|(?<![\w.,])\d(?!\d)")


@pytest.fixture(scope="module")
def site() -> dict[str, bytes]:
    return build(talk=False)


class Page(HTMLParser):
    """What a page says outside of scripts and styles, where its links lead, and what it would load."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.said, self.links, self.loads, self.ids, self._inside = "", [], [], set(), ""
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        values = dict(attrs)
        self.ids.add(values.get("id"))
        self.links += [values["href"]] if tag == "a" else []
        self.loads += [
            value for name, value in attrs if name in ("src", "srcset", "data") or (tag, name) == ("link", "href")
        ]

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        self.said += "" if self._inside in ("script", "style") else data


def data_of(page: bytes) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.decode(), re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_there_are_six_lessons_of_two_or_three_stages_with_a_sandbox_last() -> None:
    assert [each.title for each in lessons()] == [
        "One thread",
        "One slow report",
        "Five threads",
        "The wall at 30 s",
        "Redis and a worker",
        "Too few workers",
    ]
    for each in lessons():
        *asked, sandbox = each.stages
        assert 1 <= len(asked) <= 2
        assert all(stage.ask and stage.answer and stage.why and stage.holds for stage in asked)
        assert sandbox.knobs
        assert not sandbox.ask


def test_no_number_of_a_run_is_typed_into_a_lesson() -> None:
    for each in (HOME, *lessons()):
        for stage in each.stages:
            typed = f"{each.lead} {stage.heading} {stage.tell} {stage.ask} {stage.why}"
            assert not re.search(r"\d", re.sub(r"\{\{.*?\}\}", "", typed)), stage.heading
    assert STAGES[-1].runs.scenario.timeout == 30  # the wall of the fourth title


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.heading)
def test_what_a_stage_says_holds_for_its_run(stage: Stage) -> None:
    for text in (stage.tell, stage.ask, stage.why):
        assert "{{" not in stage.said(text)
    if stage.ask:
        assert stage.answer in stage.values


def test_words_that_do_not_hold_for_a_run_are_refused() -> None:
    stage = Stage("A heading", "Nobody waits: {{sync.timed_out}}.", "slides", holds="sync.timed_out == 0")
    with pytest.raises(
        ValueError, match=r"the stage 'A heading': sync.timed_out == 0 does not hold \(sync.timed_out is 112\)"
    ):
        stage.said(stage.tell)


def test_every_number_of_a_lesson_is_found_in_its_runs(site: dict[str, bytes]) -> None:
    for each in (HOME, *lessons()):
        said = Page(site["index.html" if each is HOME else f"{each.name}.html"]).said
        texts = " ".join(value.text for stage in each.stages for value in stage.values.values())
        known = set(NUMBER.findall(texts)) | {"30"}
        about = (
            said.partition("Six lessons")[0] if each is HOME else said.partition("Before: ")[0].partition("Next: ")[0]
        )
        about = re.sub(r"This browser is too old.*?newer\s+shows it", "", about, flags=re.DOTALL)
        numbers = [number.rstrip(".,") for number in NUMBER.findall(about.replace("\xa0", " "))]
        assert [number for number in numbers if number not in known] == [], each.title
        assert len(numbers) > 3


def test_the_answer_that_the_page_uncovers_is_that_of_the_run(site: dict[str, bytes]) -> None:
    for each in lessons():
        told = data_of(site[f"{each.name}.html"])["stages"]
        for stage, sent in zip(each.stages, told, strict=True):
            if stage.ask:
                assert sent["asked"]["value"] == stage.values[stage.answer].number
                assert len(sent["asked"]["others"]) in (0, 20)
    assert data_of(site["3-five-threads.html"])["stages"][1]["asked"]["others"]


def test_every_link_of_the_site_leads_somewhere_on_it_and_nothing_is_loaded(site: dict[str, bytes]) -> None:
    pages = {name: Page(content) for name, content in site.items()}
    for name, page in pages.items():
        assert [url for url in page.loads if not url.startswith("data:")] == [], name
        for link in page.links:
            if link.startswith("https://"):
                continue
            file, _, fragment = link.partition("#")
            assert (file or name) in pages, (name, link)
            if fragment and not fragment.startswith("preset="):
                assert fragment in pages[file or name].ids or file == "model.html", (name, link)
        assert re.search(r"default-src 'none'", site[name].decode())
        assert 'rel="icon"' in site[name].decode()  # or browsers ask the host for one, outside of our path


def test_the_notebooks_are_there_with_all_they_say_but_their_covered_answers(site: dict[str, bytes]) -> None:
    names = sorted(name for name in site if name.startswith("notebook-"))
    assert len(names) == len(list((ROOT / "notebooks").glob("[0-9]*.ipynb"))) >= 7
    said = Page(site["notebook-02.html"]).said
    assert "62 pages and 50 reports got an error." in said
    assert "Nobody predicted" not in said
    assert "Shift+Enter" not in said
    page = site["notebook-02.html"].decode()
    assert page.index('<div class="covered">') < page.index("What was seen") < page.index("Exercises")
    told = [data_of(site[name]) for name in names]
    assert sum(len(one["asked"]) for one in told) >= 7
    assert sum(len(one["exercises"]) for one in told) >= 12


def test_the_model_page_is_on_the_site_as_it_stands_in_the_docs(site: dict[str, bytes]) -> None:
    said = " ".join(Page(site["model.html"]).said.split())
    text = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    for rule in re.findall(r"^\*?\*?(R\d+)", text, re.MULTILINE):
        assert rule in said
    assert "INBOUND + LOOKUP + OUTBOUND" in said
    tables = re.findall(rb'aria-label="(Table \d+)"', site["model.html"])
    assert len(tables) == len(set(tables)) >= 2


def test_no_module_of_the_site_has_the_name_of_one_of_the_players() -> None:
    site, player = ({file.name for file in (ROOT / "sim" / room).glob("*.js")} for room in ("site", "player"))
    assert len(site) >= 5
    assert site & player == set()


def test_links_to_what_is_no_page_are_left_as_text_and_markup_of_others_does_not_come_through() -> None:
    there = {"model.html", "notebook-02.html"}
    assert rendered("[rules](../docs/model.md#r3)", there) == '<p><a href="model.html#r3">rules</a></p>\n'
    assert rendered("[two](02_the_synchronous_cycle.ipynb)", there) == '<p><a href="notebook-02.html">two</a></p>\n'
    assert rendered("[code](../sim/des.py) here", there) == "<p>code here</p>\n"
    assert rendered("<script>alert(1)</script>", there) == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"
    assert "javascript:" not in rendered("[a](javascript:alert(1))", there).replace("(javascript:alert(1))", "")


def test_a_page_that_is_built_again_is_the_same_bytes(site: dict[str, bytes]) -> None:
    first, second, *_ = lessons()
    assert lesson_page(first, None, second, site.keys()) == site[f"{first.name}.html"]


ANSWERS = [12.027, 12027, 12.03, 12, 15, 5, 15.1, 0, 35, 3, 6, 4, 11, 11.0000000001, -7.5, 1e300, 0.028]


@pytest.mark.parametrize("module", ["one_request", "synchronous", "is_it_right", "your_own_log"])
def test_the_page_marks_by_the_rules_of_the_notebook(module: str) -> None:
    checks = __import__(f"sim.exercises.{module}", fromlist=["by_hand"])
    sent = markable(module, "by_hand")
    assert sent
    for answer in ANSWERS:
        of, right, why = next(
            (of, right, why)
            for of, low, high, right, why in sent["rules"]
            if (low is None or low <= answer) and (high is None or answer <= high)
        )
        assert of == 0
        assert checks.by_hand(answer) == Mark(right, why.format(answer))
    assert any(checks.by_hand(answer).right for answer in ANSWERS)


def test_the_page_knows_the_mark_of_every_whole_number_that_it_takes() -> None:
    sent = markable("synchronous", "by_knob")
    assert sent
    assert [right for right, _ in sent["table"]].count(True) == 1
    assert sent["table"][5] == [True, sent["table"][5][1]]  # 6 threads, as the teacher's page says
    assert len(sent["table"]) == MOST
    letters = markable("redis_and_a_worker", "by_hand")
    assert letters
    assert [order for order, (right, _) in letters["table"].items() if right] == ["CBA"]
    assert markable("synchronous", "to_write") is None
    real = markable("on_real_programs", "by_hand")
    assert real
    assert [jobs for jobs, (right, _) in enumerate(real["table"]) if right] == [2]
    names = markable("pull_the_plug", "by_hand")
    assert names
    assert [some for some, (right, _) in names["table"].items() if right] == ["BC"]


@pytest.mark.parametrize(
    ("module", "least", "answer"),
    [
        *(("try_again", 0, 2), ("is_it_ready", 1, 3), ("threads_that_compute", 1, 3)),
        *(("service_is_down", 0, 4), ("one_line_or_several", 1, 2)),
        *(("pull_the_plug", 1, 20), ("on_real_programs", 1, 21)),
    ],
)
def test_the_failure_lab_s_knobs_are_marked_in_the_page_from_the_least_number_on(
    module: str, least: int, answer: int
) -> None:
    sent = markable(module, "by_knob")
    assert sent
    assert sent["least"] == least
    assert [least + place for place, (right, _) in enumerate(sent["table"]) if right] == [answer]
    assert sent["most"] == least + len(sent["table"]) - 1


def test_the_first_rule_that_fits_says_the_mark() -> None:
    rules = (
        Rule(0, 1, "{0:g} of {1:g}", right=True),
        Rule(-1, 2, "no", of=1),
        Rule(float("-inf"), float("inf"), "else"),
    )
    assert marked([0.5, 9], rules) == Mark(True, "0.5 of 9")
    assert marked([5, 1], rules) == Mark(False, "no")
    assert marked([5, 5], rules) == Mark(False, "else")


def test_the_command_writes_the_site_and_says_how_to_hand_it_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], site: dict[str, bytes]
) -> None:
    monkeypatch.setattr("sim.site.build", lambda talk: site)
    assert main(["site", str(tmp_path / "new" / "folder"), "--no-talk"]) == 0
    assert {file.name: file.read_bytes() for file in (tmp_path / "new" / "folder").iterdir()} == site
    said = capsys.readouterr().out
    assert f"{len(site)} pages" in said
    assert "serve" in said


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["site", str(tmp_path / "file" / "folder")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "DIR" in error


def test_without_markdown_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['markdown_it'] = None\nfrom sim.cli import main\n"
    code += "sys.exit(main(['site', 'x', '--no-talk']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT / "tests")
    assert done.returncode == 2
    assert done.stderr.strip() == "error: the site needs markdown-it-py: pip install 'request-cycles[site]'"


def test_a_notebooks_alternative_texts_come_along(site: dict[str, bytes]) -> None:
    alts = re.findall(r'<img src="data:[^"]*" alt="([^"]*)"', site["notebook-02.html"].decode())
    assert len(alts) >= 3
    assert all(len(unescape(alt)) > 40 for alt in alts)

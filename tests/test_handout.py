"""What a class gets: everything but the answers."""

import json
import re
from pathlib import Path

import pytest

from sim import compare, handout
from sim.cli import main
from sim.deck import SECTIONS
from sim.deck.source import parse, read
from sim.exercises import synchronous


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("room") / "lesson"
    assert main(["handout", str(folder)]) == 0
    return folder


def test_the_folder_has_notebooks_explorer_worksheet_and_quiz_and_the_key_stands_beside_it(made: Path) -> None:
    names = sorted(file.name for file in made.iterdir())
    assert [name[:2] for name in names[:14]] == [f"{number:02}" for number in range(1, 15)]
    assert names[14:] == ["explorer.html", "quiz.html", "worksheet.html"]
    assert made.with_name("lesson-key.html").is_file()


def test_no_notebook_says_anything_and_each_asks_what_it_asked(made: Path) -> None:
    for kept in handout.notebooks():
        cells, before = (json.loads(file.read_text())["cells"] for file in (made / kept.name, kept))
        assert [cell["source"] for cell in cells] == [cell["source"] for cell in before]
        assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells if "outputs" in cell)


def test_nothing_but_the_key_tells_the_answers(made: Path) -> None:
    summary = compare("slides", engine="exact").sync.summary
    told = [file.read_text() for file in made.iterdir() if file.name != "explorer.html"]
    assert not any(f"{summary.timed_out} of" in text or "☑" in text for text in told)
    key = made.with_name("lesson-key.html").read_text()
    assert f"{summary.timed_out} of {summary.requests:,} ({summary.timed_out_pages} pages" in key
    assert key.count("☑") == 5


def test_the_bar_of_the_key_is_the_exercise_by_hand() -> None:
    assert synchronous.by_hand(handout.SECOND).right
    assert (handout.FIRST, handout.PAGE, handout.TIMEOUT) == (
        synchronous.FIRST,
        synchronous.PAGE,
        synchronous.TIMEOUT,
    )


def test_the_quiz_has_one_right_answer_in_changing_places() -> None:
    assert {right for _, choices, right, _ in handout.QUIZ if len(set(choices)) == 3} == {0, 1, 2}


@pytest.mark.parametrize("file", ["worksheet.html", "quiz.html"])
def test_a_page_refers_to_nothing_outside(made: Path, file: str) -> None:
    assert not re.search(r"(?:src|href)=|https?:", (made / file).read_text())


def test_what_is_there_already_is_not_touched(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {file: file.read_bytes() for file in made.iterdir()}
    assert main(["handout", str(made)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: DIR {made}: there is something already")
    assert said.count("\n") == 1
    assert {file: file.read_bytes() for file in made.iterdir()} == before


def test_the_folder_in_which_one_stands_may_be_the_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lesson").mkdir()
    monkeypatch.chdir(tmp_path / "lesson")
    assert main(["handout", "."]) == 0
    assert (tmp_path / "lesson" / "explorer.html").exists()
    assert (tmp_path / "lesson-key.html").exists()
    assert main(["handout", "/"]) == 2


def test_a_file_or_a_key_in_the_way_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "new-key.html").write_text("")
    for name in ("file", "new", "file/below"):
        assert main(["handout", str(tmp_path / name)]) == 2
        said = capsys.readouterr().err
        assert said.startswith("error: DIR ")
        assert said.count("\n") == 1
        assert not (tmp_path / "new").exists()


def test_the_lesson_plan_stops_before_a_slide_tells_an_answer() -> None:
    plan = (Path(__file__).parent.parent / "notebooks" / "README.md").read_text(encoding="utf-8")
    slides = [slide.variants[0].markdown for slide in parse(read("deck.md"))]
    for first, last, opens, closes in (
        (3, 15, "Imagine for a moment", "The synchronous cycle"),
        (21, 31, "Redis and a worker to the rescue", "How does the browser get the report?"),
    ):
        assert f"Slides {first}–{last}" in plan
        assert opens in slides[first - 1]
        assert closes in slides[last - 1]
        assert not any('class="evidence"' in slide for slide in slides[first - 1 : last])


def test_the_plans_of_the_second_and_the_third_lesson_stop_before_a_slide_tells_an_answer() -> None:
    plan = (Path(__file__).parent.parent / "notebooks" / "README.md").read_text(encoding="utf-8")
    for section, lesson in {"lab": "### A second lesson", "worker": "### A third lesson"}.items():
        slides = [slide.variants[0].markdown for slide in parse(read(SECTIONS[section].file))]
        told = plan[plan.index(lesson) :].split("\n### ")[0]
        assert f"--section {section}" in " ".join(told.split())
        assert "fifteen" in told
        assert len(slides) == 15
        asks = [int(number) for number in re.findall(r"[Ss]lide (\d+) asks", told)]
        assert asks == [n for n in asks if "Your guess" in slides[n - 1]]
        shown = [range(int(a), int(b or a) + 1) for a, b in re.findall(r"[Ss]lides? (\d+)(?:–(\d+))?(?! asks)\b", told)]
        assert sorted({n for each in shown for n in each} | set(asks)) == list(range(1, 16))
        for number in (n for n, slide in enumerate(slides, 1) if "Your guess" in slide and n not in asks):
            assert (section, number) in {("lab", 7), ("lab", 9)}  # told of beside their answers
        minutes = [slide.variants[0].time for slide in parse(read(SECTIONS[section].file))]
        assert round(sum(minutes) / 60) == 20

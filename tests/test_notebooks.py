"""The notebooks: they run from top to bottom, say the same every time, and ask before they tell."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from sim.experiments import compare
from sim.player.prediction import NOBODY
from sim.presets import ALL, LESSON, load

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
NAMES = [
    "01_imagine_for_a_moment",
    "02_the_synchronous_cycle",
    "03_redis_and_a_worker",
    "04_side_by_side",
    "05_how_many_workers",
    "06_is_it_right",
    "07_try_again",
    "08_is_it_ready_yet",
    "09_threads_that_compute",
    "10_when_the_service_is_down",
    "11_pull_the_plug",
    "12_one_line_or_several",
    "13_your_own_log",
    "14_on_real_programs",
]
PATIENCE = 600  # seconds that a cell may take, on a slow machine, too
LARGEST, LARGEST_TOGETHER = 300_000, 1_500_000  # bytes
SOMEBODY_S_MACHINE = re.compile(r"(?<![\w.])/(home|Users|root|tmp|work|usr|opt)/|[A-Z]:\\|site-packages|0x[0-9a-f]{6}")

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_of(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def told(notebook: nbformat.NotebookNode) -> list[str]:
    """What each code cell says, as text: its prints, then its result."""
    return [
        "".join(output.get("text", "") for output in cell.outputs)
        + "".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs)
        for cell in code_of(notebook)
    ]


def executed(path: Path, folder: Path) -> nbformat.NotebookNode:
    """The notebook after an execution in this folder, by a kernel of its own; fails where a cell does."""
    notebook = read(path)
    NotebookClient(notebook, timeout=PATIENCE, store_widget_state=False).execute(cwd=str(folder))
    return notebook


def test_they_are_these_the_first_six_in_the_order_of_the_deck():
    assert [path.stem for path in NOTEBOOKS] == NAMES


@each
def test_executing_it_again_changes_no_text(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where this fails after a change that is meant: python notebooks/execute.py"""
    monkeypatch.delenv("SIM_REDIS_URL", raising=False)
    assert told(executed(path, tmp_path)) == told(read(path))


def test_the_third_says_the_same_with_a_real_redis(real_redis: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import redis

    path = NOTEBOOKS[2]
    monkeypatch.setenv("SIM_REDIS_URL", real_redis)
    assert told(executed(path, tmp_path)) == told(read(path))
    with redis.Redis.from_url(real_redis) as client:
        assert client.info("commandstats")["cmdstat_lpush"]["calls"] > 100
        assert client.keys("sim:*") == []


@each
def test_it_is_small_and_holds_nothing_of_who_executed_it(path: Path):
    notebook, text = read(path), path.read_text(encoding="utf-8")
    assert len(text.encode()) < LARGEST
    assert "widgets" not in notebook.metadata
    assert "application/vnd.jupyter.widget" not in text
    said = "".join(told(notebook))
    assert "jid" not in said
    assert SOMEBODY_S_MACHINE.search(said + "".join(cell.source for cell in notebook.cells)) is None
    assert [cell.metadata for cell in notebook.cells if cell.metadata] == []
    assert notebook.metadata.language_info == {"name": "python"}


def test_together_they_are_small():
    assert sum(path.stat().st_size for path in NOTEBOOKS) < LARGEST_TOGETHER


@each
def test_it_was_executed_from_top_to_bottom_without_an_error(path: Path):
    cells = code_of(read(path))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output.output_type for cell in cells for output in cell.outputs}
    assert kinds <= {"stream", "execute_result"}
    assert "stderr" not in {output.get("name") for cell in cells for output in cell.outputs}


@each
def test_it_asks_for_a_prediction_before_it_reveals_and_shows_nothing_in_between(path: Path):
    sources = [cell.source for cell in code_of(read(path))]
    asked = [place for place, source in enumerate(sources) if "sim.predict(" in source]
    revealed = [place for place, source in enumerate(sources) if ".reveal(" in source]
    assert len(asked) == len(revealed) == 1
    assert asked[0] < revealed[0]
    between = [output for cell in code_of(read(path))[asked[0] + 1 : revealed[0]] for output in cell.outputs]
    assert [output for output in between if "image/png" in output.get("data", {})] == []
    assert told(read(path))[revealed[0]] == NOBODY


@each
def test_it_has_one_question_and_three_exercises_each_with_its_check(path: Path):
    prose = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    code = "\n".join(cell.source for cell in code_of(read(path)))
    assert prose.count("**The question: ") == 1
    for heading in ("## Why", "## Exercises", "**By hand.**", "**By knob.**", "**To write.**"):
        assert prose.count(heading) == 1, heading
    assert re.findall(r"check\.(\w+)\(", code) == ["by_hand", "by_knob", "to_write"]
    assert [text for text in told(read(path)) if text.startswith("… Open.")] == told(read(path))[-3:]


@each
def test_its_cells_are_short_and_its_sentences_too(path: Path):
    for cell in code_of(read(path)):
        assert len(cell.source.splitlines()) <= 14, cell.source
    prose = " ".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    sentences = re.split(r"(?<=[.!?:])\s", prose)
    words = sorted(len(sentence.split()) for sentence in sentences)
    assert words[len(words) // 2] <= 16
    assert "latency" not in " ".join(prose.split()).replace("the latency a user feels", "")


@each
def test_every_picture_has_a_text_for_those_who_do_not_see_it(path: Path):
    for cell in code_of(read(path)):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                assert len(output.data["text/plain"]) > 60, cell.source


LARGE = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+|(?<![\w.,])\d{3,}(?![\d.]*\d)")
# years, HTTP's statuses, what the real Sidekiq and Ruby do, an exercise's own, and "about 1,800"
OF_NO_RUN = {"1917", "2021", "202", "503", "10,000", "180", "100", "200", "600", "1,800"}


@each
def test_every_large_number_of_its_prose_is_found_in_a_run(path: Path):
    notebook = read(path)
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    runs = [compare(name, engine="exact").sync.summary for name in LESSON if f"`{name}`" in "".join(prose)]
    found = [*told(notebook), *(cell.source for cell in code_of(notebook))]
    found += [load(name).to_toml() for name in ALL if f'"{name}"' in "".join(found)]
    found += [f"{run.timed_out:,} {run.requests:,}" for run in runs]
    known = {number for text in found for number in re.findall(r"\d[\d,]*", text)} | OF_NO_RUN
    assert {number for text in prose for number in LARGE.findall(re.sub(r"\]\(.*?\)", "", text))} - known == set()


def test_every_link_between_them_leads_somewhere():
    for path in NOTEBOOKS:
        links = re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
        assert links, path
        assert [link for link in links if not (path.parent / link).exists()] == []

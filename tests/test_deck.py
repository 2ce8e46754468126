"""The deck: what it says is what the runs say, whatever the scenario and whatever its title."""

import os
import re
import subprocess
import sys
import time
from html import unescape
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from sim.cli import main
from sim.deck import SECTIONS, Built, build, page, pictures, source
from sim.deck.claims import why_not
from sim.deck.filling import escaped, fill
from sim.deck.pictures import KINDS
from sim.deck.source import parse, read
from sim.deck.values import Runs, Value, values_of
from sim.presets import PRESETS, load
from sim.scenario import Scenario
from sim.workload import read as read_workload

NASTY = (
    '</textarea><img src=x onerror="alert(1)"> <script>alert(2)</script> `a` **b** {{workers}}\n---\n# c\nNote:\n[d](e)'
)


@pytest.fixture(scope="module")
def slides() -> Built:
    began = time.process_time()  # others may have the machine meanwhile
    built = build(load("slides"))
    assert time.process_time() - began < 30
    return built


def texts(built: Built) -> list[str]:
    """The Markdown of each slide as the browser will read it, notes included."""
    html = built.files["index.html"].decode()
    sources = re.findall(r"<textarea data-template>\n(.*?)\n</textarea>", html, re.DOTALL)
    return [unescape(source).replace("&nbsp;", " ") for source in sources]


def worded(*about: Any, **more: Any) -> Built:
    """The talk without its evidence painted, which takes most of the time: for what it says."""
    for step in pictures.STEPS:
        pictures.draw(f"drawing {step}", Runs(load("slides")), "light")  # kept in this process, so the real ones
    with mock.patch.object(pictures, "save_to", lambda _figure, file, _kind: file.write(b"<svg/>")):
        return build(*about, **more)


def values(**numbers: float | None) -> dict[str, Value]:
    return {name.replace("_of_", "."): Value(number, str(number)) for name, number in numbers.items()}


# --- the source


SOURCES = ["deck.md", *(section.file for section in SECTIONS.values())]


@pytest.mark.parametrize("file", SOURCES)
def test_every_slide_has_notes_that_say_what_to_say_what_to_ask_and_how_long(file: str) -> None:
    for slide in parse(read(file)):
        for variant in slide.variants:
            assert "**Say:**" in variant.notes, slide.name
            assert "**Ask" in variant.notes, slide.name
            assert 10 <= variant.time <= 600, slide.name


@pytest.mark.parametrize("file", SOURCES)
def test_no_number_of_a_run_is_typed_into_the_deck(file: str) -> None:
    not_of_a_run = r"## \d+\.|[Nn]otebooks? \d+(?: to \d+)?|answers 503|kill -9|[24]0 minutes|"
    not_of_a_run += r"95 of 100|Failure \d|failure \d|1980|1981|24\(2\)|100 %|-?\d (?:0 -1)|default 0 -1"
    not_of_a_run += r"|calls it H11|10,000 of them, for 180 days|100 ms"
    for slide in parse(read(file)):
        for variant in slide.variants:
            text = re.sub(r"\{\{.*?\}\}|<!--.*?-->", "", variant.markdown + "\n" + variant.notes, flags=re.DOTALL)
            text = re.sub(rf"</?h?\w+ ?[^>]*>|{not_of_a_run}", "", text)
            assert not re.search(r"\d", text), (slide.name, text)


def test_the_seventeen_drawings_come_in_order_and_do_not_slide_in() -> None:
    shown = [
        variant
        for slide in parse(read("deck.md"))
        for variant in slide.variants
        if "{{picture drawing" in variant.markdown
    ]
    assert [int(re.search(r"picture drawing (\d+)", v.markdown)[1]) for v in shown] == list(range(1, 18))  # type: ignore[index]
    assert all('data-transition="none"' in variant.markdown for variant in shown)


def test_each_of_the_two_failures_is_followed_by_its_evidence(slides: Built) -> None:
    said = texts(slides)
    for number, failure in enumerate(said):
        if failure.partition("\n# ")[2].startswith("Failure"):
            assert "Your guess" in failure
            assert 'class="picture"' in said[number + 1]
    assert sum("\n# Failure" in text for text in said) == 2


def test_an_evidence_slide_has_one_title(slides: Built) -> None:
    runs = Runs(load("slides"))
    for name, (draw, choices) in KINDS.items():
        if name != "comparison":
            for ax in draw(runs, choices[0], "light").axes:
                assert ax.get_title(loc="left") == "", name
    evidence = [text for text in texts(slides) if 'class="evidence"' in text]
    assert len(evidence) >= 7
    assert all(len(re.findall(r"^#+ ", text, re.MULTILINE)) == 1 for text in evidence)


def test_how_the_browser_gets_the_report_is_answered_before_the_errors_are_counted_again(slides: Built) -> None:
    names = [match[1] for text in texts(slides) if (match := re.search(r'id="([\w-]+)"', text))]
    assert names.index("getting-it") + 1 == names.index("same-requests")


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ([], "Was it bad luck? 20 of 20 other seeds have errors, too"),
        (["timeout=3600"], "Was it good luck?"),
        (["duration=20", "seed=1"], "Was it"),
    ],
)
def test_beside_the_numbers_of_one_run_stand_other_seeds(overrides: list[str], said: str) -> None:
    text = next(text for text in texts(worded(load("slides", overrides))) if 'id="luck"' in text)
    assert said in " ".join(text.split())
    assert "20 other seeds" in text


def test_where_there_is_no_other_luck_none_is_claimed() -> None:
    built = worded(load("slides", ["arrival_rate=200", "duration=101", "threads=300", "workers=300"]))
    assert not any('id="luck"' in text for text in texts(built))


def test_the_talk_ends_with_a_question_to_the_audience(slides: Built) -> None:
    assert re.search(r"^# .*\?$", texts(slides)[-1], re.MULTILINE)


def test_a_slide_without_notes_is_refused_with_its_line() -> None:
    with pytest.raises(ValueError, match="line 8: a slide without notes"):
        parse(
            '<!-- .slide: data-timing="5" -->\n# A\n\nNote:\nSay it.\n\n---\n\n<!-- .slide: data-timing="5" -->\n# B\n'
        )


def test_a_slide_that_does_not_say_how_long_it_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="line 1: how long"):
        parse("# A\n\nNote:\nSay it.\n")


# --- claims


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        ("", True),
        ("a > 0", True),
        ("a > 0 and b < 2", False),
        ("a >= 3 and a <= 3 and a == 3 and a != 4", True),
        ("a > b", False),
        ("never > 1000000", True),
        ("undefined > 0", False),
        ("undefined <= 0", False),
    ],
)
def test_a_claim_holds_when_all_its_comparisons_do(claim: str, holds: bool) -> None:
    known = values(a=3, b=5, never=float("inf"), undefined=None)
    assert (why_not(claim, known) == "") == holds


def test_why_a_claim_does_not_hold_is_said_with_the_numbers() -> None:
    assert why_not("sync.late > 0", values(sync_of_late=0)) == "sync.late > 0 does not hold (sync.late is 0)"


@pytest.mark.parametrize("claim", ["a", "a > ", "a > 0 or b > 0", "__import__('os')", "a() > 0", "a + 1 > 0", "c > 0"])
def test_nothing_but_comparisons_of_values_is_a_claim(claim: str) -> None:
    with pytest.raises(ValueError, match=r"allowed|no value"):
        why_not(claim, values(a=1, b=1))


def test_a_quiet_scenario_is_not_told_the_story_of_the_slides() -> None:
    built = worded(load("quiet"))
    told = "\n".join(built.changes)
    for slide, why in [("pages-wait", "page_slowdown >= 2"), ("timed-out", "sync.timed_out > 0")]:
        assert f'slide "{slide}"' in told
        assert why in told
    assert 'slide "wasted-work"' in told
    assert "is left out" in told
    headings = [line for text in texts(built) for line in text.splitlines() if line.startswith("## ")]
    assert not any("got an error" in heading or "Pages wait" in heading for heading in headings)


def test_a_talk_counts_every_request_it_shows_whatever_the_warm_up(slides: Built) -> None:
    built = worded(load("slides", ["warmup=590"]))
    assert built.changes == ("warmup = 590 is set aside: the talk counts every request",)
    assert texts(built) == texts(slides)


ODD = {
    "pages wait behind pages": (
        ["arrival_rate=60", "report_fraction=0.001", "duration=60", "external_time=5"],
        {"pages-wait": "## Who comes late must wait"},
    ),
    "async has errors, too, and the threads do better": (
        ["arrival_rate=62", "workers=30", "duration=300", "report_fraction=0.03", "external_time=3"],
        {"same-requests": "still not everybody is served", "fair-play": "spent as threads do better here"},
    ),
    "a surge": (
        ["arrival_rate=[[0, 2], [100, 6], [200, 2]]", "duration=600", "workers=10"],
        {"too-few-workers": "5 workers would keep up in the end"},
    ),
    "reports that never come to be": (
        ["report_fraction=0.3", "database_time=2", "workers=1", 'on_timeout="kill"'],
        {"fair-play": "completion time of the reports is never here"},
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_the_talk_says_what_these_numbers_say(case: str) -> None:
    overrides, expected = ODD[case]
    said = {
        match[1]: text
        for text in texts(worded(load("slides", overrides)))
        if (match := re.search(r'id="([\w-]+)"', text))
    }
    for slide, words in expected.items():
        assert words in " ".join(said[slide].split())


def test_the_slides_own_scenario_needs_no_other_version(slides: Built) -> None:
    assert slides.changes == ()


@pytest.mark.parametrize("name", [*PRESETS[1:], "nobody", "moment", "reports", "pages", "kill", "hasty"])
def test_every_scenario_gives_a_talk_with_everything_filled_in(name: str) -> None:
    odd = {
        "nobody": ["arrival_rate=0"],
        "moment": ["duration=2", "arrival_rate=1"],
        "reports": ["report_fraction=1", "workers=1"],
        "pages": ["report_fraction=0", "arrival_rate=40", "duration=60"],
        "kill": ["on_timeout=kill", "threads=1"],
        "hasty": ["timeout=0.05"],
    }
    made = build if name in ("nobody", "moment") else worded
    built = made(load("slides", odd[name]) if name in odd else load(name))
    for text in texts(built):
        assert "{{" not in text
        assert not re.search(r"\b(None|nan|inf)\b", text)
    assert built.slides >= 30


def test_where_pages_wait_behind_pages_reports_are_not_blamed() -> None:
    built = worded(load("slides", ["report_fraction=0", "arrival_rate=40", "duration=60"]))
    assert not any("Pages wait behind reports" in text for text in texts(built))


def test_a_timeout_is_not_called_an_answer() -> None:
    for heading in (line for text in texts(worded(load("slides", ["timeout=0.05"]))) for line in text.splitlines()):
        assert not re.match(r"## .*pages? (are|is) answered", heading)


# --- values


def test_a_value_says_what_the_summary_says() -> None:
    runs = Runs(load("slides"))
    said, sync = values_of(runs), runs.comparison.sync.summary
    assert said["sync.timed_out"] == Value(sync.timed_out, f"{sync.timed_out:,}")
    assert said["sync.page_response_time.p95"].number == sync.page_response_time.p95
    assert said["sync.completion_time.p95"].text == "never"
    assert said["few.workers"].number == 2
    assert said["page_time"].text == "97 ms"


def test_a_percentile_of_too_few_is_not_never_but_undefined() -> None:
    said = values_of(Runs(load("slides", ["duration=5"])))
    assert said["sync.response_time.p99"].number is None


def test_changing_the_scenario_changes_the_text() -> None:
    text = "\n".join(texts(worded(load("slides", ["timeout=20", "threads=6"]))))
    assert "after 20 s, an error" in text
    assert "6 threads" in text
    assert "30 s" not in re.sub(r'alt="[^"]*"|Time:\*\* \d+ s', "", text)


def test_a_log_of_our_own_is_told_with_its_own_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "own.csv"
    rows = [f"{at},{'report' if at % 10 == 0 else 'page'},0.25,{16 if at % 10 == 0 else 0}" for at in range(1, 201)]
    file.write_text("\n".join(["arrived_at,kind,web_time,external_time", *rows]) + "\n", encoding="utf-8")
    assert main(["slides", "--workload", str(file), "--out", str(tmp_path / "talk")]) == 0
    text = "\n".join(unescape(each) for each in texts(worded(load("slides"), workload=read_workload(file))))
    assert "A log of our own" in text
    assert "250 ms" in text  # a page by itself
    assert "16 s" in text  # the slow call, on average
    assert "is not defined" not in capsys.readouterr().out.replace("luck.timed_out is not defined", "")


# --- hostile values


def test_no_sign_of_markdown_or_html_survives_in_a_value() -> None:
    signs = "".join(chr(code) for code in range(32, 127))
    rest = re.sub(r"&#\d+;", "", escaped(signs))
    assert set(re.findall(r"[^a-zA-Z0-9 ]", rest)) == set(".,%+")


def test_a_value_is_not_filled_in_twice() -> None:
    known = {"title": Value(None, "{{workers}}"), "workers": Value(5, "5")}
    assert "5" not in re.sub(r"&#\d+;", "", fill("{{title}}", known, lambda _: ""))


def test_a_hostile_title_stays_in_its_slide() -> None:
    scenario = load("slides").model_copy(update={"title": NASTY[:200], "duration": 60.0})
    built = build(scenario)
    for name in ("index.html", "talk.html"):
        html = built.files[name].decode()
        assert html.count("</textarea>") == html.count("<textarea data-template>") == built.slides
        assert not re.search(r"<img[^>]*onerror", html)
    assert sum("onerror" in text for text in texts(built)) == 3  # the first slide, the last, and one picture's alt


def test_an_unknown_value_in_the_deck_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match=r"sync\.hope.*no value of this name"):
        fill("{{sync.hope}}", values(a=1), lambda _: "")


# --- files


@pytest.mark.slow
def test_two_builds_are_the_same_bytes_also_in_another_process(slides: Built, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sim", "slides", "--out", str(tmp_path / "out")]
    subprocess.run(command, check=True, cwd=tmp_path, env=os.environ | {"PYTHONHASHSEED": "1"}, capture_output=True)
    for name, content in slides.files.items():
        assert (tmp_path / "out" / name).read_bytes() == content, name


def test_the_single_file_refers_to_nothing_outside_itself(slides: Built) -> None:
    html = slides.files["talk.html"].decode()
    shell = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    sources = re.findall(r'(?:src|href)="([^"]{0,20})', shell) + re.findall(r"url\(([^)]{0,20})", shell)
    assert sources
    assert all(source.strip(chr(34)).startswith(("data:", "#")) for source in sources)
    assert "@import" not in shell
    assert 'rel="icon"' in shell  # or browsers ask the host for one


def test_the_folder_has_every_file_that_it_refers_to(slides: Built) -> None:
    html, style = slides.files["index.html"].decode(), slides.files["deck.css"].decode()
    shell = re.sub(r'<script type="application/json".*?</script>', "", html, flags=re.DOTALL)
    named = re.findall(r'(?:src|href)="([^"]+)"', shell) + re.findall(r"url\(([^)]+)\)", style)
    assert len(named) > 30
    assert {name for name in named if not name.startswith("data:")} <= set(slides.files)


def test_every_picture_has_its_alternative_text(slides: Built) -> None:
    images = re.findall(r"<img ([^>]*)>", "\n".join(texts(slides)))
    assert len(images) >= 17 + 8
    for image in images:
        assert len(re.search(r'alt="([^"]*)"', image)[1]) > 30, image  # type: ignore[index]


def test_a_station_stays_where_it_is_from_one_drawing_to_the_next(slides: Built) -> None:
    drawings = [slides.files[f"pictures/drawing-{step}.svg"].decode() for step in range(1, 18)]
    assert len({re.search(r'viewBox="([^"]+)"', drawing)[1] for drawing in drawings}) == 1  # type: ignore[index]
    spots: dict[str, set[str]] = {}
    for drawing in drawings:
        for station, path in re.findall(r'<g id="(web_server|controller|queue)">\s*<path d="([^"]+)"', drawing):
            spots.setdefault(station, set()).add(path)
    assert {station: len(paths) for station, paths in spots.items()} == {"web_server": 1, "controller": 1, "queue": 1}


@pytest.mark.slow
def test_dark_slides_have_dark_pictures(slides: Built) -> None:
    dark = build(load("slides"), theme="dark")
    assert dark.files.keys() == slides.files.keys()
    assert "#16181c" in dark.files["pictures/drawing-1.svg"].decode().lower()
    assert 'data-theme="dark"' in dark.files["index.html"].decode()


# --- the command


def test_the_command_builds_the_talk_from_any_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.toml").write_text('title = "Mine"\narrival_rate = 1.0\nduration = 60\n')
    assert main(["slides", "--scenario", "my.toml", "--set", "threads=2", "--out", "here"]) == 0
    assert (tmp_path / "here" / "index.html").is_file()
    assert "talk.html: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--scenario", "no-such"], "no-such"),
        (["--set", "threads=0"], "threads"),
        (["--out", "file/below"], "file/below"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(
    arguments: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    assert main(["slides", *arguments]) == 2
    told = capsys.readouterr().err
    assert named in told
    assert len(told.splitlines()) == 1


def test_without_a_browser_a_handout_is_refused_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sim.deck.paper.PLACES", ())
    assert main(["slides", "--pdf", "--out", str(tmp_path / "out")]) == 2
    assert "no browser found that can print" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_without_reveal_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    page.asset.cache_clear()
    monkeypatch.setattr("sim.deck.page.find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r"sphinx-revealjs.* is not installed.* pip install"):
        page.asset("reveal/reveal.js")


def test_an_installed_package_has_the_deck_inside_and_where_it_has_not_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "PLACES", (tmp_path / "checkout", tmp_path / "package"))
    with pytest.raises(ValueError, match="neither beside the package nor in it; allowed: a checkout"):
        build(Scenario())
    (tmp_path / "package").mkdir()
    (tmp_path / "package/deck.md").write_text("the talk")
    assert source.read("deck.md") == "the talk"

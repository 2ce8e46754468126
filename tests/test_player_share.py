"""What is handed on: a scenario saved from the page, or opened in it, is the one that Python reads."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import visit
from hypothesis import example, given, settings
from page_model import PageModel
from strategies import scenarios

from sim.cli import main
from sim.experiments import compare
from sim.player import explorer_page
from sim.player.data import _preset, explorer_data
from sim.player.fields import fields
from sim.player.knobs import knobs_of, scenario_with
from sim.player.link import link
from sim.presets import ALL, load
from sim.scenario import Scenario
from sim.workload import expected_arrivals

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FIELDS = fields()
DATA = explorer_data(load("slides"))


@pytest.fixture(scope="module")
def page() -> Iterator[PageModel]:
    with PageModel() as model:
        yield model


def opened(page: PageModel, *texts: str, beside: tuple[str, ...] = ()) -> list[Any]:
    presets = {name: _preset(load(name)) for name in beside}
    return list(page.ask("opened", texts=texts, fields=FIELDS, presets=presets))


def same(found: dict[str, Any], scenario: Scenario) -> None:
    """The page's preset is Python's, but for its words, and for the last bits of a mean that is only shown."""
    expected = _preset(scenario)
    assert found["external_mean"] == pytest.approx(expected["external_mean"], rel=1e-9)
    words = ("title", "shows", "try_this", "external_mean")
    steps = {"steps": [list(step) for step in expected["steps"]]}
    assert {name: value for name, value in found.items() if name not in words} == {
        name: value for name, value in (expected | steps).items() if name not in words
    }


def test_every_preset_opened_from_its_file_is_the_one_that_the_page_has(page: PageModel) -> None:
    for name, found in zip(ALL, opened(page, *(load(name).to_toml() for name in ALL)), strict=True):
        same(found, load(name))


def test_a_preset_that_somebody_has_changed_loses_the_words_that_need_not_be_true_any_more(page: PageModel) -> None:
    lecture, storm = load("slides"), load("retry-storm")
    changed = lecture.replace(threads=12), storm.replace(client_retries=1)
    texts = [one.to_toml() for one in (lecture, storm, *changed)]
    found = opened(page, *texts, beside=("slides", "retry-storm"))
    for preset, scenario in zip(found, (lecture, storm, *changed), strict=True):
        expected = _preset(scenario)
        assert [preset[word] for word in ("title", "shows", "try_this")] == [
            expected[word] for word in ("title", "shows", "try_this")
        ]
    assert found[2]["title"] == "The slides' story (changed)"


CHANGED_TOO_MUCH = [
    ("quiet", "arrival_rate=100"),
    ("retry-storm", "client_retries=100"),
    ("asking-again", "poll_every=0.001;backlog_limit=5"),
    ("asking-again", "poll_every=0.001;threads=1000"),
    ("poisoned", "job_retries=1000;job_retry_delay=1;arrival_rate=8"),
    ("busy-core", "model_time=10"),
    ("outage", "duration=100000;retry_poll_time=0.3;arrival_rate=0.01;job_retries=3"),
]
ENOUGH = [
    ("asking-again", "poll_every=0.25"),
    ("asking-again", "poll_every=0.001"),
    ("retry-storm", "client_retries=50"),
]


@pytest.mark.parametrize(("preset", "changes"), CHANGED_TOO_MUCH + ENOUGH)
def test_the_page_and_python_refuse_the_same_as_too_much_to_explore(page: PageModel, preset: str, changes: str) -> None:
    scenario = load(preset, changes.split(";"))
    (found,) = opened(page, scenario.to_toml())
    if (preset, changes) in ENOUGH:
        same(found, scenario)
        assert explorer_data(scenario)
    else:
        with pytest.raises(ValueError, match="are too many to explore; allowed: up to") as refused:
            explorer_data(scenario)
        assert str(refused.value) == found


@given(scenarios)
@example(Scenario(arrival_rate=5e-324))
@settings(max_examples=30)
def test_a_scenario_opened_from_a_file_is_the_one_that_python_reads(page: PageModel, scenario: Scenario) -> None:
    (found,) = opened(page, scenario.to_toml())
    if expected_arrivals(scenario) > 7200:
        assert "too many to explore" in found
    else:
        same(found, scenario)


SPELLINGS = [
    'threads = 0x1F\nworkers = 1_0\nseed = 9_223_372_036_854_775_807\ntitle = """\nA \\\n  title"""',
    "timeout = '250ms'\narrival_rate = [[0, 1], ['1min', 2.5e0],]  # steps\nexternal_time = \"2s\"",
    '[external_time]\ndistribution = "uniform"\nlow = 1\nhigh = 3\n',
    'external_time.distribution = "exponential"\nexternal_time.mean = 3\n"threads" = 2',
    """[[queues]]\nname = "a"\nshare = 0.25\n[queues.external_time]\ndistribution = "constant"\nvalue = 1\n
    [[queues]]\nname = "b"\nshare = 0.75\nworkers = 2""",
    "client_retries = 2\nclient_retry_delay = 3\nworker_stops = [\n  [1, 'term'], # one\n  [90, \"kill\"]\n]",
    "",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_toml_is_read_as_python_reads_it(page: PageModel, tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(text, encoding="utf-8")
    same(opened(page, text)[0], load(str(file)))


HOSTILE = [
    *("threads = 0", "threads = 8.0", "threads = true", "threads = 1e1", "thread = 8", "threads = 8 8", "threads = 08"),
    *("threads = 8\nthreads = 9", "timeout = nan", "timeout = -1", "timeout = 'soon'", "timeout = 1979-05-27", "= 3"),
    *("seed = 9223372036854775808", "seed = -1", "duration = inf", "warmup = 600", "on_timeout = 'no'", "title = 3"),
    *("title = 'a\u202eb'", 'title = "\\u0007"', "title = 'a", "__proto__ = 1", "constructor = 1", "toString = 1"),
    *("external_time = {}", "external_time = []", "external_time = {distribution = 'toString'}", "external_time = -1"),
    "external_time = {distribution = 'lognormal', mean = 12, p95 = 12}",
    "external_time = {distribution = 'lognormal', mean = 12, p95 = 50}",
    "external_time = {distribution = 'uniform', low = 3, high = 1}",
    "external_time = {distribution = 'constant', value = 1, more = 2}",
    "external_time = {distribution = 'empirical', values = []}",
    "external_time = {distribution = 'mixture', parts = [{weight = 1, time = {distribution = 'mixture', parts = []}}]}",
    *("arrival_rate = [[1, 2]]", "arrival_rate = [[0, 1], [0, 2]]", "arrival_rate = []", "arrival_rate = 1e7"),
    *("outages = [[2, 1]]", "worker_stops = [[1, 'stop']]", "worker_stops = [[1, 'kill'], [2, 'kill']]"),
    *("queues = [{name = 'a'}, {name = 'a'}]", "queues = [{name = 'a b'}]", "queues = {}", "job_retry_delay = 'x'"),
    "failure_fraction = 1\njob_retries = 1000\narrival_rate = 0.1",
    "failure_fraction = 0.5\njob_retries = 25\nretry_poll_time = 0.05\narrival_rate = 0.1",
    "web_server_time = 0\nmiddleware_time = 0\nroutes_time = 0\ncontroller_time = 0",
    *("[a]\n[a]", "[[title]]", "a.b = 1\n[a.b]", "a = {b = 1}\na.c = 2", "[threads", "threads = {", "\x00", "threads"),
    *("a = " + "[" * 5000, "a = " + "9" * 5000, "a" + ".a" * 5000 + " = 1", 'title = "' + "x" * 201 + '"'),
]
TOO_MUCH = [
    "arrival_rate = 1000",
    "arrival_rate = 10\nclient_retries = 100",
    "result = 'polling'\npoll_every = 0.000001\nbacklog_limit = 1",
    "failure_fraction = 1\njob_retries = 1000\nreport_fraction = 1",
    "cores = 1\nmiddleware_time = 3600",
    "retry_poll_time = 0.000001",
    "arrival_rate = [" + ", ".join(f"[{n}, 1]" for n in range(1001)) + "]",
]


def test_what_python_refuses_the_page_refuses_with_a_sentence(page: PageModel, tmp_path: Path) -> None:
    for text, found in zip(HOSTILE, opened(page, *HOSTILE), strict=True):
        file = tmp_path / "a.toml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=r"a\.toml"):
            load(str(file))
        assert isinstance(found, str), text
        assert 10 < len(found) < 400, text


def test_what_a_page_could_not_keep_up_with_is_refused_with_what_is_allowed(page: PageModel) -> None:
    for text, found in zip(TOO_MUCH, opened(page, *TOO_MUCH), strict=True):
        assert isinstance(found, str), text
        assert "allowed: " in found, text


SAVED: list[tuple[str, dict[str, Any]]] = [
    ("slides", {}),
    ("slides", {"threads": 6, "timeout": 7.3, "external_time": 1.3125, "surges": [[80.25, 90.5], [200.0, 230.0]]}),
    ("rush-hour", {"arrival_rate": 1.3, "report_fraction": 0.2}),
    ("just-over-thirty", {"external_time": 0.0625}),
    ("deploys", {"external_time": 2.0, "deployed_at": 100}),
    ("pulled-plug", {"client_retries": 1, "outage": 120, "poll_every": 2.25, "cores": 2, "reliable": 1}),
    ("outage", {"job_retries": 3, "failure_fraction": 0.2, "service_timeout": 10.1}),
]


@pytest.mark.parametrize(("name", "turned"), SAVED)
def test_what_is_saved_is_read_by_compare_and_has_the_page_s_records(
    page: PageModel, tmp_path: Path, name: str, turned: dict[str, Any]
) -> None:
    scenario, data = load(name), DATA
    knobs: dict[str, Any] = knobs_of(scenario) | {"surges": []} | turned
    text = page.ask("saved", preset=data["presets"][name], knobs=knobs, seed="5", fields=FIELDS)
    (tmp_path / "saved.toml").write_text(text, encoding="utf-8")
    found = load(str(tmp_path / "saved.toml"))
    words = {"shows": "", "try_this": ""}
    assert found == scenario_with(scenario, knobs).replace(seed=5, **words)
    if found.cores:
        return  # the same scenario, and slow to run: tests/test_page_lab.py holds such runs equal
    told = page.ask("explore", data=data, preset=name, knobs=knobs, seed="5")["summaries"]
    for run, result in compare(found).cycles.items():
        truth = result.summary.to_json()
        assert told[run] == {figure: truth[figure] for figure in told[run]}


def test_the_page_s_bounds_of_a_lognormal_are_python_s() -> None:
    assert math.exp(1.6448536269514722**2 / 2) == pytest.approx(3.87, abs=0.005)


def test_a_scenario_is_linked_embedded_saved_and_opened_again(
    browser: "Browser", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "explorer.html"
    file.write_text(explorer_page("slides"), encoding="utf-8")
    with visit(browser, f"{file.as_uri()}#preset=eight-slots", accept_downloads=True) as seen:
        share, to_copy = seen.page.get_by_role("button", name="Share"), seen.page.get_by_label("To copy")
        told = seen.page.locator(".sim-told")
        share.press("Enter")
        seen.page.get_by_role("button", name="Copy link").press("Enter")
        assert to_copy.input_value() == f"{file.as_uri()}#preset=eight-slots"
        seen.page.get_by_role("button", name="Close").press("Enter")
        seen.page.get_by_role("combobox", name="Scenario").select_option("slides")
        for _ in range(2):
            seen.page.get_by_role("slider", name="Threads", exact=True).press("ArrowRight")
        share.press("Enter")
        seen.page.get_by_role("checkbox").check()
        seen.page.get_by_role("button", name="Copy link").press("Enter")
        scenario = load("slides", ["threads=6"])
        assert to_copy.input_value() == f"{link(scenario, file.as_uri())}&covered=1"
        seen.page.get_by_role("button", name="Embed").press("Enter")
        assert to_copy.input_value().startswith(
            f'<iframe src="{file.as_uri()}#preset=slides&amp;threads=6&amp;covered=1"'
        )
        with seen.page.expect_download() as download:
            seen.page.get_by_role("button", name="Save as TOML").press("Enter")
        saved = tmp_path / "saved.toml"
        download.value.save_as(saved)
        assert load(str(saved)).replace(shows=scenario.shows, try_this=scenario.try_this) == scenario
        assert main(["compare", str(saved), "--json", "--engine", "exact"]) == 0
        assert '"timed_out": ' in capsys.readouterr().out
        seen.page.get_by_label("Open a scenario").set_input_files(saved)
        seen.page.wait_for_url("**#toml=title*")
        assert seen.page.locator("h2 strong").first.inner_text() == "SYNC · 6 threads"
        seen.page.reload()  # the link carries the scenario itself
        assert seen.page.locator("h2 strong").first.inner_text() == "SYNC · 6 threads"
        saved.write_text("threads = 0")
        drop(seen.page, "evil<b>.toml", "threads = 0")
        told.get_by_text("Nothing was opened").wait_for()
        assert told.inner_text().startswith("evil<b>.toml: threads = 0; allowed: a whole number from 1 to 10000")
        drop(seen.page, "big.toml", "#" * 1_000_001)
        told.get_by_text("at most a megabyte").wait_for()
        drop(seen.page, "good.toml", "threads = 3")
        seen.page.wait_for_url("**threads+%3D+3%0A*")
        assert told.inner_text() == ""
        for fragment, refused in (
            ("#preset=slides&day=20261332", 'The link says day = "20261332", which is not allowed here: left out.'),
            ("#threads=0", 'The link says threads = "0", which is not allowed here: left out.'),
            (
                "#toml=threads%3D0",
                "The scenario of this link: threads = 0; allowed: a whole number from 1",
            ),
            ("#toml=" + "a" * 20_001, "The scenario of this link is longer than 20000 characters: left out."),
        ):
            seen.page.goto(file.as_uri() + fragment)
            told.get_by_text("left out").wait_for()
            assert told.inner_text().startswith(refused)
            assert seen.page.get_by_role("combobox", name="Scenario").input_value() == "slides"


def drop(page: Any, name: str, text: str) -> None:
    script = """([name, text]) => {
      const dropped = new DataTransfer();
      dropped.items.add(new File([text], name));
      document.querySelector(".sim").dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true }));
    }"""
    page.evaluate(script, [name, text])

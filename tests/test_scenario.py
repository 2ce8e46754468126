"""Scenarios: the presets, TOML files and overrides; and what is said when something is wrong with them."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from strategies import scenario_fields, scenarios

from sim.distributions import Constant, Exponential, LogNormal, Mixture
from sim.presets import ALL, LAB, LARGEST_FILE, PRESETS, load, preset, summaries
from sim.scenario import GENERATOR_FIELDS, PLAIN, Scenario
from sim.units import TICKS_PER_SECOND, brief, to_grid

HERE_TOO = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def toml(tmp_path: Path) -> Any:
    """Loads a text as a TOML file, with overrides."""

    def loaded(text: str | bytes, *overrides: str) -> Scenario:
        file = tmp_path / "mine.toml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        return load(str(file), overrides)

    return loaded


def complaint(call: Any, *arguments: Any) -> str:
    """What the ValueError says, which must fit a terminal: printable lines of moderate length."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        call(*arguments)
    message = str(caught.value)
    assert message
    for line in message.split("\n"):
        assert line.isprintable(), line
        assert len(line) <= 330, line
    return message


# ---------------------------------------------------------------- presets and files


@pytest.mark.parametrize("name", ALL)
def test_every_preset_says_what_it_shows_and_what_to_try(name: str) -> None:
    scenario = preset(name)
    assert scenario.title
    assert scenario.shows.endswith((".", "?"))
    assert scenario.try_this
    assert load(name) == scenario


def test_the_presets_that_a_lesson_needs_are_there() -> None:
    assert {"slides", "quiet", "rush-hour", "just-over-thirty", "too-few-workers", "more-threads"} <= set(PRESETS)
    assert [name for name, _ in summaries()] == list(PRESETS)
    assert [name for name, _ in summaries(LAB)] == list(LAB)
    assert load() == load("slides")


@pytest.mark.parametrize("name", ALL)
def test_a_preset_printed_as_toml_is_the_preset(name: str, toml: Any) -> None:
    assert toml(load(name).to_toml()) == load(name)


@given(scenarios)
@HERE_TOO
def test_any_scenario_printed_as_toml_is_the_scenario(toml: Any, scenario: Scenario) -> None:
    assert toml(scenario.to_toml()) == scenario


def test_printing_keeps_a_share_that_happens_to_lie_on_the_grid_of_seconds(toml: Any) -> None:
    scenario = Scenario(report_fraction=2.0**-20, arrival_rate=3 + 2.0**-20)
    assert toml(scenario.to_toml()) == scenario


def test_the_toml_names_every_field_of_the_plain_rules_with_its_unit_and_meaning() -> None:
    lines = load("slides").to_toml().splitlines()
    assert [line.partition(" = ")[0] for line in lines[1::2]] == [
        name for name in Scenario.model_fields if name in PLAIN
    ]
    assert all(line.startswith("# ") and len(line) > 10 for line in lines[::2])
    timeout = lines[lines.index("timeout = 30.0") - 1]
    assert timeout.endswith(", s")
    assert "web_server_time = 0.001" in lines


def test_a_file_says_only_what_differs_from_the_defaults(toml: Any) -> None:
    assert toml("threads = 8") == Scenario(threads=8)
    assert toml("") == Scenario()
    assert toml(b"\xef\xbb\xbfthreads = 8\r\n") == Scenario(threads=8)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("12", 12.0),
        ("0.5", 0.5),
        ('"30s"', 30.0),
        ('"250ms"', 0.25),
        ('"2min"', 120.0),
        ('"1h"', 3600.0),
        ('"1.5 s"', 1.5),
    ],
)
def test_durations_may_be_written_with_a_unit(toml: Any, written: str, seconds: float) -> None:
    assert toml(f"timeout = {written}").timeout == seconds
    assert toml(f"external_time = {written}").external_time == Constant(value=seconds)


def test_every_duration_is_rounded_to_the_grid_half_to_even(toml: Any) -> None:
    scenario = toml("timeout = 0.1\nrouting_time = 0".replace("routing", "routes"))
    assert scenario.timeout == to_grid(0.1) != 0.1
    assert (scenario.timeout * TICKS_PER_SECOND).is_integer()
    assert scenario.web_server_time == to_grid(0.001)
    assert to_grid(1.5 / TICKS_PER_SECOND) == to_grid(2.5 / TICKS_PER_SECOND) == 2 / TICKS_PER_SECOND
    assert toml("external_time = {distribution = 'exponential', mean = 0.1}").external_time.mean == to_grid(0.1)


@given(st.floats(0, 1e7))
def test_the_shortest_decimal_of_a_time_is_that_time(seconds: float) -> None:
    on_grid = to_grid(seconds)
    assert to_grid(brief(on_grid)) == on_grid


def test_the_arrival_rate_may_be_steps(toml: Any) -> None:
    scenario = toml('arrival_rate = [[0, 2], ["5min", 6.5], [600, 2]]')
    assert scenario.arrival_rate == ((0.0, 2.0), (300.0, 6.5), (600.0, 2.0))
    assert scenario.rate_steps == scenario.arrival_rate
    assert toml("arrival_rate = 2").rate_steps == ((0.0, 2.0),)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", PRESETS)
def test_nobody_is_warned_of_a_scenario_as_plain_data(name: str) -> None:
    assert Scenario.model_validate(load(name).to_json()) == load(name)


def test_the_generators_fields_are_those_that_a_workload_file_replaces() -> None:
    assert GENERATOR_FIELDS < PLAIN < set(Scenario.model_fields)
    assert set(PLAIN - GENERATOR_FIELDS) == {
        "title",
        "shows",
        "try_this",
        "threads",
        "workers",
        "timeout",
        "warmup",
        "on_timeout",
    }


# ---------------------------------------------------------------- overrides


def test_an_override_replaces_a_field() -> None:
    scenario = load("slides", ["threads=8", "timeout = 45s", "on_timeout=kill", 'title="a = b"'])
    assert (scenario.threads, scenario.timeout, scenario.on_timeout, scenario.title) == (8, 45.0, "kill", "a = b")
    assert load("slides", ["arrival_rate=[[0, 1], [60, 2]]"]).arrival_rate == ((0.0, 1.0), (60.0, 2.0))
    assert load("slides", ["threads=8", "threads=9"]).threads == 9


def test_a_dot_reaches_into_the_distribution(toml: Any) -> None:
    assert load("slides", ["external_time.mean=20"]).external_time == LogNormal(mean=20, p95=40)
    assert toml("", "external_time.mean=20").external_time == LogNormal(mean=20, p95=30)
    whole = load("slides", ["external_time={distribution='exponential', mean=3}"])
    assert whole.external_time == Exponential(mean=3)


def test_a_scenario_can_be_changed_in_python_with_the_same_checks() -> None:
    scenario = load("slides")
    assert scenario.replace(threads=7, external_time=3).external_time == Constant(value=3)
    assert scenario.replace(threads=scenario.threads) == scenario
    assert "threads" in complaint(lambda: scenario.replace(threads=0))


# ---------------------------------------------------------------- mistakes

NUMBERS = [name for name, field in Scenario.model_fields.items() if field.annotation in (float, int)]
TEXTS = ["title", "shows", "try_this"]


@pytest.mark.parametrize(
    "value", ["nan", "inf", "-inf", "-1", "1e300", "true", '"x"', "[]", "{}", "1979-05-27", "9" * 400]
)
@pytest.mark.parametrize("field", [*NUMBERS, "arrival_rate", "external_time"])
def test_a_wrong_number_is_named_with_the_field_and_what_is_allowed(toml: Any, field: str, value: str) -> None:
    message = complaint(toml, f"{field} = {value}")
    assert "mine.toml: " + field in message
    assert "allowed: " in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("threads = 0", "threads = 0; allowed: a whole number from 1 to 10000"),
        ("threads = 8.0", "threads = 8.0; allowed: a whole number"),
        ('threads = "8"', "threads = '8'; allowed: a whole number"),
        ("workers = 10001", "workers = 10001; allowed: a whole number from 1 to 10000"),
        ("timeout = 0", "timeout = 0; allowed: seconds above 0"),
        ('timeout = "30"', "timeout = '30'; allowed: seconds"),
        ("report_fraction = 1.1", "report_fraction = 1.1; allowed: a number from 0 to 1"),
        ("seed = 9223372036854775808", "allowed: a whole number from 0 to 2^63 - 1"),
        ("warmup = 600\nduration = 600", "allowed: warmup below duration"),
        ('on_timeout = "restart"', 'allowed: "finish_started", "finish_all" or "kill"'),
        ("arrival_rate = []", "arrival_rate = []; allowed: a number"),
        ("arrival_rate = [[1, 2]]", "allowed: a number"),
        ("arrival_rate = [[0, 1], [0, 2]]", "from_at growing from 0"),
        ("arrival_rate = [[0, -1]]", "allowed: a number"),
        ("arrival_rate = [[0, [1]]]", "allowed: a number"),
        ("title = 3", "title = 3; allowed: at most 200 printable characters"),
        ('title = "\\u001b[2J"', "title = '\\x1b[2J'; allowed: at most 200 printable characters"),
        (f'shows = "{"x" * 1001}"', "allowed: at most 1000 printable characters"),
        ("thread = 8", "thread is not a field (did you mean threads?)"),
        ("timeuot = 8", "timeuot is not a field (did you mean timeout?)"),
        ("zzz = 8", "zzz is not a field"),
        ("constant = 8", "constant is not a field"),
        ('"\\u001b" = 8', "\\x1b is not a field"),
        (
            "web_server_time = 0\nmiddleware_time = 0\nroutes_time = 0\ncontroller_time = 0",
            "the way in takes some time",
        ),
        ("external_time = {distribution = 'normal', mean = 3}", "'normal' (did you mean lognormal?); allowed:"),
        ("external_time = {mean = 3}", "external_time = {'mean': 3}; allowed:"),
        ("external_time = {distribution = 'exponential'}", "external_time.mean is missing"),
        ("external_time = {distribution = 'exponential', mean = 0}", "external_time.mean = 0; allowed: greater than 0"),
        ("external_time = {distribution = 'exponential', mean = 1e308}", "external_time.mean = 1e+308; allowed:"),
        (
            "external_time = {distribution = 'exponential', mean = 1, uniform = 1}",
            "external_time.uniform is not a field",
        ),
        ("external_time = {distribution = 'uniform', low = 3, high = 2}", "low = 3 is above high = 2"),
        ("external_time = {distribution = 'lognormal', mean = 10, p95 = 10}", "allowed: mean < p95 < 3.87 × mean"),
        ("external_time = {distribution = 'lognormal', mean = 10, p95 = 39}", "allowed: mean < p95 < 3.87 × mean"),
        ("external_time = {distribution = 'weibull', scale = 1, shape = 0}", "external_time.shape = 0; allowed:"),
        ("external_time = {distribution = 'empirical', values = []}", "external_time.values"),
        ("external_time = {distribution = 'empirical', values = [1, -1]}", "external_time.values.1 = -1; allowed:"),
        ("external_time = {distribution = 'mixture', parts = []}", "external_time.parts"),
        (
            "external_time = {distribution = 'mixture', parts = [{weight = 0, time = 3}]}",
            "external_time.parts.0.weight = 0; allowed: greater than 0",
        ),
        (
            "external_time = {distribution = 'mixture', parts = [{weight = 1, time = {distribution = 'mixture'}}]}",
            "external_time.parts.0.time",
        ),
    ],
)
def test_a_mistake_is_told_with_field_value_and_what_is_allowed(toml: Any, text: str, says: str) -> None:
    assert says in complaint(toml, text)


def test_all_mistakes_are_told_at_once_with_the_flag_each_came_from(toml: Any) -> None:
    lines = complaint(toml, "threads = 0\nwrokers = 3\nseed = -1", "timeout=never", "external_time.mean=-1").split("\n")
    assert len(lines) == 5
    assert sum("mine.toml: " in line for line in lines) == 3
    assert "--set timeout = 'never'; allowed: seconds above 0 up to 10,000,000, or a text such as \"30s\"" in lines
    assert any(line.startswith("--set external_time.mean = -1; allowed: ") for line in lines)


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("threads", "FIELD=VALUE"),
        ("=3", "FIELD=VALUE"),
        ("", "FIELD=VALUE"),
        ("thread=3", "--set thread is not a field (did you mean threads?)"),
        ("threads.count=3", "--set threads"),
        ("external_time.mena=3", "--set external_time.mena is not a field (did you mean mean?)"),
        (
            'external_time={distribution="mixture",parts=[{weigth=1,time=3}]}',
            "external_time.parts.0.weigth is not a field (did you mean weight?)",
        ),
        ("external_time=soon", "--set external_time = 'soon'"),
        ("threads=\x1b[2J", "threads = '\\x1b[2J'"),
        ("\x1b[2J=3", "\\x1b[2J"),
        ("title.\x1b=3", "--set title.\\x1b"),
        ("x" * 5000 + "=3", "is not a field"),
        ("threads=" + "[" * 5000, "threads = '[[["),
        ("threads=0x" + "f" * 5000, "threads = (int, too large to show)"),
        ("threads=" + "9" * 5000, "threads = '999"),
        ("threads." + "x." * 5000 + "y=3", "--set threads"),
    ],
)
def test_a_wrong_override_is_named(override: str, says: str) -> None:
    assert says in complaint(load, "slides", [override])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("threads", "not TOML: "),
        ("threads = 8\nthreads = 9", "not TOML: "),
        ("[threads", "not TOML: "),
        ("\x00\x01", "not TOML: "),
        ("x = " + "[" * 100_000, "not TOML: "),
        ("x = " + "{a=" * 50_000, "not TOML: "),
        ("threads = " + "9" * 5000, "not TOML: "),
        ("threads = 0x" + "f" * 5000, "threads = (int, too large to show)"),
        ("threads" + ".a" * 99 + " = 1", "threads = {'a': {'a': "),
        ("threads" + ".a" * 200_000 + " = 1", "a line with more than 100 dots"),
        ("[a" + ' . "b,"' * 200 + "]", "a line with more than 100 dots"),
        (b"\xff\xfet\x00", "not a text file; allowed: TOML in UTF-8"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not a text file; allowed: TOML in UTF-8"),
        ("#" * (LARGEST_FILE + 1), f"too large; allowed: TOML of at most {LARGEST_FILE} bytes"),
    ],
    ids=range(14),
)
def test_a_file_that_is_no_scenario_is_refused(toml: Any, text: str | bytes, says: str) -> None:
    message = complaint(toml, text)
    assert "mine.toml: " in message
    assert says in message


def test_a_long_list_of_measured_times_is_not_mistaken_for_a_deep_key(toml: Any) -> None:
    values = [number / 100 for number in range(100, 1100)]
    text = f"external_time = {{distribution = 'empirical', values = {values}}}"
    assert toml(text).external_time.values == [to_grid(value) for value in values]


def test_a_name_that_is_neither_preset_nor_file_gets_a_suggestion(tmp_path: Path) -> None:
    assert "did you mean slides?" in complaint(load, "slide")
    assert all(name in complaint(load, "zzz") for name in ALL)
    assert "No such file" in complaint(load, str(tmp_path / "absent.toml"))
    assert "No such file" in complaint(load, "absent.toml")
    assert "directory" in complaint(load, str(tmp_path))


@pytest.mark.parametrize(
    "name", ["", ".", "a\0b", "/a\0b", "\x1b[2J", "/\x1b[2J", "x" * 300, "\ud800", "/\ud800", "/dev/zero"]
)
def test_a_hostile_name_does_not_reach_the_terminal(name: str) -> None:
    complaint(load, name)


def test_a_preset_of_an_unknown_name_is_refused() -> None:
    assert "did you mean quiet?" in complaint(preset, "quite")


# ---------------------------------------------------------------- whatever comes

scalars = st.one_of(st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
field_names = st.sampled_from(sorted(Scenario.model_fields)) | st.text(max_size=12) | st.just("external_time")


@given(st.dictionaries(field_names, values, max_size=5))
@example({"mixture": 1})
@example({"external_time": {"distribution": "mixture", "parts": [{"weight": 5e-324, "time": 1}]}})
@settings(max_examples=300, deadline=None)
def test_random_fields_make_a_scenario_or_a_readable_complaint(fields: dict[str, Any]) -> None:
    try:
        scenario = Scenario().replace(**fields)
    except ValueError:
        complaint(lambda: Scenario().replace(**fields))
    else:
        assert scenario == Scenario.model_validate(scenario.model_dump())


@given(scenario_fields)
@settings(max_examples=100, deadline=None)
def test_what_is_in_range_is_accepted(fields: dict[str, Any]) -> None:
    assert isinstance(Scenario().replace(**fields), Scenario)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
@settings(HERE_TOO, max_examples=300)
def test_random_bytes_make_a_scenario_or_a_readable_complaint(toml: Any, content: bytes) -> None:
    try:
        toml(content)
    except ValueError:
        complaint(toml, content)


WORDS = "threads external_time arrival_rate title distribution parts weight time nan true 1 -1.5"
TOKENS = st.sampled_from([*WORDS.split(), *'==\n.[]{}," #', '"30s"', '"\\u001b"', '"mixture"'])


@given(st.lists(TOKENS, max_size=40).map("".join))
@settings(HERE_TOO, max_examples=300)
def test_random_toml_makes_a_scenario_or_a_readable_complaint(toml: Any, content: str) -> None:
    try:
        toml(content)
    except ValueError:
        complaint(toml, content)


@given(st.text(max_size=60))
@example("external_time.parts.0.weight=1")
@settings(max_examples=300, deadline=None)
def test_random_overrides_are_applied_or_complained_about(override: str) -> None:
    try:
        load("slides", [override])
    except ValueError:
        complaint(load, "slides", [override])


def test_a_mixture_can_be_written_in_a_file(toml: Any) -> None:
    text = """
    [external_time]
    distribution = "mixture"
    parts = [{weight = 3, time = "2s"}, {weight = 1, time = {distribution = "exponential", mean = "1min"}}]
    """
    time = toml(text).external_time
    assert isinstance(time, Mixture)
    assert time.mean == 0.75 * 2 + 0.25 * 60

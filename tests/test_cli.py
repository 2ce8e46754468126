"""The command line as its users meet it: what it prints, what it writes, and how it says no."""

import csv
import json
import math
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sim import presets, scenario
from sim.cli import main
from sim.cli.commands import parser

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
COLUMNS = ("sync", "async", "sync_same_slots")
FIGURES = [
    *("requests", "answered", "reports", "reports_completed", "timed_out", "timeout_fraction"),
    *("timed_out_pages", "timed_out_reports", "response_time", "page_response_time", "completion_time"),
    *("waiting_time", "throughput", "thread_utilisation", "worker_utilisation", "peak_backlog", "peak_queue"),
    *("useful_time", "wasted_time", "idle_time", "ended_at"),
    *("visits", "visits_answered", "visit_time", "requests_per_visit", "rejected", "failed", "polls", "result_time"),
    *("job_waiting_time", "job_runs", "jobs_dead", "jobs_lost", "jobs_done_twice", "peak_retry_set"),
    *("worker_useful_time", "worker_wasted_time", "worker_idle_time", "worker_down_time", "core_utilisation", "queues"),
]
SPREADS = (
    *("response_time", "page_response_time", "completion_time", "waiting_time"),
    *("visit_time", "result_time", "job_waiting_time"),
)
RECORD = (
    "request_id,kind,arrived_at,started_at,enqueued_at,responded_at,status,finished_at,skipped_at,picked_up_at,"
    "completed_at,visit_id,attempt,queue,died_at,seen_at"
)
HEADER = "arrived_at,kind,web_time,external_time\n"
ESCAPE = "\x1b[2J\x1b]0;owned\x07"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def status_of(*arguments):
    return main([str(argument) for argument in arguments])


@pytest.fixture
def answer(capsys):
    """What a command prints on stdout when all goes well."""

    def ask(*arguments):
        assert status_of(*arguments) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return ask


@pytest.fixture
def refusal(capsys):
    """The one line in which a command says what is wrong."""

    def ask(*arguments):
        status = status_of(*arguments)
        out, err = capsys.readouterr()
        assert (status, out) == (2, ""), err
        assert err.startswith("error: ")
        assert err.endswith("\n")
        assert err[:-1].isprintable(), err  # so there is no second line either
        return err

    return ask


def process(*arguments, **options):
    environment = {**os.environ, **options.pop("env", {})}
    options = {"capture_output": True, "timeout": 60, "env": environment, **options}
    return subprocess.run([sys.executable, "-m", "sim", *map(str, arguments)], check=False, **options)


# what it prints


def test_compare_without_an_argument_tells_the_story_of_the_slides():
    done = process("compare")
    assert (done.returncode, done.stderr) == (0, b"")
    table, _, lesson = done.stdout.decode().partition("\n\n•")
    assert table.startswith("The slides' story: 1,785 requests in 600 s")
    assert "SYNC timed out 112 of 1,785 requests" in lesson


def test_quiet_leaves_the_table_and_drops_the_sentences(answer):
    full, quiet = answer("compare", "quiet"), answer("compare", "quiet", "--quiet")
    assert full.startswith(quiet)
    assert "•" in full
    assert "•" not in quiet


def test_json_is_the_fixed_interface_and_nothing_else_is_on_stdout(answer):
    printed = json.loads(answer("compare", "--json", "--set", "duration=60"))
    assert list(printed) == ["schema", "scenario", "cycles"]
    assert printed["schema"] == 1
    assert list(printed["scenario"]) == list(scenario.Scenario.model_fields)
    assert tuple(printed["cycles"]) == COLUMNS
    for figures in printed["cycles"].values():
        assert list(figures) == FIGURES
        assert all(list(figures[name]) == ["mean", "p50", "p95", "p99", "max"] for name in SPREADS)
    assert [figures["worker_utilisation"] is None for figures in printed["cycles"].values()] == [True, False, True]


def test_json_with_a_file_says_that_nothing_was_generated(answer):
    Path("one.csv").write_text(HEADER + "1,page,0.5,0\n")
    said = json.loads(answer("compare", "--workload", "one.csv", "--json"))["scenario"]
    off = {name for name, field in scenario.Scenario.model_fields.items() if field.default is None}
    assert off == {"backlog_limit", "service_timeout", "cores", "failure_time"}  # rules that are off are null, too
    assert {name for name, value in said.items() if value is None} == scenario.GENERATOR_FIELDS | off


def test_json_of_nothing_at_all_is_null_where_there_is_nothing_to_say(answer):
    printed = json.loads(answer("compare", "--json", "--records", "out", "--set", "arrival_rate=0"))
    sync = printed["cycles"]["sync"]
    assert (sync["requests"], sync["ended_at"], sync["timeout_fraction"]) == (0, None, None)
    assert Path("out/sync.csv").read_text() == RECORD + "\n"
    assert "No request arrived" in answer("compare", "--set", "arrival_rate=0")


def test_both_engines_print_the_same(answer):
    assert answer("compare", "rush-hour", "--engine", "exact") == answer("compare", "rush-hour", "--engine", "simpy")


def test_a_seed_says_the_same_again_in_another_process(tmp_path):
    written = []
    for number in ("1", "2"):
        arguments = ["compare", "--seed", "11", "--json", "--records", number, "--plot", f"{number}.svg"]
        done = process(*arguments, "--set", "duration=60", env={"PYTHONHASHSEED": number}, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, b"")
        files = [tmp_path / number / f"{name}.csv" for name in COLUMNS] + [tmp_path / f"{number}.svg"]
        written.append([done.stdout, *(file.read_bytes() for file in files)])
    assert written[0] == written[1]


def test_another_seed_tells_another_story(answer):
    assert answer("compare", "--seed", "1") != answer("compare", "--seed", "2")


@pytest.mark.parametrize("name", ["slides", *presets.LAB])
def test_every_preset_has_a_line_and_its_full_text_is_the_same_scenario(name, answer):
    assert re.search(rf"^{name} +\S", answer("scenarios"), re.MULTILINE)
    text = answer("scenarios", name)
    Path("my.toml").write_text(text, encoding="utf-8")
    assert presets.load("my.toml") == presets.load(name)
    fields = [line.split(" = ")[0] for line in text.splitlines() if not line.startswith("#")]
    told = presets.load(name)
    asked = {name for name, field in scenario.Scenario.model_fields.items() if getattr(told, name) != field.default}
    assert fields == [name for name in scenario.Scenario.model_fields if name in scenario.PLAIN | asked]


def test_the_sync_run_on_a_written_workload_repeats_the_run(answer):
    Path("requests.csv").write_text(answer("workload", "slides"))
    answer("compare", "--records", "generated")
    answer("compare", "--records", "read", "--workload", "requests.csv")
    for name in ("sync.csv", "sync_same_slots.csv"):
        assert Path("read", name).read_bytes() == Path("generated", name).read_bytes()


def test_both_runs_are_repeated_where_only_the_way_in_takes_time(answer):
    hops = ("web_server", "middleware", "controller", "model", "database", "queue")
    still = [f"--set={hop}_time=0" for hop in hops]
    Path("requests.csv").write_text(answer("workload", "--set=routes_time=200ms", *still))
    answer("compare", "--set=routes_time=200ms", *still, "--records", "generated")
    answer("compare", "--records", "read", "--workload", "requests.csv")
    for name in COLUMNS:
        assert Path("read", f"{name}.csv").read_bytes() == Path("generated", f"{name}.csv").read_bytes()


def test_a_warm_up_beside_a_file_is_held_against_the_file_not_against_the_preset(answer, refusal):
    Path("long.csv").write_text(HEADER + "0,page,1,0\n2000,page,1,0\n")
    assert "counted are the 1 from 1000 s on" in answer("compare", "--workload=long.csv", "--set", "warmup=1000")
    assert "less than its last arrival, 2000 s" in refusal("compare", "--workload=long.csv", "--set", "warmup=2000")


def test_the_way_of_a_report_that_takes_too_long_in_sync(answer):
    Path("slow.csv").write_text(HEADER + "1,report,0.5,40\n")
    assert (
        answer("trace", "sync", "--request", "0", "--workload", "slow.csv")
        == """\
Request 0, a report, SYNC; a file says no hops' times, only web_time: at controller.rb

       at, s    since arrival, s   what happens
    1.000000            0.000000   HTTP Request arrives
    1.000000            0.000000   thread 0 takes it after 0 s in the backlog
    1.000000            0.000000     Web Server             0 s
    1.000000            0.000000     Middleware             0 s
    1.000000            0.000000     routes.rb              0 s
    1.000000            0.000000     controller.rb       500 ms
    1.500000            0.500000     HTTP Request        40.0 s
   31.000000           30.000000   timed out: the router answers with an error after 30 s
   41.500000           40.500000     controller.rb          0 s
   41.500000           40.500000     Middleware             0 s
   41.500000           40.500000     Web Server             0 s
   41.500000           40.500000   thread 0 is free
"""
    )


def test_the_way_of_the_same_report_in_async(answer):
    Path("slow.csv").write_text(HEADER + "1,report,0.5,40\n")
    assert (
        answer("trace", "async", "--request", "0", "--workload", "slow.csv")
        == """\
Request 0, a report, ASYNC; a file says no hops' times, only web_time: at controller.rb

       at, s    since arrival, s   what happens
    1.000000            0.000000   HTTP Request arrives
    1.000000            0.000000   thread 0 takes it after 0 s in the backlog
    1.000000            0.000000     Web Server             0 s
    1.000000            0.000000     Middleware             0 s
    1.000000            0.000000     routes.rb              0 s
    1.000000            0.000000     controller.rb       500 ms
    1.500000            0.500000     Queue                  0 s
    1.500000            0.500000     its job is in the Queue
    1.500000            0.500000     controller.rb          0 s
    1.500000            0.500000     Middleware             0 s
    1.500000            0.500000     Web Server             0 s
    1.500000            0.500000   worker 0 takes the job
    1.500000            0.500000     HTTP Request        40.0 s
    1.500000            0.500000   HTTP Response leaves in time
    1.500000            0.500000   thread 0 is free
   41.500000           40.500000   worker 0 has done the job: the report exists
"""
    )


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf", "PNG"])
def test_a_plot_is_what_its_name_says(suffix, answer):
    answer("compare", "--set", "duration=30", "--plot", f"figure.{suffix}")
    opening = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix.lower()]
    assert Path(f"figure.{suffix}").read_bytes().startswith(opening)


def test_a_scenario_may_stand_before_between_and_behind_the_flags(answer):
    said = answer("trace", "sync", "rush-hour", "--request", "3", "--set", "threads=1")
    for line in (
        "sync --request 3 rush-hour --set threads=1",
        "sync --request 3 --set threads=1 rush-hour",
        "--request 3 sync rush-hour --set threads=1",
        "--request 3 sync --set threads=1 -- rush-hour",
        "--request=3 --set=threads=1 sync rush-hour",
    ):
        assert answer("trace", *line.split()) == said, line


@pytest.mark.parametrize("command", ["compare", "workload", "explore", "play", "replicate", "sweep", "size"])
def test_every_command_takes_its_scenario_anywhere(command):
    more = {"sweep": ["--vary", "threads=4"], "size": ["--goal", "timed_out < 1"]}.get(command, [])
    flags = [*more, "--set", "threads=3", "--seed", "4"]
    places = [["quiet", *flags], [*flags[:2], "quiet", *flags[2:]], [*flags, "quiet"]]
    first, *others = (vars(parser().parse_args([command, *place])) for place in places)
    assert first["scenario"] == "quiet"
    assert [other for other in others if other != first] == []


# the records say what the figures say


def percentile(values, percent, fewest):
    if len(values) < fewest:
        return None
    rank = (len(values) - 1) * percent / 100
    low, high = sorted(values)[math.floor(rank)], sorted(values)[math.ceil(rank)]
    return None if math.isinf(high) else low + (high - low) * (rank - math.floor(rank))


def spread_of(values):
    whole = values and max(values) < math.inf
    return {
        "mean": sum(values) / len(values) if whole else None,
        "p50": percentile(values, 50, 1),
        "p95": percentile(values, 95, 20),
        "p99": percentile(values, 99, 100),
        "max": max(values) if whole else None,
    }


def most_at_once(intervals):
    ended_first = sorted([(begin, 1) for begin, end in intervals] + [(end, -1) for begin, end in intervals])
    return max((sum(step for _, step in ended_first[: n + 1]) for n in range(len(ended_first))), default=0)


def figures_of(rows, said, threads, workers):
    """The figures of MODEL.md, straight from the rows of a CSV file."""
    warmup, ends_at, timeout = said["warmup"], said["duration"], said["timeout"]
    counted = [row for row in rows if row["arrived_at"] >= warmup]
    ok = [row for row in counted if row["status"] == "ok"]
    late = [row for row in counted if row["status"] == "timed_out"]
    reports = [row for row in counted if row["kind"] == "report"]
    pages = [row for row in counted if row["kind"] == "page"]

    def done_at(row):
        if row["enqueued_at"] is not None:
            return row["completed_at"]
        return row["responded_at"] if row["status"] == "ok" else math.inf

    def since_arrival(column, some):
        return spread_of([row[column] - row["arrived_at"] for row in some])

    def busy(begin, end):
        inside = [max(0.0, min(row[end], ends_at) - max(row[begin], warmup)) for row in rows if row[begin] is not None]
        return sum(inside) / (ends_at - warmup)

    def held(status):
        served = [row for row in rows if row["started_at"] is not None and row["status"] == status]
        return sum(row["finished_at"] - row["started_at"] for row in served)

    for row in rows:
        row["reached_at"] = row["started_at"] if row["started_at"] is not None else row["skipped_at"]
        assert row["status"] == "ok" or row["responded_at"] == row["arrived_at"] + timeout
        assert row["status"] == "timed_out" or row["responded_at"] == row["finished_at"] < row["arrived_at"] + timeout
    completion = [done_at(row) - row["arrived_at"] for row in reports]
    ended_at = max(max(row[end] or 0 for end in ("finished_at", "skipped_at", "completed_at")) for row in rows)
    return {
        "requests": len(counted),
        "answered": len(ok),
        "reports": len(reports),
        "reports_completed": sum(math.isfinite(time) for time in completion),
        "timed_out": len(late),
        "timeout_fraction": len(late) / len(counted),
        "timed_out_pages": sum(row["kind"] == "page" for row in late),
        "timed_out_reports": sum(row["kind"] == "report" for row in late),
        "response_time": since_arrival("responded_at", counted),
        "page_response_time": since_arrival("responded_at", pages),
        "completion_time": spread_of(completion),
        "waiting_time": since_arrival("reached_at", counted),
        "throughput": len(ok) / (ends_at - warmup),
        "thread_utilisation": busy("started_at", "finished_at") / threads,
        "worker_utilisation": busy("picked_up_at", "completed_at") / workers if workers else None,
        "peak_backlog": most_at_once([(row["arrived_at"], row["reached_at"]) for row in rows]),
        "peak_queue": most_at_once([(row["enqueued_at"], row["picked_up_at"]) for row in rows if row["enqueued_at"]]),
        "useful_time": held("ok"),
        "wasted_time": held("timed_out"),
        "idle_time": threads * ended_at - held("ok") - held("timed_out"),
        "ended_at": ended_at,
    } | figures_of_visits(rows, counted, workers, ended_at)


def figures_of_visits(rows, counted, workers, ended_at):
    """What the lab's figures are where nothing goes wrong: every visit is one request, every job one run."""
    ok, reports = [
        [row for row in counted if row[key] == value] for key, value in (("status", "ok"), ("kind", "report"))
    ]
    answered = [row["responded_at"] - row["arrived_at"] if row["status"] == "ok" else math.inf for row in counted]
    in_sync = [row["responded_at"] - row["arrived_at"] if row in ok and not workers else math.inf for row in reports]
    jobs = [row for row in counted if row["enqueued_at"] is not None]
    waited = spread_of([row["picked_up_at"] - row["enqueued_at"] for row in jobs])
    done = spread_of([row["completed_at"] - row["arrived_at"] for row in jobs])
    busy = sum(row["completed_at"] - row["picked_up_at"] for row in rows if row["completed_at"] is not None)
    nothing = dict.fromkeys(("jobs_dead", "jobs_lost", "jobs_done_twice", "peak_retry_set"), 0)
    return {
        "visits": len(counted),
        "visits_answered": len(ok),
        "visit_time": spread_of(answered),
        "requests_per_visit": 1.0,
        "rejected": 0,
        "failed": 0,
        "polls": 0,
        "result_time": spread_of(in_sync),
        "job_waiting_time": waited,
        "job_runs": len(jobs),
        **nothing,
        "worker_useful_time": busy,
        "worker_wasted_time": 0.0,
        "worker_idle_time": workers * ended_at - busy,
        "worker_down_time": 0.0,
        "core_utilisation": None,
        "queues": {"default": {"jobs": len(jobs), "waiting_time": waited, "completion_time": done}} if workers else {},
    }


def flat(figure):
    """The figure's numbers, -1 for null."""
    if isinstance(figure, dict):
        return [number for value in figure.values() for number in flat(value)]
    return [-1 if figure is None else figure]


def typed(row):
    words = ("kind", "status", "queue")
    return {name: text if name in words else float(text) if text else None for name, text in row.items()}


@pytest.mark.parametrize("on_timeout", ["finish_started", "finish_all", "kill"])
def test_the_records_say_what_the_figures_say(on_timeout, answer):
    knobs = ["--set=duration=200", "--set=warmup=30", "--set=timeout=10s", f"--set=on_timeout={on_timeout}"]
    printed = json.loads(answer("compare", "--json", "--records", "out", "--set=threads=4", *knobs))
    for name, threads, workers in (("sync", 4, 0), ("async", 4, 5), ("sync_same_slots", 9, 0)):
        text = Path("out", f"{name}.csv").read_text()
        assert text.partition("\n")[0] == RECORD
        rows = [typed(row) for row in csv.DictReader(text.splitlines())]
        assert [row["request_id"] for row in rows] == list(range(len(rows)))
        expected = figures_of(rows, printed["scenario"], threads, workers)
        found = printed["cycles"][name]
        assert list(found) == list(expected)
        for figure, value in expected.items():
            assert flat(found[figure]) == pytest.approx(flat(value), rel=1e-9), (name, figure)
    assert printed["cycles"]["sync"]["timed_out"] > 10


# how it says no

REFUSED = [
    ("", "COMMAND"),
    ("nosuch", "'nosuch'"),
    ("compare nosuch", "'nosuch'", "presets: slides, quiet"),
    ("compare slide", "did you mean slides?"),
    ("compare ''", "''"),
    ("compare none.toml", "none.toml: No such file"),
    ("compare .", ".: Is a directory"),
    ("compare slides quiet", "quiet"),
    ("compare --nosuch", "--nosuch"),
    ("compare --set threads", "--set", "'threads'", "FIELD=VALUE"),
    ("compare --set =3", "--set", "FIELD=VALUE"),
    ("compare --set thread=8", "--set thread", "did you mean threads?"),
    ("compare --set threads=0", "--set threads = 0", "1 to 10000"),
    ("compare --set threads=5.0", "--set threads = 5.0", "whole number"),
    ("compare --set threads=true", "--set threads = True", "whole number"),
    ("compare --set threads=many", "--set threads = 'many'", "whole number"),
    ("compare --set workers=10001", "--set workers = 10001", "1 to 10000"),
    ("compare --set timeout=nan", "--set timeout = nan", "seconds above 0"),
    ("compare --set duration=inf", "--set duration = inf", "seconds above 0"),
    ("compare --set duration=1e400", "--set duration = inf", "seconds above 0"),
    ("compare --set timeout=30x", "--set timeout = '30x'", "allowed"),
    ("compare --set controller_time=-1ms", "--set controller_time", "-1ms", "allowed"),
    ("compare --set report_fraction=1.5", "--set report_fraction = 1.5", "from 0 to 1"),
    ("compare --set arrival_rate=[[5,1]]", "--set arrival_rate = [[5, 1]]", "steps"),
    ("compare --set on_timeout=explode", "--set on_timeout = 'explode'", "finish_started"),
    ("compare --set external_time.mean=1e9", "external_time", "allowed"),
    ("compare --set external_time=gamma", "external_time", "'gamma'", "allowed"),
    ("compare --set warmup=600", "warmup = 600", "duration = 600", "allowed"),
    ("compare --set threads.x=1", "--set threads.x", "FIELD=VALUE"),
    ("compare --seed -1", "--seed", "'-1'", "0 to 2^63 - 1"),
    ("compare --seed 1.5", "--seed", "'1.5'", "whole number"),
    ("compare --seed 9223372036854775808", "--seed", "0 to 2^63 - 1"),
    ("compare --engine ciw", "--engine", "'ciw'", "simpy"),
    ("compare --engine exact --redis redis://localhost:1", "--engine exact with --redis", "allowed: --engine simpy"),
    ("compare --engine exact --pace 5", "--engine exact with --pace", "allowed: --engine simpy"),
    ("compare --pace 5", "--pace", "--redis URL"),
    ("compare --pace 0", "--pace", "'0'", "allowed: a number"),
    ("compare --pace nan", "--pace", "'nan'", "allowed: a number"),
    ("compare --pace 1e-300", "--pace", "'1e-300'", "allowed: a number"),
    ("compare --pace fast", "--pace", "'fast'", "allowed: a number"),
    ("compare --redis ''", "redis", "redis://"),
    ("compare --redis localhost", "redis", "redis://"),
    ("compare --redis env:NOBODY_SETS_THIS", "NOBODY_SETS_THIS"),
    ("compare --redis redis://127.0.0.1:1/0", "127.0.0.1:1", "cannot be reached"),
    ("compare --plot x.bmp", "--plot x.bmp", ".png, .svg, .pdf"),
    ("compare --plot ''", "--plot", ".png, .svg, .pdf"),
    ("compare --plot nosuch/x.png", "--plot nosuch/x.png", "cannot be written"),
    ("compare --plot folder.png", "--plot folder.png", "Is a directory"),
    (f"compare --plot {'x' * 300}.png", "--plot xxx", "too long"),
    ("compare --records ''", "--records", "folder"),
    ("compare --records file.csv", "--records file.csv", "cannot be written"),
    ("compare --records file.csv/below", "--records file.csv/below", "cannot be written"),
    ("compare --records taken", "--records taken/async.csv", "Is a directory"),
    ("compare --workload ''", "--workload", "''"),
    ("compare --workload none.csv", "none.csv: No such file"),
    ("compare --workload .", ".: Is a directory"),
    ("compare --workload file.csv --set arrival_rate=2", "--set arrival_rate", "file.csv"),
    ("compare --workload file.csv --set external_time.mean=5", "--set external_time", "file.csv"),
    ("compare --workload file.csv --set controller_time=1", "--set controller_time", "file.csv"),
    ("compare --workload file.csv --set duration=9", "--set duration", "file.csv"),
    ("compare --workload file.csv --seed 9", "--seed", "file.csv"),
    ("compare --set arrival_rate=1e6 --set duration=1e7", "requests × ", "bytes", "free memory"),
    ("trace", "CYCLE"),
    ("trace both --request 1", "CYCLE", "'both'", "sync"),
    ("trace sync", "--request"),
    ("trace sync --request 1 quiet slides", "unrecognized arguments: slides"),
    ("trace sync --request 1 quiet --nosuch", "unrecognized arguments: --nosuch"),
    ("compare quiet slides", "unrecognized arguments: slides"),
    ("trace sync --request one", "--request", "'one'"),
    ("trace sync --request 1785", "request 1785", "0 to 1784"),
    ("trace sync --request -1", "request -1", "0 to 1784"),
    ("trace sync --request 0 --set arrival_rate=0", "request 0", "no request arrived"),
    ("scenarios nosuch", "'nosuch'", "presets: slides, quiet"),
    ("workload none.toml", "none.toml: No such file"),
]


@pytest.mark.parametrize(("line", "words"), [(line, words) for line, *words in REFUSED], ids=[r[0] for r in REFUSED])
def test_bad_input_is_one_clear_line(line, words, refusal, monkeypatch):
    monkeypatch.delenv("NOBODY_SETS_THIS", raising=False)
    Path("file.csv").write_text(HEADER + "1,page,0.5,0\n")
    Path("folder.png").mkdir()
    Path("taken/async.csv").mkdir(parents=True)
    before = sorted(Path.cwd().rglob("*"))
    said = refusal(*[word.strip("'") for word in line.split()])
    assert [word for word in words if word not in said] == [], said
    assert sorted(Path.cwd().rglob("*")) == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"threads = ", ["not TOML"]),
        (b"\xff\xfe\x00threads", ["not a text file"]),
        (b"threads = 5\nthreads = 6", ["not TOML"]),
        (b"thread = 5", ["thread is not a field", "did you mean threads?"]),
        (b"timeout = '30 parsecs'", ["timeout = '30 parsecs'", "allowed"]),
        (b"seed = " + b"9" * 5000, ["digits"]),
        (b"a = " + b"[" * 5000, ["story.toml"]),
        (b"external_time = {distribution = 'lognormal', mean = 10, p95 = 5}", ["external_time", "p95 = 5", "allowed"]),
        (b'"\\u001b[2J\\n" = 1', ["\\x1b[2J\\n is not a field"]),
        (b'threads = "\\u001b[2J\\n"', ["\\x1b[2J\\n"]),
    ],
)
def test_a_bad_scenario_file_is_one_clear_line(text, words, refusal):
    Path("story.toml").write_bytes(text)
    said = refusal("compare", "story.toml")
    assert [word for word in ["story.toml", *words] if word not in said] == [], said


def test_all_mistakes_of_a_scenario_are_told_at_once(capsys):
    Path("story.toml").write_text("threads = 0\nworkers = 0\ntimeout = -1\n")
    assert status_of("compare", "story.toml") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(" = ")[0] for line in err.splitlines()] == [
        f"error: story.toml: {field}" for field in ("threads", "workers", "timeout")
    ]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("", ["at least one"]),
        ("-1,page,1,0", ["line 2", "arrived_at", "'-1'", "allowed"]),
        ("nan,page,1,0", ["line 2", "arrived_at", "'nan'"]),
        ("1,page,inf,0", ["line 2", "web_time", "'inf'"]),
        ("1,page,0,0", ["line 2", "web_time", "'0'"]),
        ("1,page,,0", ["line 2", "web_time", "''"]),
        ("1,page,soon,0", ["line 2", "web_time", "'soon'"]),
        ("1,pdf,1,0", ["line 2", "kind", "'pdf'", "page, report"]),
        ("1,page,1,2", ["line 2", "external_time", "'2'", "page"]),
        ("1,page,1,0\n2,page,1", ["line 3", "3 values", "4"]),
        ("1,page,1,0,9", ["line 2", "5 values", "4"]),
        (f"1,{ESCAPE},1,0", ["line 2", "kind", "\\x1b[2J"]),
        ('1,"pa\nge",1,0', ["kind", "'pa\\nge'"]),
        ("1,page,1e300,0", ["line 2", "web_time", "'1e300'"]),
    ],
)
def test_a_bad_workload_file_is_one_clear_line(rows, words, refusal):
    Path("requests.csv").write_text(HEADER + rows + "\n")
    said = refusal("compare", "--workload", "requests.csv")
    assert [word for word in ["requests.csv", *words] if word not in said] == [], said


@pytest.mark.parametrize("header", [b"", b"arrived_at,kind,web_time", b"a,b,c,d,e", b"\xff\xfe\x00\x01", b"\x1b[2J"])
def test_another_header_is_refused_with_the_one_that_is_allowed(header, refusal):
    Path("requests.csv").write_bytes(header + b"\n1,page,1,0\n")
    said = refusal("compare", "--workload", "requests.csv")
    assert HEADER.strip() in said or "not a text file" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["compare", "NAME"],
        ["compare", "NAME.toml"],
        ["compare", "/NAME"],
        ["scenarios", "NAME"],
        ["compare", "--workload", "NAME"],
        ["compare", "--plot", "NAME"],
        ["compare", "--plot", "NAME/x.png"],
        ["compare", "--records", "/dev/null/NAME"],
        ["compare", "--set", "NAME"],
        ["compare", "--set", "NAME=1"],
        ["compare", "--set", "threads.NAME=1"],
        ["compare", "--set", "threads=NAME"],
        ["compare", "--set", "external_time=NAME"],
        ["compare", "--redis", "NAME"],
        ["compare", "--redis", "env:NAME"],
        ["compare", "--seed", "NAME"],
        ["compare", "--NAME"],
        ["NAME"],
    ],
)
def test_a_hostile_argument_sends_nothing_to_the_terminal(arguments, refusal):
    refusal(*[argument.replace("NAME", f"a{ESCAPE}\nerror: b\r\x9bc\u2028d") for argument in arguments])


def test_a_hostile_title_sends_nothing_to_the_terminal(capsys):
    Path("story.toml").write_text('title = "a\\u001b[2J\\nb\\u009bc"\nduration = 10\n')
    status_of("compare", "story.toml")
    out, err = capsys.readouterr()
    assert all(line.isprintable() for line in (out + err).splitlines())
    assert "\nb" not in out + err


ONE_OR_MORE_LINES = re.compile(r"(error: .+\n)+")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.binary(max_size=200), suffix=st.sampled_from(["toml", "csv"]))
@example(text=HEADER.encode() + b'1,"page,1,0\n', suffix="csv")
@example(text=b"external_time = {distribution = 'mixture', parts = [{weight = 1, time = {}}]}", suffix="toml")
def test_random_bytes_are_refused_in_lines_or_taken(text, suffix, capsys):
    Path(f"random.{suffix}").write_bytes(text)
    where = ["random.toml"] if suffix == "toml" else ["--workload", "random.csv"]
    status = status_of("trace", "sync", "--request", "0", *where, "--set", "threads=1")
    out, err = capsys.readouterr()
    if status:
        assert (status, out) == (2, "")
        assert ONE_OR_MORE_LINES.fullmatch(err)
        assert all(line.isprintable() for line in err.split("\n"))


# what it writes, and does not


def test_what_cannot_be_written_is_found_out_before_the_run(refusal, monkeypatch):
    def run(*_, **__):
        raise AssertionError("the run began")

    import_module("sim.plots")  # what imports `compare` only now would keep this one for the tests that follow
    monkeypatch.setattr("sim.experiments.compare", run)
    Path("file").touch()
    refusal("compare", "--plot", "file/x.png")
    refusal("compare", "--records", "file")
    with pytest.raises(AssertionError, match="the run began"):
        status_of("compare", "--plot", "x.png", "--records", "new/out")


def test_a_run_that_fails_leaves_no_new_file_and_no_old_one_changed(refusal):
    Path("kept").mkdir()
    Path("kept/sync.csv").write_text("mine")
    Path("kept.png").write_text("mine")
    where = ["--redis", "redis://127.0.0.1:1"]
    refusal("compare", "--records", "kept", "--plot", "kept.png", *where)
    refusal("compare", "--records", "new/out", "--plot", "new.png", *where)
    assert sorted(map(str, Path().rglob("*"))) == ["kept", "kept.png", "kept/sync.csv"]
    assert Path("kept/sync.csv").read_text() == Path("kept.png").read_text() == "mine"


def test_a_link_to_a_file_that_is_not_there_yet_stays_a_link(answer):
    Path("link.png").symlink_to("target.png")
    answer("compare", "--set", "duration=30", "--plot", "link.png")
    assert Path("link.png").is_symlink()
    assert Path("target.png").read_bytes().startswith(b"\x89PNG")


def test_records_make_their_folder_and_replace_the_ones_before(answer):
    answer("compare", "--records", "deep/er", "--set", "duration=30")
    first = Path("deep/er/sync.csv").read_bytes()
    answer("compare", "--records", "deep/er", "--set", "duration=10")
    assert len(Path("deep/er/sync.csv").read_bytes()) < len(first)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("arguments", [["compare", "quiet"], ["workload"], ["scenarios"]])
def test_a_full_disk_is_one_line_and_not_a_traceback(arguments):
    with open("/dev/full", "w") as full:
        done = process(*arguments, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert re.fullmatch(rb"error: .*cannot be written.*\n", done.stderr)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
def test_a_reader_who_has_seen_enough_hears_no_complaint():
    line = f'"{sys.executable}" -m sim workload rush-hour --set duration=20000 | head -1'
    done = subprocess.run(["sh", "-c", line], capture_output=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == (HEADER.encode(), b"")


def test_a_terminal_without_dashes_shows_the_table_all_the_same():
    done = process("compare", "quiet", "--quiet", env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"thread-seconds wasted" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
@pytest.mark.parametrize(
    ("line", "status", "lines"), [("compare quiet 2>&-", 0, 40), ("compare nosuch 2>&-", 2, 0), ("scenarios >&-", 0, 0)]
)
def test_a_closed_stream_is_no_trouble(line, status, lines):
    done = subprocess.run(["sh", "-c", f'"{sys.executable}" -m sim {line}'], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (status, b"")
    assert abs(len(done.stdout.splitlines()) - lines) <= lines // 4


# how it explains itself


def commands(capsys):
    assert status_of("--help") == 0
    return re.findall(r"^    ([a-z]+)\b", capsys.readouterr().out, re.MULTILINE)


def test_every_command_explains_itself(capsys):
    names = commands(capsys)
    assert names[:5] == ["compare", "trace", "scenarios", "workload", "check"]
    for name in names:
        assert status_of(name, "--help") == 0
        out, err = capsys.readouterr()
        assert out.startswith(f"usage: python -m sim {name}")
        assert err == ""


def test_the_readme_and_the_help_of_compare_name_the_same_flags(capsys):
    status_of("compare", "--help")
    said = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help"}
    shown = README.split("python -m sim compare [SCENARIO]")[1].split("python -m sim trace")[0]
    assert said == set(re.findall(r"--[a-z]+", shown))


def test_help_is_there_at_once_because_it_imports_nothing_heavy():
    code = "import sys, sim.cli\ntry: sim.cli.main(['--help'])\nfinally: print(sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    heavy = {"numpy", "pydantic", "simpy", "redis", "fakeredis", "matplotlib", "scipy", "pandas", "tqdm"}
    assert heavy & set(re.findall(r"'([a-z]+)'", done.stderr)) == set()


URLS = [
    "redis://:s3cret@localhost",
    "rediss://me:s3cret@h/0?db=1",
    "unix:///tmp/x?password=s3cret",
    "redis://h?password=s3cret",
]
URLS += [
    "redis://:hun s3cret@localhost",
    "redis://'s3cret'@h",
    "REDIS://:s3cret@h",
    "redis://, s3cret",
    "redis://a\\s3cret@h",
    "redis+sentinel://h?password=s3cret",
]
PLACES = ["compare URL", "compare quiet URL", "compare --engine URL", "compare --workload URL", "compare --pace URL"]
PLACES += [
    "compare --seed URL",
    "compare --set URL=1",
    "compare --set threads=URL",
    "compare --set title=URL --engine x",
]
PLACES += ["compare --plot URL", "compare --plot URL/x.png", "compare --redis=env:URL", "compare --redis xURL", "--URL"]
PLACES += [
    "compare --records /dev/null/URL",
    "trace sync --request 1 --redis URL",
    "trace URL --request 1",
    "scenarios URL",
]
PLACES += [
    "size --goal URL",
    "size --goal x --most URL",
    "sweep --vary URL",
    "sweep --vary threads=URL",
    "replicate --jobs URL",
]
PLACES += ["replicate --statistic URL", "replicate --dask URL", "explore --out URL/x/y", "slides --scenario URL", "URL"]


@pytest.mark.parametrize("place", PLACES)
def test_the_url_of_a_redis_server_in_the_wrong_place_is_not_repeated(place, capsys):
    for url in URLS:
        status = status_of(*[word.replace("URL", url) for word in place.split()])
        out, err = capsys.readouterr()
        assert status == 2, url
        assert "s3cret" not in out + err
        assert "hun" not in out + err
        assert err.startswith("error: ")
        assert len(err.splitlines()) == 1


OUTPUTS = ["compare quiet --records URL", "compare quiet --plot URL.png", "compare --link URL", "explore --out URL"]
OUTPUTS += ["slides --out URL", "handout URL", "site URL", "serve URL", "sweep --vary threads=4 --csv URL"]
OUTPUTS += ["play --out URL", "live quiet --records URL", "import a.log --out URL", "compare --set title=URL"]


@pytest.mark.parametrize("place", OUTPUTS)
def test_no_file_or_folder_is_named_after_the_url_of_a_redis_server(place, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert status_of(*[word.replace("URL", "redis://:s3cret@h") for word in place.split()]) == 2
    flag = re.findall(r"--\w+(?==| \S*URL)", place) or ["the URL"]
    out, err = capsys.readouterr()
    assert "s3cret" not in out + err
    assert flag[-1].replace("--title", "--set") in err
    assert len(err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_changed_preset_is_not_told_to_try_what_it_was_changed_to(capsys):
    assert main(["compare", "--engine", "exact", "--set", "threads=10"]) == 0
    assert "Try next: python -m sim explore" in capsys.readouterr().out
    assert main(["compare", "--engine", "exact"]) == 0
    assert "Try next: --set threads=10" in capsys.readouterr().out

"""Workloads: where the luck comes from, and files of requests: written, read and refused."""

import gc
import io
import math
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from strategies import POLICIES, file_workloads, scenarios, workload_of

from sim import ASYNC, SYNC
from sim.broker import connect
from sim.complaints import read_text
from sim.cycles import CYCLES
from sim.experiments import simulate
from sim.presets import PRESETS, load
from sim.records import Records
from sim.scenario import Scenario
from sim.units import brief, brief_column
from sim.workload import Workload, draw, expected_arrivals, legs_of, read, unit_draws, write

CLIENT = connect("fake")
HEADER = "arrived_at,kind,web_time,external_time\n"
TICK = 2.0**-20


@pytest.fixture
def csv(tmp_path: Path) -> Callable[[str | bytes], Workload]:
    """Reads a text as a workload file."""

    def loaded(text: str | bytes) -> Workload:
        file = tmp_path / "requests.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(file)

    return loaded


Csv = Callable[[str | bytes], Workload]


def written(workload: Workload) -> str:
    stream = io.StringIO()
    write(workload, stream)
    return stream.getvalue()


def same(one: Workload, other: Workload) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("arrived_at", "is_report", "web_time", "external_time")
    )


# ---------------------------------------------------------------- draws


@pytest.mark.parametrize("name", PRESETS)
def test_draws_are_sorted_on_the_grid_and_end_before_the_duration(name: str) -> None:
    scenario = load(name)
    workload = draw(scenario)
    assert np.all(np.diff(workload.arrived_at) >= 0)
    assert workload.arrived_at[0] >= 0
    assert workload.arrived_at[-1] < scenario.duration == workload.ends_at
    for column in (workload.arrived_at, workload.external_time):
        assert np.all(column * 2**20 == np.rint(column * 2**20))
    assert not workload.external_time[~workload.is_report].any()
    assert not workload.from_file


def test_the_number_of_arrivals_in_each_step_is_that_of_a_poisson_process() -> None:
    scenario = Scenario(arrival_rate=((0.0, 5.0), (400.0, 0.0), (500.0, 20.0), (900.0, 1.0)), duration=1200)
    counts = np.array(
        [np.histogram(draw(scenario, seed).arrived_at, [0, 400, 500, 900, 1200])[0] for seed in range(50)]
    )
    expected = np.array([2000, 0, 8000, 300])
    assert expected_arrivals(scenario) == expected.sum()
    assert not counts[:, 1].any()
    assert np.all(np.abs(counts - expected) <= 5 * np.sqrt(expected))
    assert np.all(np.abs(counts.mean(axis=0) - expected) <= 4 * np.sqrt(expected / 50))
    dispersion = counts[:, [0, 2]].var(axis=0, ddof=1) / expected[[0, 2]]
    assert np.all((dispersion > 0.4) & (dispersion < 2))  # the variance of a Poisson count is its mean


def test_the_gaps_between_arrivals_are_exponential() -> None:
    gaps = np.diff(draw(Scenario(arrival_rate=10.0, duration=5000)).arrived_at)
    assert gaps.mean() == pytest.approx(0.1, rel=0.03)
    assert gaps.std() == pytest.approx(0.1, rel=0.03)
    assert (gaps > 0.3).mean() == pytest.approx(math.exp(-3), rel=0.1)


@pytest.mark.parametrize("rate", [0.0, -0.0, ((0.0, 0.0),), ((0.0, -0.0),), ((0.0, 0.0), (900.0, 5.0))])
def test_no_rate_no_requests(rate: float | tuple[tuple[float, float], ...]) -> None:
    assert len(draw(Scenario(arrival_rate=rate))) == 0


def test_one_rate_and_a_single_step_of_it_give_the_same_requests() -> None:
    assert same(draw(Scenario(arrival_rate=4.0)), draw(Scenario(arrival_rate=((0.0, 4.0), (300.0, 4.0)))))


def test_more_draws_begin_with_the_same_ones_and_streams_differ() -> None:
    assert np.array_equal(unit_draws(5, 0, 1000)[:10], unit_draws(5, 0, 10))
    first = {unit_draws(seed, stream, 1)[0] for seed in range(20) for stream in range(3)}
    assert len(first) == 60


def test_the_seed_chooses_the_requests() -> None:
    scenario = load("slides")
    assert same(draw(scenario), draw(scenario, scenario.seed))
    assert not np.array_equal(draw(scenario, 2).arrived_at[:5], draw(scenario, 3).arrived_at[:5])


def test_a_draw_is_consumed_for_pages_too() -> None:
    few, many = draw(Scenario(report_fraction=0.1)), draw(Scenario(report_fraction=0.6))
    assert np.array_equal(few.arrived_at, many.arrived_at)
    assert np.all(many.is_report[few.is_report])  # those that were reports still are
    assert np.array_equal(few.external_time[few.is_report], many.external_time[few.is_report])
    assert many.is_report.sum() > 2 * few.is_report.sum()


def test_no_knob_shifts_another_ones_luck() -> None:
    plain = draw(Scenario(duration=600))
    longer = draw(Scenario(duration=900))
    assert np.array_equal(longer.arrived_at[: len(plain)], plain.arrived_at)
    assert np.array_equal(longer.external_time[: len(plain)], plain.external_time)
    slower = draw(Scenario(external_time=50, threads=2, workers=9, timeout=10, routes_time=1))
    assert np.array_equal(slower.arrived_at, plain.arrived_at)
    assert np.array_equal(slower.is_report, plain.is_report)
    twice = draw(Scenario(arrival_rate=6.0, duration=300))
    assert np.allclose(2 * twice.arrived_at, plain.arrived_at[: len(twice)], atol=4 * TICK)


def test_a_size_beyond_the_memory_is_refused_with_the_arithmetic() -> None:
    scenario = Scenario(arrival_rate=1e6, duration=1e7)
    with pytest.raises(ValueError, match=r"arrival_rate, duration: 10,000,000,000,000 requests × \d+ bytes = .* GB"):
        draw(scenario)


@pytest.mark.parametrize(("free", "refused"), [(359_999_998, True), (360_000_000, False)])
def test_half_of_the_free_memory_may_be_used_and_not_a_byte_more(
    free: int, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario(arrival_rate=1000.0, duration=200.0)  # 200,000 requests × 900 bytes = 180,000,000
    monkeypatch.setattr("sim.memory.free_memory", lambda: free)
    if not refused:
        assert len(draw(scenario)) > 190_000
        return
    with pytest.raises(ValueError, match="200,000 requests × 900 bytes"):
        draw(scenario)


def test_a_request_that_would_arrive_exactly_at_the_duration_does_not() -> None:
    arrived_at = draw(Scenario()).arrived_at
    ends_at = float(arrived_at[100])
    assert draw(Scenario(duration=ends_at)).arrived_at.tolist() == arrived_at[:100].tolist()
    assert len(draw(Scenario(duration=ends_at + TICK))) == 101


def test_more_is_drawn_where_the_first_draws_do_not_fill_the_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    # every draw so small that requests come 1/64 of the usual gap apart: 64 times as many are needed
    hasty = -math.expm1(-1 / 64)
    monkeypatch.setattr("sim.workload.unit_draws", lambda seed, stream, count: np.full(count, hasty))
    arrived_at = draw(Scenario(arrival_rate=2.0, duration=50.0)).arrived_at
    assert len(arrived_at) == 50 * 2 * 64 - 1
    assert arrived_at[-1] == pytest.approx(50 - 1 / 128, abs=1e-5)


def test_a_file_may_be_exactly_as_large_as_is_allowed(tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_bytes(b"a" * 70_000)  # more than is read at once
    assert len(read_text(file, "CSV", 70_000)) == 70_000
    with pytest.raises(ValueError, match="too large; allowed: CSV of at most 69999 bytes"):
        read_text(file, "CSV", 69_999)


def test_work_beyond_exact_arithmetic_is_refused() -> None:
    with pytest.raises(ValueError, match=r"2\^3[23] s"):
        draw(Scenario(arrival_rate=100.0, duration=600, report_fraction=1, external_time=1e6))


@given(scenarios, st.sampled_from(list(CYCLES.values())))
@settings(max_examples=50, deadline=None)
def test_legs_are_on_the_grid_and_only_an_async_report_pushes(scenario: Scenario, cycle: object) -> None:
    workload = draw(scenario)
    for cycle in CYCLES.values():
        legs = legs_of(workload, cycle)
        assert np.array_equal(legs.pushes, workload.is_report & (cycle is ASYNC))
        assert not legs.after_push[~legs.pushes].any()
        assert np.array_equal(legs.job, np.where(legs.pushes, workload.external_time, 0.0))
        assert np.all(legs.first > 0)
        for column in (legs.first, legs.after_push, legs.job):
            assert column.dtype == np.float64
            assert np.all(column * 2**20 == np.rint(column * 2**20))


# ---------------------------------------------------------------- files


def test_a_file_is_read_into_columns_and_every_hop_but_the_controller_takes_no_time(csv: Csv) -> None:
    workload = csv(HEADER + "0.5,page,0.25,0\n1,report,2,30\n")
    assert workload.arrived_at.tolist() == [0.5, 1]
    assert workload.is_report.tolist() == [False, True]
    assert workload.web_time.tolist() == [0.25, 2]
    assert workload.external_time.tolist() == [0, 30]
    assert set(workload.hop_times.values()) == {0.0}
    assert workload.from_file
    assert workload.ends_at == 1
    legs = legs_of(workload, ASYNC)
    assert legs.first.tolist() == [0.25, 2]  # a report is enqueued when its web_time ends
    assert legs.after_push.tolist() == [0, 0]
    assert legs_of(workload, SYNC).first.tolist() == [0.25, 32]


def test_rows_are_sorted_by_arrival_and_ties_keep_their_lines(csv: Csv) -> None:
    workload = csv(HEADER + "2,page,1,0\n1,page,2,0\n2,page,3,0\n0,page,4,0\n1,page,5,0\n")
    assert workload.arrived_at.tolist() == [0, 1, 1, 2, 2]
    assert workload.web_time.tolist() == [4, 2, 5, 1, 3]


def test_numbers_are_rounded_before_they_are_sorted(csv: Csv) -> None:
    # both arrive at 1 s once rounded, so the order of the lines decides and not the 1e-9 s
    workload = csv(HEADER + "1.000000001,page,1,0\n1,page,2,0\n")
    assert workload.arrived_at.tolist() == [1, 1]
    assert workload.web_time.tolist() == [1, 2]


def test_numbers_are_rounded_before_they_are_checked(csv: Csv) -> None:
    workload = csv(HEADER + "0,page,5e-7,1e-9\n-1e-9,page,1,0\n")  # half a tick and more is one; less is none
    assert workload.web_time.tolist() == [TICK, 1]
    assert workload.external_time.tolist() == [0, 0]
    assert [math.copysign(1, at) for at in workload.arrived_at] == [1, 1]
    with pytest.raises(ValueError, match="line 2: web_time = '4e-7'"):
        csv(HEADER + "0,page,4e-7,0\n")
    with pytest.raises(ValueError, match="line 2: arrived_at = '-1e-6'"):
        csv(HEADER + "-1e-6,page,1,0\n")


@pytest.mark.parametrize(
    "text",
    [
        HEADER.replace("\n", "\r\n") + "0,page,1,0\r\n1,report,1,2\r\n",
        "\ufeff" + HEADER + "0,page,1,0\n1,report,1,2\n",
        '"arrived_at","kind","web_time","external_time"\n"0","page","1","0"\n"1","report","1","2"\n',
        HEADER + "0,page,1,0\n\n1,report,1,2\n\n",
        HEADER + "0,page,1,0\n1,report,1,2",
        HEADER + "0,page,1e0,-0\n1.0,report,1, 2\n",
    ],
    ids=["CRLF", "BOM", "quoted", "empty lines", "no last line break", "other ways to write a number"],
)
def test_files_as_programs_write_them_are_read(csv: Csv, text: str) -> None:
    assert same(csv(text), workload_of([(0, 1, None), (1, 1, 2)]))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: columns ''; allowed: arrived_at,kind,web_time,external_time"),
        (HEADER, "line 2: no rows; allowed: at least one request"),
        ("0,page,1,0\n", "line 1: columns '0,page,1,0'"),
        ("arrived_at,kind,web_time\n0,page,1\n", "line 1: columns 'arrived_at,kind,web_time'"),
        (HEADER.strip() + ",note\n0,page,1,0,x\n", "line 1: columns"),
        ("kind,arrived_at,web_time,external_time\n", "line 1: columns"),
        (HEADER + "0,page,1\n", "line 2: 3 values; allowed: 4"),
        (HEADER + "0,page,1,0,0\n", "line 2: 5 values; allowed: 4"),
        (HEADER + "0,page,1,0\n0,page,,0\n", "line 3: web_time = ''; allowed: seconds from 0 to 2^33"),
        (HEADER + "-1,page,1,0\n", "line 2: arrived_at = '-1'; allowed: seconds from 0 to 2^33"),
        (HEADER + "nan,page,1,0\n", "line 2: arrived_at = 'nan'"),
        (HEADER + "inf,page,1,0\n", "line 2: arrived_at = 'inf'"),
        (HEADER + "1e10,page,1,0\n", "line 2: arrived_at = '1e10'"),
        (HEADER + "0,report,1,-2\n", "line 2: external_time = '-2'"),
        (HEADER + "0,report,1,Infinity\n", "line 2: external_time = 'Infinity'"),
        (HEADER + "0,page,one,0\n", "line 2: web_time = 'one'"),
        (HEADER + "0,page,1_0,0\n", "line 2: web_time = '1_0'"),
        (HEADER + "0,page,0x1,0\n", "line 2: web_time = '0x1'"),
        (HEADER + "0,page,0,0\n", "line 2: web_time = '0'; allowed: seconds from 2^-20"),
        (HEADER + "\n\n0,page,0,0\n", "line 4: web_time = '0'"),
        (HEADER + "0,page,1,3\n", "line 2: external_time = '3'; allowed: 0 for a page"),
        (HEADER + "0,Page,1,0\n", "line 2: kind = 'Page'; allowed: page, report"),
        (HEADER + "0,\x1b[2J,1,0\n", "line 2: kind = '\\x1b[2J'"),
        (HEADER + '0,"page,1,0\n', "line 2: not CSV: "),
        (HEADER + "8e9,page,1,0\n", "allowed: less than 2^32 s"),
        (HEADER + f"0,page,{'9' * 400},0\n", "line 2: web_time = '999"),
        (b"\xff\xfe0\x00", "not a text file; allowed: CSV in UTF-8"),
        (b"PK\x03\x04\x80", "not a text file; allowed: CSV in UTF-8"),
    ],
    ids=range(28),
)
def test_a_wrong_file_is_refused_with_the_line(csv: Csv, text: str | bytes, says: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        csv(text)
    message = str(caught.value)
    assert "requests.csv: " in message
    assert says in message
    assert message.isprintable()
    assert len(message) < 300


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for name, says in ((tmp_path / "none.csv", "No such file"), (tmp_path, "directory"), ("a\0b", "no name of a file")):
        with pytest.raises(ValueError, match=says):
            read(name)


@given(
    st.binary(max_size=120)
    | st.text('0159.-,\n\r"pagereport e\x00', max_size=80).map(lambda text: (HEADER + text).encode())
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes_are_a_workload_or_a_readable_complaint(csv: Csv, content: bytes) -> None:
    try:
        csv(content)
    except ValueError as error:
        message = str(error)
        assert "requests.csv: " in message
        assert message.isprintable()
        assert len(message) < 300


# ---------------------------------------------------------------- written and run again


@given(file_workloads.filter(len))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_written_and_read_again_is_the_same(csv: Csv, workload: Workload) -> None:
    again = csv(written(workload))
    assert same(again, workload)
    assert again.ends_at == workload.ends_at


@given(st.integers(0, 2**53 - 1) | st.integers(0, 2**40) | st.integers(0, 10**10).map(lambda n: n * 2**20 // 10**6))
@example(900_719_925 * 2**20 + 3)
def test_a_column_is_written_as_briefly_as_each_of_its_numbers(ticks: int) -> None:
    seconds = ticks * TICK
    assert brief_column(np.array([0.5, seconds])).tolist() == [0.5, brief(seconds)]


def test_reading_a_file_holds_little_more_than_its_columns(tmp_path: Path) -> None:
    file = tmp_path / "requests.csv"
    with file.open("w") as stream:
        write(draw(Scenario(arrival_rate=100.0, duration=200.0)), stream)
    read(file)  # what is imported at first use is no row
    gc.collect()
    tracemalloc.start()
    workload = read(file)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most / len(workload) < 230


@pytest.mark.slow
def test_writing_a_file_holds_no_row_for_long(tmp_path: Path) -> None:
    workload = draw(Scenario(arrival_rate=1000.0, duration=200.0))
    tracemalloc.start()
    with (tmp_path / "requests.csv").open("w") as stream:
        write(workload, stream)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most / len(workload) < 200


def test_a_written_file_is_short_and_plain() -> None:
    assert written(workload_of([(0, 0.001, None), (1.5, 2, 30)])).splitlines() == [
        "arrived_at,kind,web_time,external_time",
        "0.0,page,0.001,0.0",
        "1.5,report,2.0,30.0",
    ]


NO_HOPS = {
    "web_server_time": 0,
    "middleware_time": 0,
    "routes_time": 0,
    "controller_time": 0,
    "model_time": 0,
    "database_time": 0,
    "queue_time": 0,
}


def instants(records: Records) -> list[object]:
    """All that the turns of a run say."""
    pools = (records.at_threads, records.at_workers)
    return [
        value.tolist() if isinstance(value, np.ndarray) else value for pool in pools for value in vars(pool).values()
    ]


@pytest.mark.parametrize("on_timeout", POLICIES)
@pytest.mark.parametrize("cycle", [SYNC, ASYNC], ids=lambda cycle: cycle.name)
def test_a_run_on_the_written_file_repeats_the_run_where_all_time_is_before_the_push(
    csv: Csv, cycle: object, on_timeout: str
) -> None:
    scenario = load("slides").replace(**(NO_HOPS | {"routes_time": 0.7}), on_timeout=on_timeout)
    again = csv(written(draw(scenario)))
    first, second = (
        simulate(scenario, cycle, workload=workload, redis=CLIENT).records for workload in (draw(scenario), again)
    )
    assert repr(instants(first)) == repr(instants(second))
    assert (first.waiting_time > 0).sum() > 50


def test_a_run_on_the_written_file_repeats_a_sync_run_with_all_time_in_the_controller(csv: Csv) -> None:
    scenario = load("slides").replace(**(NO_HOPS | {"controller_time": 0.3}))
    again = csv(written(draw(scenario)))
    first, second = (simulate(scenario, SYNC, workload=workload).records for workload in (draw(scenario), again))
    assert repr(instants(first)) == repr(instants(second))


def test_a_sync_run_on_the_written_file_repeats_any_scenario(csv: Csv) -> None:
    for name in PRESETS:
        scenario = load(name)
        again = csv(written(draw(scenario)))
        first, second = (simulate(scenario, SYNC, workload=workload).records for workload in (draw(scenario), again))
        assert repr(instants(first)) == repr(instants(second))


def test_a_file_of_more_requests_than_the_memory_holds_is_refused_before_they_are_made(tmp_path, monkeypatch):
    import psutil

    class Little:
        available = 1_000_000

    file = tmp_path / "large.csv"
    file.write_text("arrived_at,kind,web_time,external_time\n" + "1,page,0.1,0\n" * 200_000)
    monkeypatch.setattr(psutil, "virtual_memory", Little)
    with pytest.raises(ValueError, match=r"large.csv: 200,001 requests × \d+ bytes = .* GB; allowed: half of the free"):
        read(file)


def test_a_number_that_is_not_on_the_grid_is_written_as_it_is() -> None:
    assert brief(1 / 3) == 1 / 3


HALF_A_TICK = TICK / 2


@pytest.mark.parametrize(
    "row",
    [
        f"0,page,{HALF_A_TICK!r},0",  # a half is rounded to nothing, and a page needs some time
        f"0,page,1,{math.nextafter(HALF_A_TICK, 1)!r}",
        f"{math.nextafter(-HALF_A_TICK, -1)!r},page,1,0",
        f"{2.0**33!r},page,1,0",
    ],
)
def test_just_beyond_what_rounding_leaves_a_number_is_refused(row: str, csv) -> None:
    with pytest.raises(ValueError, match=r"line 2: .* allowed: "):
        csv(f"arrived_at,kind,web_time,external_time\n{row}\n")


def test_what_rounding_leaves_nothing_of_is_allowed(csv) -> None:
    found = csv(f"arrived_at,kind,web_time,external_time\n{-HALF_A_TICK!r},page,1,{HALF_A_TICK!r}\n")
    assert (found.arrived_at.tolist(), found.external_time.tolist()) == ([0.0], [0.0])


def test_there_may_be_a_hundred_labels_of_two_hundred_characters_and_no_more(csv) -> None:
    names = [f"{n:0>200}" for n in range(101)]
    head, row = "arrived_at,kind,web_time,external_time,label\n", "0,page,1,0,{}\n"
    assert csv(head + "".join(map(row.format, names[:100]))).labels == tuple(names[:100])
    for wrong, words in ((names, "at most 100"), (["x" * 201], "at most 200 printable"), (["\x07"], "at most 200")):
        with pytest.raises(ValueError, match=rf"line \d+: label = .* allowed: {words}"):
            csv(head + "".join(map(row.format, wrong)))


def test_a_file_is_written_a_piece_after_the_other_and_no_row_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = workload_of([(float(n), 0.5, None) for n in range(7)])
    whole = written(workload)
    monkeypatch.setattr("sim.workload.ROWS_AT_ONCE", 3)
    assert written(workload) == whole
    assert len(whole.splitlines()) == 8

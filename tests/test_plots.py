"""The figures say what the numbers say: what goes in is what is drawn, written and told."""

import itertools
import math

import numpy as np
import pandas as pd
import plotted
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.patches import Rectangle
from plotted import GRID, SWEEP, scenario, swept

from sim import plots
from sim.experiments import Comparison, Result, compare, simulate
from sim.luck import HEADLINES, luck
from sim.plots.requests import curves
from sim.plots.slots import ledgers
from sim.plots.style import LIGHT
from sim.units import TICKS_PER_SECOND
from sim.words import duration, fate


@pytest.fixture
def busy() -> Comparison:
    return plotted.busy()


def _marked(ax: Axes, label: str) -> int:
    """How many marks the lines with this label have."""
    return sum(len(line.get_xdata()) for line in ax.lines if str(line.get_label()).endswith(label))  # type: ignore[arg-type]


@pytest.mark.parametrize("cycle", ["sync", "async", "sync_same_slots"])
def test_every_timed_out_request_is_a_cross_on_the_line_of_the_timeout(busy: Comparison, cycle: str) -> None:
    result = busy.cycles[cycle]
    ax = plots.response_times(result, plots.figure().subplots())
    crosses = [line for line in ax.lines if line.get_marker() in ("x", "X")]
    heights = np.concatenate([[], *(line.get_ydata() for line in crosses)])
    assert len(heights) == result.summary.timed_out
    assert set(heights) <= {busy.scenario.timeout}
    assert _marked(ax, "pages timed out") == result.summary.timed_out_pages
    assert _marked(ax, "reports timed out") + _marked(ax, "report timed out") == result.summary.timed_out_reports


def test_every_answered_request_is_a_mark_at_its_arrival_and_response_time(busy: Comparison) -> None:
    records = busy.sync.records
    ax = plots.response_times(busy.sync, plots.figure().subplots())
    for marker, kind in (("o", ~records.is_report), ("s", records.is_report)):
        (line,) = [line for line in ax.lines if line.get_marker() == marker]
        mine = kind & ~records.timed_out
        np.testing.assert_array_equal(line.get_xdata(), records.arrived_at[mine])
        np.testing.assert_array_equal(line.get_ydata(), records.response_time[mine])


def test_requests_before_the_warmup_are_drawn_but_not_counted() -> None:
    result = simulate(scenario(warmup=100.0), "sync")
    ax = plots.response_times(result, plots.figure().subplots())
    drawn = sum(len(line.get_xdata()) for line in ax.lines if line.get_linestyle() == "None")  # type: ignore[arg-type]
    named = sum(int(str(text.get_text()).split()[0].replace(",", "")) for text in ax.get_legend().get_texts())  # type: ignore[union-attr]
    assert drawn == len(result.records)
    assert named == result.summary.requests < drawn
    assert any("not counted" in text.get_text() for text in ax.texts)


def test_a_surge_is_marked_with_its_rates(busy: Comparison) -> None:
    ax = plots.response_times(busy.sync, plots.figure().subplots())
    assert [patch.get_gid() for patch in ax.patches].count("surge") == 1
    assert {"2 requests/s", "6/s", "2/s"} <= {text.get_text() for text in ax.texts}


def test_the_distribution_ends_at_all_requests_and_jumps_at_the_timeout_by_those_that_timed_out(
    busy: Comparison,
) -> None:
    ax = plots.distribution({"sync": busy.sync}, plots.figure().subplots())
    curve, mass = ax.lines[0], next(line for line in ax.lines if line.get_gid() == "mass")
    x, share = np.asarray(curve.get_xdata()), np.asarray(curve.get_ydata())
    summary = busy.sync.summary
    assert (x[-1], share[-1]) == (busy.scenario.timeout, 100.0)
    assert share[-1] - share[-2] == pytest.approx(100 * summary.timed_out / summary.requests)
    assert np.ptp(np.asarray(mass.get_ydata())) == pytest.approx(100 * summary.timed_out / summary.requests)


def test_reports_that_never_complete_are_missing_from_the_curve_of_completion_times(busy: Comparison) -> None:
    ax = plots.distribution(busy.cycles, plots.figure().subplots(), of="completion_time")
    for result, line in zip(busy.cycles.values(), ax.lines, strict=False):
        summary = result.summary
        assert np.asarray(line.get_ydata())[-1] == pytest.approx(100 * summary.reports_completed / summary.reports)
    assert (
        f"{busy.sync.summary.timed_out_reports} of {busy.sync.summary.reports} reports never" in ax.texts[0].get_text()
    )


def test_a_long_distribution_is_thinned_without_moving_a_step() -> None:
    times = np.sort(np.random.default_rng(1).exponential(size=50_000))
    ax = plots.figure().subplots()
    from sim.plots.requests import curve

    curve(ax, times, len(times), "many", curves(LIGHT)["sync"])
    x, share = (np.asarray(data) for data in ax.lines[0].get_data())
    assert len(x) <= 2_001
    np.testing.assert_allclose(share[1:], 100 * np.searchsorted(times, x[1:], side="right") / len(times))


@pytest.mark.parametrize("cycle", ["sync", "async"])
def test_the_strips_cover_exactly_the_ledger_of_the_slots(busy: Comparison, cycle: str) -> None:
    result = busy.cycles[cycle]
    ax = plots.slots(result, plots.figure().subplots())
    rows = [ledger for name, ledger in ledgers(busy).items() if name.startswith(f"{cycle.upper()}, ")]
    for state in ("useful", "wasted"):
        bars = [bar for bar in ax.collections if isinstance(bar, PolyCollection) and bar.get_gid() == state]
        widths = [np.ptp(path.vertices[:, 0]) for bar in bars for path in bar.get_paths()]
        assert sum(widths) == pytest.approx(sum(getattr(row, state) for row in rows) / TICKS_PER_SECOND)
    assert len(ax.get_yticks()) == result.records.threads + result.records.workers


def test_the_strips_of_records_without_slots_are_refused() -> None:
    result = simulate(scenario(), "sync", engine="exact")
    with pytest.raises(ValueError, match="allowed: records of the engine"):
        plots.slots(result, plots.figure().subplots())


def test_the_waiting_curves_reach_the_peaks_of_the_summary_and_end_at_nothing(busy: Comparison) -> None:
    ax = plots.backlog(busy.async_, plots.figure().subplots())
    tops = [float(filled.get_paths()[0].vertices[:, 1].max()) for filled in ax.collections]
    assert tops == [busy.async_.summary.peak_queue]
    assert busy.async_.summary.peak_backlog == 0  # and so neither curve nor legend speaks of a backlog
    named = [text.get_text() for text in ax.get_legend().get_texts()]  # type: ignore[union-attr]
    assert [name for name in named if name != "arrivals end"] == ["queue: jobs waiting for a worker"]
    assert ax.get_ylabel() == "waiting (jobs)"
    ax = plots.backlog(busy.sync, plots.figure().subplots())
    assert float(ax.collections[0].get_paths()[0].vertices[:, 1].max()) == busy.sync.summary.peak_backlog


def test_the_bars_of_the_pages_are_their_percentiles_and_what_is_hatched_is_waiting(busy: Comparison) -> None:
    summary, own = busy.sync.summary.page_response_time, 0.097
    ax = plots.pages(busy.sync, plots.figure().subplots())
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches if bar.get_gid() != "waiting"]  # type: ignore[attr-defined]
    assert (ends[0], ends[1], ends[3]) == pytest.approx((own, summary.p50, summary.p95), rel=1e-4)
    waits = [bar.get_width() for bar in ax.patches if bar.get_gid() == "waiting"]  # type: ignore[attr-defined]
    late = [round(end, 6) >= busy.scenario.timeout for end in ends]
    assert waits == pytest.approx(
        [end - (0 if is_late else own) for end, is_late in zip(ends, late, strict=True)], abs=1e-3
    )
    assert ax.texts[0].get_text() == "97 ms"
    assert f"95 of 100 pages {duration(summary.p95)}" in plots.alt_text(plots.pages, busy.sync)


def test_a_bar_is_not_drawn_for_a_percentile_of_too_few_pages() -> None:
    few = simulate(scenario(report_fraction=1.0), "sync")
    assert len(plots.pages(few, plots.figure().subplots()).texts) == 1


def test_the_halves_stand_where_half_of_the_answers_and_half_of_the_reports_are(busy: Comparison) -> None:
    summary = busy.async_.summary
    ax = plots.halves(busy.async_, plots.figure().subplots())
    dots = {
        str(line.get_gid()): np.asarray(line.get_xydata()).tolist() for line in ax.lines if line.get_marker() == "o"
    }
    assert dots == {
        "half of the answers": [[summary.response_time.p50, 50]],
        "half of the reports": [[summary.completion_time.p50, 50]],
    }
    assert {text.get_text().partition("\n")[2] for text in ax.texts} == {
        *(duration(summary.response_time.p50), duration(summary.completion_time.p50))
    }


def test_a_row_of_dots_is_the_other_seeds_and_the_diamond_is_the_run() -> None:
    found = luck(scenario())
    ax = plots.luck_dots(found, plots.figure().subplots())
    drawn = {str(line.get_gid()): np.asarray(line.get_xdata(), float) for line in ax.lines if line.get_gid()}
    for row, (column, figure) in enumerate(HEADLINES):
        values = np.append(found.others(column, figure), found.own(column, figure))
        scale = values.max() or 1.0
        np.testing.assert_allclose(drawn[f"others {row}"], np.sort(values[:-1]) / scale)
        np.testing.assert_allclose(drawn[f"own {row}"], values[-1] / scale)
    own = compare(scenario()).sync.summary.timed_out
    assert f"{own}" in [text.get_text() for text in ax.texts]
    assert f"SYNC: timed out: {own}, the others " in plots.alt_text(plots.luck_dots, found)


def test_the_stacked_bars_are_the_ledger_and_add_up_to_the_slots_times_the_end(busy: Comparison) -> None:
    ax = plots.ledger(busy, plots.figure().subplots())
    bars = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    for number, row in enumerate(ledgers(busy).values()):
        useful, wasted, idle = (bars[3 * number + place].get_width() for place in range(3))
        assert (useful, wasted, idle) == tuple(part / TICKS_PER_SECOND for part in (row.useful, row.wasted, row.idle))
        assert useful + wasted + idle == pytest.approx(row.slots * row.ended_at / TICKS_PER_SECOND)


def test_a_sweep_draws_its_means_its_bands_and_never() -> None:
    ax = plots.sweep_curves(SWEEP, "threads", "response_time.mean", plots.figure().subplots(), theory=lambda n: 20 / n)
    lines = {str(line.get_label()): line for line in ax.lines}
    np.testing.assert_array_equal(lines["SYNC"].get_xdata(), [2, 4, 8])
    np.testing.assert_array_equal(lines["SYNC"].get_ydata(), [9.0, 4.0, math.nan])
    assert list(np.asarray(lines["SYNC: never"].get_xdata())) == [8]
    assert list(np.asarray(lines["theory"].get_ydata())) == [10.0, 5.0, 2.5]
    assert lines["theory"].get_linestyle() == "--"
    assert len(ax.collections) == 2


def test_a_sweep_says_why_a_mean_is_missing() -> None:
    table = SWEEP.assign(missing=np.where(SWEEP["mean"].isna(), "too few", ""))
    ax = plots.sweep_curves(table, "threads", "response_time.mean", plots.figure().subplots())
    (triangle,) = [line for line in ax.lines if line.get_marker() == "v"]
    assert triangle.get_label() == "SYNC: too few"
    assert "2 9 s, 4 4 s, 8 too few" in plots.alt_text(plots.sweep_curves, table, "threads", "response_time.mean")


def test_a_sweep_over_texts_keeps_their_order() -> None:
    frame = swept({"sync": [1.0, 2.0]}, on_timeout=["kill", "finish_all"])
    ax = plots.sweep_curves(frame, "on_timeout", "response_time.mean", plots.figure().subplots())
    assert [label.get_text() for label in ax.get_xticklabels()] == ["kill", "finish_all"]


@pytest.mark.parametrize(
    ("frame", "field", "statistic", "allowed"),
    [
        (SWEEP, "thread", "response_time.mean", "allowed: a column of the frame"),
        (SWEEP, "threads", "latency", "allowed: response_time.mean"),
        (GRID, "threads", "response_time.mean", "several rows of one threads"),
    ],
)
def test_a_sweep_that_cannot_be_drawn_says_why(frame: pd.DataFrame, field: str, statistic: str, allowed: str) -> None:
    with pytest.raises(ValueError, match=allowed):
        plots.sweep_curves(frame, field, statistic, plots.figure().subplots())


def test_a_map_writes_every_value_into_its_cell() -> None:
    ax = plots.sweep_map(GRID, "threads", "arrival_rate", "response_time.mean", "sync", plots.figure().subplots())
    written = {text.get_position(): text.get_text() for text in ax.texts}
    assert written == {(0, 0): "9 s", (1, 0): "4 s", (0, 1): "8 s", (1, 1): "never"}
    assert [patch.get_hatch() for patch in ax.patches] == [None, None, None, "//"]


def test_a_map_of_a_hundred_columns_has_a_scale_instead_of_values() -> None:
    pairs = list(itertools.product(range(100), range(3)))
    frame = swept(
        {"sync": [float(a + b) for a, b in pairs]}, threads=[a for a, _ in pairs], workers=[b for _, b in pairs]
    )
    picture = plots.picture(plots.sweep_map, frame, "threads", "workers", "response_time.mean", "sync")
    assert not picture.axes[0].texts
    assert picture.axes[1].get_ylabel() == "response time, mean (s)"


def test_the_alternative_texts_state_the_numbers_of_the_summary(busy: Comparison) -> None:
    summary = busy.sync.summary
    told = plots.alt_text(plots.response_times, busy.sync)
    assert f"{summary.timed_out:,} of {summary.requests:,} requests timed out" in told
    assert f"({summary.timed_out_pages:,} pages and {summary.timed_out_reports:,} reports)" in told
    assert f"Mean response time {duration(summary.response_time.mean)}" in told
    told = plots.alt_text(plots.distribution, busy.cycles, of="completion_time")
    assert f"ASYNC: half within {duration(busy.async_.summary.completion_time.p50)}, every report completed" in told
    told = plots.alt_text(plots.backlog, busy.async_)
    assert f"at most {busy.async_.summary.peak_queue} jobs in the queue" in told
    assert f"at most {summary.peak_backlog} requests in the backlog" in plots.alt_text(plots.backlog, busy.sync)
    assert f"{summary.wasted_time:,.0f} s wasted" in plots.alt_text(plots.ledger, busy)
    assert "2 9 s, 4 4 s, 8 never" in plots.alt_text(plots.sweep_curves, SWEEP, "threads", "response_time.mean")
    with pytest.raises(ValueError, match=r"allowed: a function of sim\.plots"):
        plots.alt_text(print)  # type: ignore[arg-type]


def test_titles_say_the_finding(busy: Comparison) -> None:
    summary = busy.sync.summary
    assert fate(busy.sync) == f"{summary.timed_out:,} of {summary.requests:,} requests timed out"
    assert fate(busy.async_) == f"none of {summary.requests:,} requests timed out"
    assert fate(plotted.empty().sync) == "no requests"
    assert fate(plotted.lost().sync) == f"all {plotted.lost().sync.summary.requests:,} requests timed out"
    ax = plots.response_times(busy.sync, plots.figure().subplots())
    assert ax.get_title(loc="left") == f"SYNC: {fate(busy.sync)}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 s"),
        (0.0005, "0.5 ms"),
        (0.097, "97 ms"),
        (0.9999, "1 s"),
        (9.994, "9.99 s"),
        (6.6, "6.6 s"),
        (30.0, "30 s"),
        (12.64, "12.6 s"),
        (99.96, "100 s"),
        (1234.5, "1,234 s"),
        (math.inf, "never"),
        (math.nan, "never"),
        (None, "never"),
    ],
)
def test_durations_are_written_as_people_say_them(value: float | None, text: str) -> None:
    assert duration(value) == text


def _late(result: Result) -> int:
    return int(np.flatnonzero(result.records.timed_out & ~np.isnan(result.records.started_at))[0])


def test_the_timeline_is_the_trace_of_the_request(busy: Comparison) -> None:
    from sim.plots.timeline import blocks

    late = _late(busy.sync)
    way = blocks(busy.sync, late)
    records = busy.sync.records
    assert [block.label for block in way if block.holder == "wasted"][:4] == [
        "Web Server",
        "Middleware",
        "routes.rb",
        "controller.rb",
    ]
    assert way[-1].end == records.finished_at[late]
    assert sum(block.end - block.begin for block in way) == pytest.approx(
        records.finished_at[late] - records.arrived_at[late]
    )
    report = int(np.flatnonzero(busy.async_.records.is_report)[0])
    holders = {block.label: block.holder for block in blocks(busy.async_, report)}
    assert holders["HTTP Request"] == "worker"
    assert holders["Queue"] == "thread"


def test_milliseconds_beside_seconds_are_wide_enough_to_be_seen(busy: Comparison) -> None:
    picture = plots.picture(plots.timeline, busy.sync, _late(busy.sync))
    picture.canvas.draw()
    widths = [patch.get_window_extent().width for patch in picture.axes[0].patches]
    assert min(widths) > 25  # pixels, of which a millisecond takes as many
    assert len(widths) == len(picture.axes[0].get_yticks())


def test_a_request_that_does_not_exist_has_no_timeline(busy: Comparison) -> None:
    with pytest.raises(ValueError, match=r"request_id = -1; allowed: 0 to \d+"):
        plots.timeline(busy.sync, -1, plots.figure().subplots())


def test_where_nearly_all_runs_are_alike_the_points_of_a_curve_are_hollow() -> None:
    rests_on = SWEEP.assign(rests_on=20, replications=20)
    assert not any("alike" in label for label in labels_of_key(rests_on))
    few = rests_on.assign(rests_on=np.where((SWEEP["threads"] == 4) & (SWEEP["cycle"] == "sync"), 3, 20))
    ax = plots.sweep_curves(few, "threads", "response_time.mean", plots.figure().subplots())
    (hollow,) = [line for line in ax.lines if line.get_gid() == "rests on few: sync"]
    assert list(hollow.get_xdata()) == [4]
    (none,) = [line for line in ax.lines if line.get_gid() == "rests on few: async"]
    assert list(none.get_xdata()) == []
    assert "hollow: (nearly) all runs alike" in labels_of_key(few)
    assert "(nearly all runs alike at 4); ASYNC" in plots.alt_text(
        plots.sweep_curves, few, "threads", "response_time.mean"
    )
    certain = few.assign(low=SWEEP["mean"], high=SWEEP["mean"])  # the same requests in both cycles, say
    assert not any("alike" in label for label in labels_of_key(certain))


def labels_of_key(frame: pd.DataFrame) -> list[str]:
    ax = plots.sweep_curves(frame, "threads", "response_time.mean", plots.figure().subplots())
    return ax.get_legend_handles_labels()[1]

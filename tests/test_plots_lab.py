"""The figures of what goes wrong: load with its retries and polls, who waits for the next run, lives, and downtimes."""

import io
import itertools
import re
import warnings
from typing import Any

import numpy as np
import plotted
import pytest
from matplotlib.collections import PolyCollection

from sim import compare, load, plots, simulate
from sim.experiments import Result
from sim.plots.annotations import downtimes
from sim.plots.lives import events, stretches, told
from sim.plots.load import in_the_end, parts, shares_failing, stretch
from sim.plots.style import save_to
from sim.plots.times import times_of
from sim.records import OK, POLL
from sim.turns import COMPLETED, FAILED, LOST, RETURNED
from sim.units import TICKS_PER_SECOND

LAB = {"storm": plotted.storm, "asked": plotted.asked, "outage": plotted.outage, "killed": plotted.killed}


def filled(ax: Any, gid: str) -> PolyCollection:
    (found,) = [each for each in ax.collections if each.get_gid() == gid]
    return found


def test_retries_and_polls_are_told_apart_from_first_attempts_and_none_is_left_out() -> None:
    for result in (plotted.storm().sync, plotted.asked().async_):
        found = parts(result)
        assert sum(int(mine.sum()) for mine in found.values()) == len(result.records)
        assert found["first attempts"].sum() == result.summary.visits
        assert found["polls"].sum() == result.summary.polls
        assert found["retries"].sum() == result.summary.requests - result.summary.visits
    assert parts(plotted.storm().sync)["retries"].any()
    assert parts(plotted.asked().async_)["polls"].any()


def test_who_tries_again_after_the_last_visit_came_stands_within_the_axes() -> None:
    result = plotted.storm().sync
    assert result.records.arrived_at.max() > result.workload.ends_at
    _, end = plots.response_times(result, plots.figure().subplots()).get_xlim()
    assert result.records.arrived_at.max() < end


@pytest.mark.parametrize(("which", "name"), [("storm", "sync"), ("asked", "async")])
def test_the_stack_of_the_load_is_as_high_as_all_requests_of_a_stretch(which: str, name: str) -> None:
    result = LAB[which]().cycles[name]
    ax = plots.arrivals(result, plots.figure().subplots())
    sent = [gid for gid, mine in parts(result).items() if mine.any()]
    highest = max(filled(ax, gid).get_paths()[0].vertices[:, 1].max() for gid in sent)
    arrived_at = result.records.arrived_at
    width = stretch(max(float(arrived_at.max()), result.workload.ends_at))
    busiest = np.bincount((arrived_at // width).astype(int)).max()
    assert highest == pytest.approx(busiest / width)
    assert f"{result.summary.visits:,} people sent {result.summary.requests:,} requests" in ax.get_title(loc="left")


def test_the_share_in_error_is_that_of_the_requests_which_arrive_meanwhile() -> None:
    result = plotted.storm().sync
    ax = plots.failing({"with": result}, plots.figure().subplots())
    (line,) = [each for each in ax.lines if each.get_gid() == "with"]
    x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
    place = int(np.searchsorted(x, 160.0))
    mine = (result.records.arrived_at >= x[place]) & (result.records.arrived_at < x[place + 1])
    assert y[place] == pytest.approx(100 * np.mean(result.records.status[mine] != OK))
    assert y[place] > 50
    last = result.records.arrived_at >= result.workload.ends_at * 2 / 3
    last &= result.records.arrived_at < result.workload.ends_at
    assert in_the_end(result) == pytest.approx(np.mean(result.records.status[last] != OK))


def test_a_stretch_in_which_nobody_comes_has_no_share_in_error() -> None:
    result = plotted.outage().sync
    assert np.isnan(shares_failing(result, np.array([5000.0, 6000.0])))[0]


def test_the_retry_set_is_drawn_up_to_its_peak_and_the_outage_is_marked() -> None:
    result = plotted.outage().async_
    ax = plots.backlog(result, plots.figure().subplots())
    label = "retry set: failed jobs until their next run"
    assert filled(ax, label).get_paths()[0].vertices[:, 1].max() == result.summary.peak_retry_set > 20
    assert [patch.get_gid() for patch in ax.patches] == ["service down"]
    assert any(text.get_text().strip() == "service down" for text in ax.texts)


@pytest.mark.parametrize("name", ["backlog", "arrivals", "lives", "failing"])
def test_an_outage_after_the_end_of_what_is_drawn_takes_no_room_from_it(name: str) -> None:
    result = simulate(load("outage", "duration=20"), "async", redis=None)
    what = {"lives": (result, [0, 1]), "failing": ({"ASYNC": result},)}.get(name, (result,))
    whole = plots.picture(getattr(plots, name), *what)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # that there is no room for the axes
        save_to(whole, io.BytesIO(), "png")
    assert whole.axes[0].get_position().width > 0.6


def test_the_dark_time_of_the_workers_is_that_of_their_ledger() -> None:
    result = plotted.killed().async_
    ax = plots.slots(result, plots.figure().subplots())
    dark = [each for each in ax.collections if each.get_gid() == "down"]
    seconds = sum(
        float(path.vertices[:, 0].max() - path.vertices[:, 0].min()) for each in dark for path in each.get_paths()
    )
    assert seconds * TICKS_PER_SECOND == pytest.approx(result.records.at_workers.down)
    assert len(downtimes(result)) == 2
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["useful", "wasted", "idle", "down"]


def test_runs_that_were_lost_or_returned_are_hatched_as_wasted_work_is() -> None:
    result = plotted.killed().async_
    runs = result.records.at_workers
    assert {LOST, RETURNED} <= set(runs.outcome.tolist())
    ax = plots.slots(result, plots.figure().subplots())
    lost = runs.held[(runs.outcome == LOST) | (runs.outcome == RETURNED)].sum()
    wasted = [each for each in ax.collections if each.get_gid() == "wasted"]
    drawn = sum(float(np.ptp(path.vertices[:, 0])) for each in wasted for path in each.get_paths())
    assert drawn == pytest.approx(lost + result.summary.wasted_time)
    assert "of the workers' work was wasted" in ax.get_title(loc="left")


def some_run_again(result: Result) -> list[int]:
    runs = result.records.at_workers
    return np.unique(result.records.visit_id[runs.request_id[runs.number > 0]])[:3].tolist()


def test_a_life_holds_every_run_of_its_job_and_every_wait_between_them() -> None:
    result = plotted.outage().async_
    runs = result.records.at_workers
    for visit in some_run_again(result):
        mine = runs.request_id == visit
        life = stretches(result, visit)
        held = sum(each.end - each.begin for each in life if each.state in ("in a worker", "for nothing"))
        assert held == pytest.approx(runs.held[mine].sum())
        assert [each.state for each in life].count("until its next run") == mine.sum() - 1
        at_worker = [each for each in life if each.state != "on a thread" and each.begin >= runs.came_at[mine].min()]
        assert all(a.end <= b.begin + 1e-9 for a, b in itertools.pairwise(at_worker))
        assert at_worker[-1].end == runs.left_at[mine].max()
        assert [name for name, _ in events(result, visit)].count("a run fails") == (runs.outcome[mine] == FAILED).sum()
        assert told(result, visit).endswith("failed, completed")
        assert runs.outcome[mine][-1] == COMPLETED


def test_who_asks_again_is_one_row_with_a_number_for_each_attempt() -> None:
    result = plotted.storm().sync
    visit = int(result.records.visit_id[result.records.attempt == 4][0])
    ax = plots.lives(result, [visit], plots.figure().subplots())
    numbers = [text.get_text().strip() for text in ax.texts if text.get_gid() == "attempt"]
    assert numbers == ["1", "2", "3", "4", "5"]
    assert "asked 5 times" in told(result, visit)


def test_every_poll_is_a_mark_of_its_own() -> None:
    result = plotted.asked().async_
    visit = int(result.records.visit_id[result.records.kind == POLL][0])
    polls = np.count_nonzero((result.records.visit_id == visit) & (result.records.kind == POLL))
    ax = plots.lives(result, [visit], plots.figure().subplots())
    assert [line.get_gid() for line in ax.lines].count("asks whether it is ready") == polls > 0


def test_a_visit_that_there_is_not_and_too_many_are_refused() -> None:
    result = plotted.storm().sync
    with pytest.raises(ValueError, match=r"visit = -1; allowed: 0 to \d+"):
        stretches(result, -1)
    with pytest.raises(ValueError, match="13 visits; allowed: at most 12"):
        plots.lives(result, range(13), plots.figure().subplots())


def test_the_time_to_the_first_good_answer_is_never_for_who_got_none() -> None:
    result = plotted.storm().sync
    times, summary = times_of(result, "visit_time"), result.summary
    assert len(times) == summary.visits
    assert np.count_nonzero(np.isfinite(times)) == summary.visits_answered
    assert np.median(times) == summary.visit_time.p50
    assert len(times_of(result, "response_time")) == summary.requests - summary.rejected


@pytest.mark.parametrize("which", LAB)
def test_the_comparison_tells_who_was_never_answered_and_nothing_lies_upon_another(which: str) -> None:
    comparison = LAB[which]()
    picture = plots.comparison_figure(comparison)
    plotted.check_letters(picture)
    never = comparison.sync.summary.visits - comparison.sync.summary.visits_answered
    visits = comparison.sync.summary.visits
    told = f"SYNC: {never:,} of {visits:,} visits never answered" if never else f"SYNC: all {visits:,} visits answered"
    assert told in picture.alt
    assert f"ASYNC: all {visits:,} visits answered" in picture.alt


def test_the_lives_and_the_load_are_legible_too() -> None:
    outage, asked = plotted.outage().async_, plotted.asked().async_
    plotted.check_letters(plots.picture(plots.lives, outage, some_run_again(outage)))
    plotted.check_letters(plots.picture(plots.arrivals, asked))
    plotted.check_letters(plots.picture(plots.backlog, outage, theme="dark"))


def test_a_hatch_in_a_pale_filling_is_seen_in_an_svg_too() -> None:
    image = io.BytesIO()
    save_to(plots.picture(plots.backlog, plotted.outage().async_), image, "svg")
    svg = image.getvalue().decode()
    assert not re.search(r"fill: url\(#\w+\); fill-opacity", svg)
    pale = re.findall(r'<pattern id="(\w+)"[^>]*>\s*<rect fill-opacity="0\.\d+"', svg)
    assert len(pale) == 3  # the outage, the queue and the retry set
    assert all(f"url(#{name})" in svg for name in pale)


def test_bars_tell_the_parts_of_a_time_and_slots_can_be_those_of_one_pool() -> None:
    times = {"two": {"waits": 0.1, "works": 0.2}, "one": {"waits": 1.0}}
    assert "two: 300 ms (waits 100 ms, works 200 ms); one: 1 s" in plots.alt_text(plots.bars, times, "a page")
    plotted.check_letters(plots.picture(plots.bars, times, "a page"))
    with pytest.raises(ValueError, match="at least one run"):
        plots.bars({}, "a page", plots.figure().subplots())
    outage = plotted.outage().async_
    ax = plots.slots(outage, plots.figure().subplots(), only="worker")
    assert {label.get_text()[:6] for label in ax.get_yticklabels()} == {"worker"}
    assert "thread" not in plots.alt_text(plots.slots, outage, only="worker")
    with pytest.raises(ValueError, match="only = 'core'; allowed: thread, worker"):
        plots.slots(outage, plots.figure().subplots(), only="core")


def test_where_nobody_comes_near_the_timeout_the_ticks_are_round_numbers() -> None:
    busy = compare("busy-core", redis=None).sync
    ax = plots.response_times(busy, plots.figure().subplots())
    low, high = ax.get_ylim()
    assert [float(f"{tick:.4g}") for tick in ax.get_yticks() if low <= tick <= high] == [0, 0.2, 0.4, 0.6, 0.8]


def test_where_nobody_asks_for_a_report_their_figure_says_so() -> None:
    busy = compare("busy-core", redis=None)
    ax = plots.distribution(busy.cycles, plots.figure().subplots(), of="completion_time")
    assert ax.get_title(loc="left") == "Nobody asks for a report"

"""What the text says of a comparison is true of its numbers, whatever they are."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import lesson, tables, words
from sim.deck.claims import why_not
from sim.deck.source import parse, read
from sim.deck.values import Runs, values_of
from sim.experiments import compare, simulate
from sim.luck import luck_sentence
from sim.path import CONSTANT_HOPS
from sim.presets import PRESETS, load
from sim.scenario import Scenario
from sim.stats import offered_load
from sim.studies.tables import columns_of
from sim.workload import Workload

NO_TIME = {hop.name: 0.0 for hop in CONSTANT_HOPS}


def workload_of(rows, hop_times=NO_TIME):
    """A workload from rows (arrived_at, external_time or None for a page, web_time)."""
    rows = sorted(rows, key=lambda row: row[0])
    at, external, web = ([row[column] for row in rows] for column in range(3))
    is_report = np.array([time is not None for time in external], dtype=bool)
    seconds = np.array([time or 0.0 for time in external])
    ends_at = max(at, default=0.0)
    return Workload(np.array(at, dtype=float), is_report, np.array(web, dtype=float), seconds, hop_times, ends_at, True)


def comparison_of(rows, **fields):
    return compare(Scenario(**fields), workload=workload_of(rows), engine="exact")


TICKS = st.integers(0, 160).map(lambda tick: tick / 4)
ARRIVALS = st.integers(0, 240).map(lambda tick: tick / 4)
ROWS = st.lists(st.tuples(ARRIVALS, st.none() | TICKS, st.sampled_from([0.25, 0.5, 8.0, 31.0])), max_size=40)
PAGES = st.lists(st.tuples(ARRIVALS, st.none(), st.sampled_from([0.25, 0.5])), min_size=20, max_size=30)
BLOCKED_PAGES = st.tuples(PAGES, st.lists(st.tuples(ARRIVALS, TICKS, st.just(0.25)), max_size=10)).map(
    lambda two: [*two[0], *two[1]]
)
POLICIES = st.sampled_from(["finish_started", "finish_all", "kill"])
COMPARISONS = st.builds(
    comparison_of,
    ROWS | BLOCKED_PAGES,
    threads=st.integers(1, 4),
    workers=st.integers(1, 3),
    timeout=st.sampled_from([5.0, 30.0]),
    on_timeout=POLICIES,
)


def numbers(text):
    return re.findall(r"\d[\d,]*(?:\.\d+)?", text)


def the_sentence(sentences, opening):
    found = [sentence for sentence in sentences if sentence.startswith(opening)]
    assert len(found) <= 1
    return found[0] if found else ""


# what every sentence must keep


@pytest.mark.parametrize("preset", PRESETS)
def test_every_number_of_a_presets_lesson_stands_in_its_table_or_is_derived_from_it(preset):
    check_numbers(compare(preset, engine="exact"))


@pytest.mark.slow
@settings(max_examples=75, deadline=None)
@given(COMPARISONS)
def test_every_number_of_a_lesson_stands_in_its_table_or_is_derived_from_it(comparison):
    check_numbers(comparison)


def check_numbers(comparison):
    sync, same = comparison.sync.summary, comparison.sync_same_slots.summary
    table = set(numbers(tables.comparison_table(comparison)))
    derived = {"95", "100"}  # "95 of 100"
    busy = sync.useful_time + sync.wasted_time
    derived |= set(numbers(words.percent(sync.wasted_time / busy))) if busy else set()
    for result in (comparison.sync, comparison.sync_same_slots):
        alone = alone_too_long(result)
        derived |= {f"{alone:,}", f"{result.summary.timed_out - alone:,}"}
    derived |= {f"{summary.reports - summary.reports_completed:,}" for summary in (sync, same)}
    derived |= {f"{comparison.async_.summary.reports - comparison.async_.summary.reports_completed:,}"}
    derived |= {f"{sync.requests:,}"}
    derived |= set(numbers(words.seconds(comparison.async_.summary.job_waiting_time.max)))
    derived |= set(numbers(luck_sentence(comparison)))  # test_luck derives them
    for sentence in lesson.sentences(comparison):
        assert [number for number in numbers(sentence) if number not in table | derived] == [], sentence


def alone_too_long(result):
    """Requests that an idle server would time out too, one by one."""
    workload, timeout, hops = result.workload, result.scenario.timeout, result.workload.hop_times
    way = sum(2 * hops[name] for name in ("web_server", "middleware", "controller")) + hops["routes"]
    page = way + 2 * hops["model"] + hops["database"]
    columns = (workload.arrived_at, workload.is_report, workload.web_time, workload.external_time)
    return sum(
        (way + external if report else page) + web >= timeout
        for at, report, web, external in zip(*(column.tolist() for column in columns), strict=True)
        if at >= result.scenario.warmup
    )


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(COMPARISONS)
def test_a_lesson_is_whole_sentences_without_one_reports_or_itselves(comparison):
    for sentence in lesson.sentences(comparison):
        assert re.fullmatch(r"[A-Z].*\.", sentence)
        assert not re.search(r"(?<![\d,.])1 (?:more )?(?:requests|reports|pages|jobs|threads|workers)\b", sentence)
        assert not re.search(r"(?<![\d,.])1 (?:took|waited|of them) too long by themselves|None|nan|inf\b", sentence)
        assert "  " not in sentence


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(COMPARISONS)
def test_a_table_is_rectangular_and_says_nothing_a_reader_cannot_read(comparison):
    lines = tables.comparison_table(comparison).splitlines()
    rule = next(line for line in lines if line.startswith("─"))
    rows = [line for line in lines[lines.index(rule) + 1 :] if line and not line.startswith(("never:", "–", "busy:"))]
    assert {len(row) for row in rows} == {len(rule)}
    assert not any(re.search(r"None|nan|inf\b|e\+", line) for line in lines)


CELLS = st.text(st.characters(categories=("L", "N", "P", "S"), max_codepoint=0x2030), min_size=1, max_size=40)


@given(st.integers(2, 5).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1)))
def test_columns_never_run_together_whatever_stands_in_them(rows):
    width = len(rows[0])
    for signs in ("<" + ">" * (width - 1), ">" * width, "<" * width):
        assert [line.split() for line in tables.lined_up(rows, signs, [0] * width)] == rows
    assert [line.split() for line in columns_of(rows[0], rows)[2:][:60]] == rows[:60]


def test_the_columns_of_ten_thousand_reports_stay_apart():
    text = tables.comparison_table(compare(load("slides", ["arrival_rate=200"]), engine="exact"))
    completed = next(line for line in text.splitlines() if line.startswith("reports completed"))
    assert re.fullmatch(r"reports completed +([\d,]+ of 12,146(  +|$)){3}", completed)


def test_the_instants_of_a_long_run_stay_apart():
    rows = [(10_000_000 - 1.0, 20_000_000.0, 3_000_000.5)]
    way = tables.timeline(simulate(Scenario(timeout=9_000_000.0), "async", workload=workload_of(rows)), 0)
    lines = [re.match(r" *\d+\.\d{6}  +\d+\.\d{6}(?=   )", line) for line in way.splitlines()[3:]]
    assert len({line and line.end() for line in lines}) == 1, way
    assert "\n32999999.500000" in way


@pytest.mark.parametrize(("second", "told"), [(0.0, True), (1.0, False)])
def test_a_window_of_no_length_is_said_to_be_the_reason_why_there_is_no_rate(second, told):
    text = tables.comparison_table(comparison_of([(0.0, None, 0.5), (second, 2.0, 0.5)]))
    assert ("all that is counted arrives at one instant" in text) == told
    assert bool(re.search(r"^answers per second +–", text, re.MULTILINE)) == told


# each sentence is true


@pytest.mark.slow
@settings(max_examples=75, deadline=None)
@given(COMPARISONS)
def test_who_is_said_to_be_timed_out_was_and_for_the_reason_given(comparison):
    sync, later, alone = comparison.sync.summary, comparison.async_.summary, alone_too_long(comparison.sync)
    said = the_sentence(lesson.sentences(comparison), "SYNC timed out")
    assert bool(said) == bool(sync.requests)
    if not sync.requests:
        return
    assert (" none of " in said) == (sync.timed_out == 0)
    assert re.findall(r"([\d,]+) took too long by", said) == ([f"{alone:,}"] if alone else [])
    behind = sync.timed_out - alone
    assert re.findall(r"([\d,]+) waited too long behind others", said) == ([f"{behind:,}"] if behind else [])
    assert said.endswith((" none.", " none either.")) == (later.timed_out == 0)


@pytest.mark.slow
@settings(max_examples=75, deadline=None)
@given(COMPARISONS)
def test_pages_are_said_to_wait_where_they_do_and_to_be_quick_where_they_are(comparison):
    sync, later = comparison.sync, comparison.async_
    before, after = (result.summary.page_response_time.p95 for result in (sync, later))
    said = the_sentence(lesson.sentences(comparison), "Pages")
    if before is None or after is None:
        assert said == ""
    elif said.startswith("Pages wait behind reports"):
        assert before >= 2 * after
    elif said.startswith("Pages are slower in SYNC"):
        assert after < before < 2 * after
    elif said.startswith("Pages are slower in ASYNC"):
        assert after > before
    else:
        assert before == pytest.approx(after, rel=0.06)
    assert ("in SYNC not even" in said) == (before is not None and before >= comparison.scenario.timeout)
    if "in SYNC not even" in said:
        assert sync.summary.timed_out_pages > 0.05 * (sync.summary.requests - sync.summary.reports)
    if "always a free thread" in said:
        assert sync.records.waiting_time.max() == later.records.waiting_time.max() == 0


@pytest.mark.slow
@settings(max_examples=75, deadline=None)
@given(COMPARISONS)
def test_workers_are_said_to_keep_up_only_where_the_work_fits_their_time(comparison):
    result = comparison.async_
    said = the_sentence(lesson.sentences(comparison), "The jobs")
    if not said:
        return
    jobs = ~np.isnan(result.records.completed_at)
    work = result.workload.external_time[jobs].sum()
    capacity = result.records.workers * result.workload.ends_at
    longest = np.nan_to_num(result.records.picked_up_at - result.records.enqueued_at).max(initial=0)
    late = longest > max(60, 5 * result.workload.external_time[result.workload.is_report].mean())
    assert ("they keep up" in said) == (work < capacity and not late)
    assert ("in the end they do it all" in said) == (work < capacity and late)
    assert ("never a job in the queue" in said or "has no time to grow" in said) == (result.summary.peak_queue == 0)
    assert ("without bound" in said) == (work >= capacity)


@pytest.mark.slow
@settings(max_examples=75, deadline=None)
@given(COMPARISONS)
def test_the_same_slots_are_said_to_do_what_they_did(comparison):
    same, later = comparison.sync_same_slots.summary.timed_out, comparison.async_.summary.timed_out
    said = the_sentence(lesson.sentences(comparison), "With ")
    assert ("as well the old way" in said) == (bool(said) and same == later == 0)
    assert ("fewer than ASYNC" in said) == (same < later)
    assert ("as many as ASYNC" in said) == (same == later > 0)
    assert ("more than ASYNC" in said) == (same > later > 0)
    assert said.endswith("ASYNC none.") == (same > later == 0)


@pytest.mark.slow
@settings(max_examples=75, deadline=None)
@given(COMPARISONS)
def test_async_is_said_to_answer_fast_only_where_it_did(comparison):
    sync, later = comparison.sync.summary.response_time.mean, comparison.async_.summary.response_time.mean
    if "Async makes the answer fast" in " ".join(lesson.sentences(comparison)):
        assert later < sync


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(COMPARISONS)
def test_waste_is_told_where_there_was_some(comparison):
    wasted = comparison.sync.summary.wasted_time
    said = the_sentence(lesson.sentences(comparison), "SYNC's threads")
    assert bool(said) == (wasted > 0 and comparison.sync.summary.requests > 0)
    if comparison.scenario.on_timeout == "kill":
        assert "not told" not in said


def test_the_table_shows_the_load_that_the_sentence_quotes():
    comparison = compare("too-few-workers", engine="exact")
    result = comparison.async_
    load = words.percent(offered_load(result.records, result.workload))
    assert load == "183.2 %"
    assert re.search(rf"^work offered to workers +– +{load} +–$", tables.comparison_table(comparison), re.MULTILINE)


def test_pages_are_said_to_be_slower_in_async_where_a_push_takes_longer_than_the_work():
    comparison = compare(
        load("slides", ["threads=1", "external_time=0", "queue_time=1", "duration=60"]), engine="exact"
    )
    assert "Pages are slower in ASYNC: in SYNC 95 of 100" in " ".join(lesson.sentences(comparison))
    assert "answer fast" not in " ".join(lesson.sentences(comparison))


@pytest.mark.parametrize(
    ("name", "overrides", "words"),
    [
        ("rush-hour", [], "in the end they do it all, but one waited for 94.0 s, with at most 41 jobs in the queue."),
        ("slides", [], "they keep up, with at most 9 jobs in the queue."),
        ("slides", ["warmup=100"], "they keep up, with at most 9 jobs in the queue (warm-up included)."),
        ("too-few-workers", [], "and these figures depend on the duration."),
    ],
)
def test_what_is_said_of_the_workers_depends_on_how_the_requests_come(name, overrides, words):
    said = the_sentence(lesson.sentences(compare(load(name, overrides), engine="exact")), "The jobs")
    assert said.endswith(words)


def test_a_burst_whose_last_report_waits_for_minutes_is_not_said_to_be_kept_up_with():
    """Twenty reports at once, and nothing more for an hour: the workers are busy for a hundredth of the time."""
    burst = [(0, 20.0, 0.25)] * 20 + [(3600, 0.0, 0.25)]
    comparison = comparison_of(burst, workers=2)
    said = the_sentence(lesson.sentences(comparison), "The jobs")
    assert said.endswith("in the end they do it all, but one waited for 179 s, with at most 18 jobs in the queue.")
    talk = {value.name: value for value in parse(read("deck.md"))}["too-few-workers"]
    values = values_of(Runs(comparison.scenario, comparison.workload))
    told = [variant.markdown for variant in talk.variants if not why_not(variant.claim, values)]
    assert "would do it all in the end, but a job waits up to" in told[0]


def test_of_a_file_it_is_said_that_its_length_decides():
    comparison = comparison_of([(0, 30.0, 0.25), (1, 30.0, 0.25), (2, 30.0, 0.25)], workers=1)
    said = the_sentence(lesson.sentences(comparison), "The jobs")
    assert said.endswith("these figures depend on how long the file is.")
    assert comparison.scenario.title == "A workload file"


def test_somebody_s_own_title_stays_with_a_file():
    assert comparison_of([(0, 1.0, 0.25)], title="Ours").scenario.title == "Ours"
    assert comparison_of([(0, 1.0, 0.25)], title=load("quiet").title).scenario.title == "A workload file"


def test_no_request_is_said_to_be_no_request():
    assert lesson.sentences(comparison_of([])) == ["No request arrived in the time that counts."]


def test_with_a_warm_up_the_heading_says_how_many_are_counted():
    comparison = compare(load("slides", ["warmup=300"]), engine="exact")
    counted = comparison.sync.summary.requests
    assert 0 < counted < len(comparison.workload)
    heading, _, table = tables.comparison_table(comparison).partition("\n")
    assert heading.endswith(f"counted are the {counted:,} from 300 s on")
    answered, timed_out = (
        int(numbers(re.search(rf"^{row}.*", table, re.M)[0])[0]) for row in ("answered", "timed out")
    )
    assert answered + timed_out == counted
    assert "over the whole run, its warm-up included" in table
    for opening in ("SYNC's threads spent", "The jobs fill"):
        assert "(warm-up included)" in the_sentence(lesson.sentences(comparison), opening)


def test_half_of_two_reports_is_not_said_to_be_most():
    comparison = comparison_of([(0, 1.0, 0.25), (100, 40.0, 0.25)])
    assert 'is "never" (1 of 2 never completed) in SYNC' in the_sentence(lesson.sentences(comparison), "Async")


# figures for reading


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0 s"),
        (2**-20, "0.000954 ms"),
        (0.097, "97 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (9.996, "10.0 s"),
        (30.0, "30.0 s"),
        (99.94, "99.9 s"),
        (99.96, "100 s"),
        (12345.6, "12,346 s"),
    ],
)
def test_a_duration_is_read_in_three_figures_and_its_unit(value, text):
    assert words.seconds(value) == text


@pytest.mark.parametrize(
    ("fraction", "text"), [(None, "–"), (0.0, "0.0 %"), (0.0001, "< 0.1 %"), (0.052, "5.2 %"), (1.832, "183.2 %")]
)
def test_a_share_of_little_is_not_a_share_of_nothing(fraction, text):
    assert words.percent(fraction) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 reports"), (1, "1 report"), (1200, "1,200 reports")])
def test_one_is_one_report_and_more_are_reports(number, text):
    assert words.counted(number, "report") == text


# one request's way

BINARY = dict(zip(NO_TIME, (0.25, 0.5, 0.25, 1.0, 2.0, 4.0, 0.5), strict=True))


def lines_of(cycle, request, rows, **fields):
    times = {f"{name}_time": seconds for name, seconds in BINARY.items()}
    scenario = Scenario(**times, **fields)
    told = tables.timeline(simulate(scenario, cycle, workload=workload_of(rows, BINARY)), request)
    return [re.sub(r"\s+", " ", line).strip() for line in told.splitlines()]


def test_a_page_is_told_hop_by_hop_with_the_times_of_the_slides():
    assert list(BINARY) == ["web_server", "middleware", "routes", "controller", "model", "database", "queue"]
    assert lines_of("sync", 0, [(1.0, None, 0.0)]) == [
        "Request 0, a page, SYNC; a file says no hops' times, only web_time: at controller.rb",
        "",
        "at, s since arrival, s what happens",
        "1.000000 0.000000 HTTP Request arrives",
        "1.000000 0.000000 thread 0 takes it after 0 s in the backlog",
        "1.000000 0.000000 Web Server 250 ms",
        "1.250000 0.250000 Middleware 500 ms",
        "1.750000 0.750000 routes.rb 250 ms",
        "2.000000 1.000000 controller.rb 1.00 s",
        "3.000000 2.000000 model.rb 2.00 s",
        "5.000000 4.000000 Database 4.00 s",
        "9.000000 8.000000 model.rb 2.00 s",
        "11.000000 10.000000 controller.rb 1.00 s",
        "12.000000 11.000000 Middleware 500 ms",
        "12.500000 11.500000 Web Server 250 ms",
        "12.750000 11.750000 HTTP Response leaves in time",
        "12.750000 11.750000 thread 0 is free",
    ]


def test_a_worker_takes_the_job_before_it_makes_the_slow_request():
    lines = lines_of("async", 0, [(0.0, 3.0, 0.0)])
    assert lines[3:] == [
        "0.000000 0.000000 HTTP Request arrives",
        "0.000000 0.000000 thread 0 takes it after 0 s in the backlog",
        "0.000000 0.000000 Web Server 250 ms",
        "0.250000 0.250000 Middleware 500 ms",
        "0.750000 0.750000 routes.rb 250 ms",
        "1.000000 1.000000 controller.rb 1.00 s",
        "2.000000 2.000000 Queue 500 ms",
        "2.500000 2.500000 its job is in the Queue",
        "2.500000 2.500000 controller.rb 1.00 s",
        "2.500000 2.500000 worker 0 takes the job",
        "2.500000 2.500000 HTTP Request 3.00 s",
        "3.500000 3.500000 Middleware 500 ms",
        "4.000000 4.000000 Web Server 250 ms",
        "4.250000 4.250000 HTTP Response leaves in time",
        "4.250000 4.250000 thread 0 is free",
        "5.500000 5.500000 worker 0 has done the job: the report exists",
    ]


def test_a_request_whose_client_has_gone_is_told_to_be_skipped():
    lines = lines_of("sync", 1, [(0.0, 40.0, 0.0), (1.0, None, 0.0)], threads=1)
    assert lines[3:] == [
        "1.000000 0.000000 HTTP Request arrives",
        "31.000000 30.000000 timed out: the router answers with an error after 30 s",
        "43.750000 42.750000 thread 0 skips it after 42.8 s in the backlog: its client has gone",
    ]


def test_a_request_that_is_cut_off_tells_where_it_was():
    lines = lines_of("sync", 0, [(0.0, 40.0, 0.0)], on_timeout="kill")
    assert lines[-3:] == [
        "2.000000 2.000000 HTTP Request 40.0 s",
        "30.000000 30.000000 timed out: the router answers with an error after 30 s",
        "30.000000 30.000000 thread 0 is cut off and free",
    ]


@settings(max_examples=60, deadline=None)
@given(ROWS.filter(bool), POLICIES, st.sampled_from(["sync", "async"]))
def test_the_way_of_every_request_is_told_in_the_order_of_time(rows, policy, cycle):
    result = simulate(Scenario(threads=1, workers=1, on_timeout=policy), cycle, workload=workload_of(rows))
    for request in range(len(rows)):
        lines = tables.timeline(result, request).splitlines()[3:]
        instants = [float(line.split()[0]) for line in lines]
        assert instants == sorted(instants)
        assert lines[0].endswith("HTTP Request arrives")
        assert len(lines) == len(result.trace.of(request))


def test_a_request_that_is_not_there_is_refused_with_those_that_are():
    result = simulate(Scenario(), "sync", workload=workload_of([(0, None, 1.0), (1, None, 1.0)]))
    with pytest.raises(ValueError, match="request 2: no such request; allowed: 0 to 1"):
        tables.timeline(result, 2)

"""The checks of the exercises: right answers are right, usual mistakes are not, and open ones are neither."""

import json
from pathlib import Path

import numpy as np
import pytest

import sim
from sim import load, theory
from sim.exercises import (
    how_many_workers,
    is_it_ready,
    is_it_right,
    on_real_programs,
    one_line_or_several,
    one_request,
    pull_the_plug,
    redis_and_a_worker,
    service_is_down,
    side_by_side,
    synchronous,
    threads_that_compute,
    try_again,
    your_own_log,
)
from sim.scenario import Scenario

MODULES = (
    one_request,
    synchronous,
    redis_and_a_worker,
    side_by_side,
    how_many_workers,
    is_it_right,
    your_own_log,
    on_real_programs,
    try_again,
    is_it_ready,
    threads_that_compute,
    service_is_down,
    pull_the_plug,
    one_line_or_several,
)
EXERCISES = ("by_hand", "by_knob", "to_write")


def hold_time(hops, times):
    return sum(times[hop.name] for hop in hops)


def starts(arrived_at, holds):
    free_at, started_at = 0.0, []
    for at, hold in zip(arrived_at, holds, strict=True):
        started_at.append(max(at, free_at))
        free_at = started_at[-1] + hold
    return started_at


def work_time(payload):
    return json.loads(payload)["args"][2]


def share_later(comparison):
    reports = comparison.workload.is_report
    later, sync = comparison.async_.records.completion_time, comparison.sync_same_slots.records.completion_time
    return (later > sync)[reports].mean()


def workers_for(offered, share):
    workers = int(offered) + 1
    while theory.erlang_c(workers, offered) > share:
        workers += 1
    return workers


def differing(one, other):
    return ((one != other) & ~(np.isnan(one) & np.isnan(other))).sum()


def work_of(arrived_at, ended_at):
    free_at, work = 0.0, []
    for at, end in zip(arrived_at, ended_at, strict=True):
        work.append(end - max(at, free_at))
        free_at = end
    return work


def wait(retry, draw):
    return min(30, 2 ** (retry - 1)) * (1 - draw)


def polls(done_at, every, answer):
    sent, asks_at = 1, every
    while asks_at < done_at:
        sent, asks_at = sent + 1, asks_at + answer + every
    return sent


def done_at(works):
    now, ends, line = 0.0, [0.0] * len(works), list(enumerate(works))
    while line:
        thread, left = line.pop(0)
        now += min(left, 0.1)
        if left > 0.1 + 1e-9:
            line.append((thread, left - 0.1))
        ends[thread] = now
    return ends


def runs(fails, retries):
    return sum(fails**number for number in range(retries + 1))


def pay(job, ledger, memory):
    if (job, 10) not in ledger:
        ledger.append((job, 10))


def pay_if_not_remembered(job, ledger, memory):
    if job not in memory:
        ledger.append((job, 10))
        memory.add(job)


def pay_unless_noted(job, ledger, memory, notes=set()):  # noqa: B006 - notes that a kill does not empty, as in a file
    if job not in notes:
        notes.add(job)
        ledger.append((job, 10))


def choose(waiting, weights, draw):
    full = [number for number, jobs in enumerate(waiting) if jobs]
    mark = draw * sum(weights[number] for number in full)
    for number in full:
        mark -= weights[number]
        if mark < 0:
            return number
    return full[-1]


RIGHT = [
    (try_again.by_hand, 93),
    (try_again.by_knob, 2),
    (try_again.to_write, wait),
    (is_it_ready.by_hand, 8.4),
    (is_it_ready.by_knob, 3),
    (is_it_ready.to_write, polls),
    (threads_that_compute.by_hand, 25),
    (threads_that_compute.by_knob, 3),
    (threads_that_compute.to_write, done_at),
    (service_is_down.by_hand, 31),
    (service_is_down.by_knob, 4),
    (service_is_down.to_write, runs),
    (pull_the_plug.by_hand, ["B", "C"]),
    (pull_the_plug.by_knob, 20),
    (pull_the_plug.to_write, pay),
    (one_line_or_several.by_hand, 61),
    (one_line_or_several.by_knob, 2),
    (one_line_or_several.to_write, choose),
    (your_own_log.by_hand, 4),
    (your_own_log.by_knob, 4),
    (your_own_log.to_write, work_of),
    (on_real_programs.by_hand, 2),
    (on_real_programs.by_knob, 21),
    (on_real_programs.to_write, lambda measured, counts: min(counts) <= measured <= max(counts)),
    (one_request.by_hand, 12.027),
    (one_request.by_knob, Scenario(database_time=0.010)),
    (one_request.to_write, hold_time),
    (synchronous.by_hand, 15),
    (synchronous.by_knob, 6),
    (synchronous.to_write, starts),
    (redis_and_a_worker.by_hand, ["C", "B", "A"]),
    (redis_and_a_worker.by_knob, 4),
    (redis_and_a_worker.to_write, work_time),
    (side_by_side.by_hand, (0.028, 20.015)),
    (side_by_side.by_knob, 7),
    (side_by_side.to_write, share_later),
    (how_many_workers.by_hand, 7),
    (how_many_workers.by_knob, 7),
    (how_many_workers.to_write, workers_for),
    (is_it_right.by_hand, 3),
    (is_it_right.by_knob, 0.8),
    (is_it_right.to_write, differing),
]

WRONG = [
    *(
        (module.by_hand, 1000 * seconds, "milliseconds")
        for module, seconds in (
            (synchronous, 15),
            (is_it_right, 3),
            (try_again, 93),
            (is_it_ready, 8.4),
            (service_is_down, 31),
            (one_line_or_several, 61),
            (your_own_log, 4),
        )
    ),
    (one_request.by_hand, 0.027, "during the external call"),
    (side_by_side.by_hand, (20.015, 0.028), "That is the completion time"),
    (how_many_workers.by_hand, 1, "1 worker does 1"),
    (threads_that_compute.by_knob, 60, "from 1 to 50"),
    (on_real_programs.by_knob, 1e9, "whole number of seconds"),
    (try_again.by_hand, 90, "waits before it tries again"),
    (try_again.by_hand, 92, "twice the first"),
    (try_again.by_hand, 63, "Its client waits 30 s"),
    (try_again.by_knob, 4, "The storm goes on"),
    (try_again.by_knob, 1, "Go on up"),
    (try_again.by_knob, 11, "from 0 to 10"),
    (try_again.to_write, lambda retry, draw: min(30, 2**retry) * (1 - draw), "count from the first retry on"),
    (try_again.to_write, lambda retry, draw: 2 ** (retry - 1) * (1 - draw), "At most 30 s"),
    (try_again.to_write, lambda retry, draw: min(30, 2 ** (retry - 1)), "with 0.5 the half is left"),
    (try_again.to_write, lambda retry, draw: min(30, 2 ** (retry - 1)) * (1 + draw), "never longer"),
    (try_again.to_write, lambda retry, draw: min(30, 2 ** (retry - 1)) - draw, "no seconds"),
    (is_it_ready.by_hand, 8, "2 s after each answer"),
    (is_it_ready.by_hand, 7, "does not know until it asks"),
    (is_it_ready.by_hand, 8.3, "The answer takes 0.1 s"),
    (is_it_ready.by_knob, 4, "Ask more often"),
    (is_it_ready.by_knob, 2, "Go on up"),
    (is_it_ready.to_write, lambda done, every, answer: -(-done // every), "after the answer to the one before"),
    (is_it_ready.to_write, lambda *given: polls(*given) - 1, "is a poll, too"),
    (threads_that_compute.by_hand, 10, "That is one thread"),
    (threads_that_compute.by_hand, 50, "share one core"),
    (threads_that_compute.by_hand, 125, "one core for all five"),
    (threads_that_compute.by_knob, 2, "The goal is 200 ms"),
    (threads_that_compute.by_knob, 4, "Go on down"),
    (threads_that_compute.to_write, lambda works: np.cumsum(works), "nobody is interrupted"),
    (threads_that_compute.to_write, lambda works: works, "a core for each"),
    (threads_that_compute.to_write, lambda works: [len(works) * each for each in works], "only one computes at a time"),
    (service_is_down.by_hand, 15, "the second run"),
    (service_is_down.by_hand, 47, "c counts from 0"),
    (service_is_down.by_hand, 62, "the fourth run"),
    (service_is_down.by_hand, 30, "longer"),
    (service_is_down.by_knob, 3, "longer than they try"),
    (service_is_down.by_knob, 25, "Go on down"),
    (service_is_down.to_write, lambda fails, retries: 1 + fails * retries, "if the one before failed"),
    (service_is_down.to_write, lambda fails, retries: fails ** (retries + 1), "the share of jobs that die"),
    (service_is_down.to_write, lambda fails, retries: runs(fails, retries) - 1, "The first run counts"),
    (service_is_down.to_write, lambda fails, retries: retries + 1, "if everything fails"),
    (pull_the_plug.by_hand, ["B", "C", "D"], "D waits in the list"),
    (pull_the_plug.by_hand, ["B"], "C takes A's place"),
    (pull_the_plug.by_hand, "ABC", "it is done"),
    (pull_the_plug.by_hand, 3, "A, B, C and D"),
    (pull_the_plug.by_knob, 6, "1 interrupted"),
    (pull_the_plug.by_knob, 22, "Go on down"),
    (pull_the_plug.to_write, lambda job, ledger, memory: ledger.append((job, 10)), "Look before you pay"),
    (pull_the_plug.to_write, pay_if_not_remembered, "memory died with it"),
    (pull_the_plug.to_write, pay_unless_noted, "noted before it was done"),
    (pull_the_plug.to_write, lambda job, ledger, memory: ledger.append((job, 5)), "Each payment is (job, 10)"),
    (pull_the_plug.to_write, lambda job, ledger, memory: ledger.append(job), "pairs (job, 10)"),
    (one_line_or_several.by_hand, 2, "push out a report"),
    (one_line_or_several.by_hand, 121, "at the same time"),
    (one_line_or_several.by_knob, 1, "The goal is 1 s"),
    (one_line_or_several.by_knob, 3, "the reports need the others"),
    (
        one_line_or_several.to_write,
        lambda waiting, weights, draw: choose([1] * len(waiting), weights, draw),
        "do not count",
    ),
    (one_line_or_several.to_write, lambda waiting, weights, draw: 0, "whether somebody does"),
    (your_own_log.by_hand, 11, "with the waiting"),
    (your_own_log.by_hand, 7, "whichever is later"),
    (your_own_log.by_hand, "four", "one number"),
    (your_own_log.by_knob, 3, "within 112 s"),
    (your_own_log.by_knob, 5, "Go on down"),
    (your_own_log.by_knob, "many", "whole number"),
    (your_own_log.to_write, lambda at, end: [b - a for a, b in zip(at, end, strict=True)], "it contains the waiting"),
    (your_own_log.to_write, lambda at, end: 3, "the work is 8, 4, 1"),
    (on_real_programs.by_hand, 4, "which was not killed"),
    (on_real_programs.by_hand, 3, "in its hands"),
    (on_real_programs.by_knob, 20, "1 of 4 jobs given back"),
    (on_real_programs.by_knob, 25, "Go on down"),
    (on_real_programs.by_knob, 20.5, "whole number"),
    (on_real_programs.to_write, lambda measured, counts: measured in counts, "between two of them"),
    (one_request.by_hand, 12, "the external call alone"),
    (one_request.by_hand, 12027, "milliseconds"),
    (one_request.by_hand, 12.03, "to the millisecond"),
    (one_request.by_hand, "12.027", "not '12.027'. It is in quotes"),
    (synchronous.to_write, lambda arrived_at, holds: np.add(starts(arrived_at, holds), holds), "These are the ends"),
    (
        redis_and_a_worker.to_write,
        lambda payload: str(work_time(payload)),
        "'0.125' and not 0.125. That is a text",
    ),
    (side_by_side.by_hand, (28, 20015), "milliseconds"),
    (side_by_side.by_hand, ("0.028", "20.015"), "in quotes"),
    (side_by_side.by_hand, "0.028, 20.015", "in quotes"),
    (synchronous.by_knob, "6", "not '6'. It is in quotes"),
    (is_it_ready.by_knob, "3", "in quotes"),
    (service_is_down.by_knob, "4", "in quotes"),
    (pull_the_plug.by_knob, "7", "in quotes"),
    (one_line_or_several.by_knob, "2", "in quotes"),
    (try_again.by_knob, "2", "in quotes"),
    (on_real_programs.by_knob, "21", "in quotes"),
    (is_it_right.by_knob, -1, "fewer than none"),
    (side_by_side.to_write, lambda comparison: 1 - share_later(comparison), "does not exist later"),
    (
        side_by_side.to_write,
        lambda c: (c.async_.records.completion_time > c.sync.records.completion_time)[c.workload.is_report].mean(),
        "take sync_same_slots",
    ),
    (side_by_side.to_write, lambda comparison: 100 * share_later(comparison), "per cent"),
    (one_request.by_hand, 12.014, "each hop once"),
    (one_request.by_hand, 12.097, "database as well"),
    (one_request.by_hand, "twelve", "one number"),
    (one_request.by_knob, 0.010, "a scenario"),
    (one_request.by_knob, Scenario(model_time=0.0), "try another hop"),
    (one_request.by_knob, Scenario(database_time=0.020), "67 ms"),
    (one_request.by_knob, Scenario(database_time=0.0, model_time=0.0), "you changed 2"),
    (one_request.to_write, lambda hops, times: sum(times[hop.name] for hop in set(hops)), "visited twice"),
    (synchronous.by_hand, 5, "from the error on"),
    (synchronous.by_hand, 15.1, "skipped"),
    (synchronous.by_hand, 35, "in time, and useful"),
    (synchronous.by_knob, 5, "The goal is none"),
    (synchronous.by_knob, 7, "one less it still is"),
    (synchronous.by_knob, True, "whole number"),
    (synchronous.to_write, lambda arrived_at, holds: arrived_at, "while the thread is held"),
    (synchronous.to_write, lambda arrived_at, holds: [0.0, *np.cumsum(holds)[:-1]], "Nobody starts before"),
    (synchronous.to_write, lambda arrived_at, holds: 7, "a list of 3 instants"),
    (redis_and_a_worker.by_hand, ["A", "B", "C"], "the order in which they are done"),
    (redis_and_a_worker.by_hand, "CAB", "left end"),
    (redis_and_a_worker.by_hand, 3, "A, B and C"),
    (redis_and_a_worker.by_knob, 3, "40 jobs wait"),
    (redis_and_a_worker.by_knob, 5, "Go on down"),
    (redis_and_a_worker.to_write, lambda payload: json.loads(payload)["args"][1], "last of the args"),
    (side_by_side.by_hand, (20.028, 20.015), "response time is not"),
    (side_by_side.by_hand, (0.028, 20.028), "does not wait for the response"),
    (side_by_side.by_hand, 20, "two numbers"),
    (side_by_side.by_knob, 6, "nobody else"),
    (side_by_side.by_knob, 10, "Go on down"),
    (
        side_by_side.to_write,
        lambda c: (c.async_.records.completion_time > c.sync_same_slots.records.completion_time).mean(),
        "counted the pages",
    ),
    (how_many_workers.by_hand, 6, "to the last second"),
    (how_many_workers.by_hand, 5, "arrive every second"),
    (how_many_workers.to_write, lambda load, share: workers_for(max(load, 1.0), share), "For 0.5 erlangs"),
    (one_request.to_write, lambda hops, times: sum(h.visit_time or times[h.name] for h in hops), "are in `times`"),
    (is_it_right.to_write, lambda one, other: (np.nan_to_num(one) != np.nan_to_num(other)).sum(), "differ in 2 rows"),
    (is_it_right.to_write, lambda one, other: (~np.isclose(one, other, equal_nan=True)).sum(), "differ in 1 row,"),
    (how_many_workers.by_hand, 9, "one less"),
    (how_many_workers.by_knob, 5, "The goal is less than 75 s"),
    (how_many_workers.by_knob, 6, "it was lucky"),
    (how_many_workers.by_knob, 9, "Go on down"),
    (how_many_workers.by_knob, 400, "more than enough"),
    (how_many_workers.to_write, lambda offered, share: int(offered) + 1, "and not"),
    (is_it_right.by_hand, 6, "how many wait"),
    (is_it_right.by_hand, 5, "share it"),
    (is_it_right.by_knob, 1, "never catches up"),
    (is_it_right.by_knob, 0.75, "wait 3 s"),
    (is_it_right.to_write, lambda one, other: (one != other).sum(), "NaN is not equal"),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_a_right_answer_is_right_and_says_why(check, answer):
    mark = check(answer)
    assert mark.right is True, mark
    assert repr(mark).startswith("✓ Right. ")
    assert len(mark.why) > 30


@pytest.mark.parametrize(("check", "answer", "hint"), WRONG)
def test_a_usual_mistake_is_met_with_its_own_hint(check, answer, hint):
    mark = check(answer)
    assert mark.right is False
    assert hint in mark.why


@pytest.mark.parametrize(
    "nonsense", [np.nan, np.inf, 10**400, 1e300, -1e300, "six", ["A", 1], (np.nan, np.nan), {}, lambda: 1]
)
@pytest.mark.parametrize("check", [getattr(module, name) for module in MODULES for name in ("by_hand", "by_knob")])
def test_an_answer_that_is_no_answer_is_wrong_and_nothing_breaks(check, nonsense):
    assert check(nonsense).right is False


@pytest.mark.parametrize("module", MODULES)
def test_a_number_is_no_function(module):
    assert repr(module.to_write(5)) == "✗ Not yet. The answer is a function, not 5."


def test_a_whole_number_of_numpy_is_one_too():
    assert how_many_workers.by_knob(np.int64(4)) == how_many_workers.by_knob(4)


@pytest.mark.parametrize("nonsense", [[1.0, 2.0], "two", np.array([1.0, 2.0]), ["a", "b", "c"], True, {}])
@pytest.mark.parametrize("module", MODULES)
def test_a_function_that_returns_something_else_is_wrong_and_nothing_breaks(module, nonsense):
    mark = module.to_write(lambda *_: nonsense)
    assert mark.right is False
    assert len(mark.why) > 30


@pytest.mark.parametrize("check", [getattr(module, name) for module in MODULES for name in EXERCISES])
def test_an_exercise_nobody_has_touched_is_open_and_not_wrong(check):
    assert check(...).right is None
    assert repr(check(...)).startswith("… Open. ")


@pytest.mark.parametrize("module", MODULES)
def test_a_function_that_returns_nothing_is_open_too(module):
    assert module.to_write(lambda *_: None).right is None


def test_every_exercise_has_a_right_and_a_wrong_answer_here():
    checks = {getattr(module, name) for module in MODULES for name in EXERCISES}
    assert {check for check, _ in RIGHT} == checks
    assert {check for check, _, _ in WRONG} == checks


def test_the_wrong_answers_of_the_knobs_are_about_the_presets_as_they_are():
    assert load("slides").threads == 4
    assert load("too-few-workers").workers == 2


def test_a_whole_number_may_be_written_with_a_point():
    assert synchronous.by_knob(6.0) == synchronous.by_knob(6)
    assert how_many_workers.by_hand(np.float64(7)).right is True
    assert how_many_workers.by_hand(7.5).right is False


def test_one_of_twenty_other_runs_is_said_to_be_one():
    assert "1 does not meet it" in repr(synchronous.by_knob(6))


@pytest.mark.parametrize(
    ("check", "answer", "with_so_many"),
    [
        (synchronous.by_knob, 6, "6 threads"),
        (side_by_side.by_knob, 7, "7 threads"),
        (redis_and_a_worker.by_knob, 4, "4 workers"),
        (pull_the_plug.by_knob, 20, "20 seconds"),
    ],
)
def test_what_is_found_in_one_run_is_said_to_be_of_one_run_with_so_many(check, answer, with_so_many):
    assert f"this one run: of 20 others with {with_so_many}, " in check(answer).why
    assert f"this one run: of 20 others with {with_so_many}, " in check(answer + 1).why  # one less fails elsewhere


def test_the_exercise_by_knob_of_notebook_5_takes_what_its_method_finds():
    found = sim.size(sim.load("rush-hour"), ["completion_time.p95 < 75"], over="workers", most=12)
    assert how_many_workers.by_knob(found.smallest).right


@pytest.mark.parametrize(
    "write",
    [
        lambda ledger, payment: ledger.append(payment),
        lambda ledger, payment: ledger.extend([payment]),
        lambda ledger, payment: ledger.__iadd__([payment]),
        lambda ledger, payment: ledger.insert(0, payment),
    ],
    ids=["append", "extend", "+=", "insert"],
)
def test_a_kill_comes_however_a_payment_is_written(write) -> None:
    def pay_if_not_remembered(job, ledger, memory):
        if job not in memory:
            write(ledger, (job, 10))
            memory.add(job)

    mark = pull_the_plug.to_write(pay_if_not_remembered)
    assert not mark.right
    assert "memory died with it" in mark.why


def test_as_many_pay_twice_as_the_lesson_plan_says() -> None:
    from sim.exercises.pull_the_plug import pay_all, tally

    run = sim.simulate(load("pulled-plug", "fetch=reliable"), "async")
    told = tally(run, pay_all(run, lambda job, ledger, _memory: ledger.append((job, 10))))
    assert ": 2 (830, 870) paid twice, none never." in told
    plan = (Path(__file__).parent.parent / "notebooks" / "README.md").read_text(encoding="utf-8")
    assert "Two people paid twice." in plan


def divides(*given):
    nothing = len(given) - len(given)
    return 1 / nothing


@pytest.mark.parametrize("module", MODULES)
def test_a_function_that_ends_in_an_error_hears_which_and_where_and_shows_no_traceback(module):
    mark = module.to_write(divides)
    assert mark.right is False
    line = divides.__code__.co_firstlineno + 2
    where = f"in line {line} of its cell"
    assert mark.why == f"Your function ends in an error {where}: ZeroDivisionError: division by zero."


def test_a_function_of_too_few_numbers_hears_how_many_it_is_given():
    why = try_again.to_write(lambda retry: 1).why
    assert "ends in an error: TypeError" in why
    assert "takes 1 positional argument but 2 were given" in why
    assert try_again.to_write(lambda retry, draw: 1000 * wait(retry, draw)).why.endswith("These are milliseconds.")

"""The lesson: the two cycles differ in where the slow call stands, and in nothing else."""

from sim.cycles import ARRANGEMENTS, ASYNC, CYCLES, LATER, PAGE, SYNC
from sim.path import EXTERNAL, INBOUND, LOOKUP, OUTBOUND, QUEUE


def test_a_page_walks_the_same_way_in_both_cycles() -> None:
    assert SYNC.page is ASYNC.page is PAGE
    assert PAGE.thread == INBOUND + LOOKUP + OUTBOUND
    assert PAGE.worker == ()


def test_in_the_synchronous_cycle_the_thread_makes_the_slow_call_itself() -> None:
    assert SYNC.report.thread == (*INBOUND, EXTERNAL, *OUTBOUND)
    assert SYNC.report.worker == ()


def test_in_the_asynchronous_cycle_the_queue_stands_where_the_slow_call_stood() -> None:
    swapped = tuple(QUEUE if hop is EXTERNAL else hop for hop in SYNC.report.thread)
    assert ASYNC.report.thread == swapped
    assert ASYNC.report.worker == (EXTERNAL,)


def test_the_cycles_are_found_by_name() -> None:
    assert CYCLES == {"sync": SYNC, "async": ASYNC}


def test_every_arrangement_of_the_call_and_the_lookup_is_there_once() -> None:
    found = {(cycle.report is ASYNC.report, cycle.page is LATER) for cycle in ARRANGEMENTS.values()}
    assert found == {(False, False), (True, False), (False, True), (True, True)}
    assert all(ARRANGEMENTS[name].name == name for name in ARRANGEMENTS)


def test_a_page_of_which_the_lookup_waits_in_a_worker_is_answered_without_its_data() -> None:
    assert LATER.worker == LOOKUP
    assert not set(LATER.thread) & set(LOOKUP)

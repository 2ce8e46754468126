"""Exercises of `01_imagine_for_a_moment`: how long one request holds its thread."""

from collections.abc import Callable, Iterable
from typing import Any

from ..cycles import ASYNC, SYNC
from ..path import CONSTANT_HOPS, EXTERNAL, Hop
from ..scenario import Scenario
from ..words import duration
from . import NOTHING_BACK, Mark, exercise, returns_nothing, right, same, seen, wrong
from .rules import in_ms, marked_number, near, otherwise

EXTERNAL_TIME = 12.0
GOAL = 0.060
TIMES = {hop.name: hop.visit_time or 0.0 for hop in CONSTANT_HOPS} | {EXTERNAL.name: EXTERNAL_TIME}


def _sum(hops: Iterable[Hop], times: dict[str, float] = TIMES) -> float:
    return sum(times[hop.name] for hop in hops)


HELD = _sum(SYNC.report.thread)
AT_THE_DATABASE = _sum(SYNC.page.thread) - _sum(ASYNC.report.thread) + TIMES["queue"]
BY_HAND = (
    near(
        HELD,
        0.0005,
        f"{EXTERNAL_TIME:g} s in the external call and {HELD - EXTERNAL_TIME:.3f} s in our own hops.",
        right=True,
    ),
    in_ms(HELD),
    near(HELD, 0.005, "Nearly: to the millisecond, please, so with three digits behind the point."),
    near(EXTERNAL_TIME, 0.0005, "That is the external call alone. The thread walks our own hops too, in and out."),
    near(HELD - EXTERNAL_TIME, 0.0005, "These are our own hops. The thread is held during the external call, too."),
    near(
        _sum(set(SYNC.report.thread)),
        0.0005,
        "You counted each hop once. The response passes controller, middleware and server again.",
    ),
    near(
        HELD + AT_THE_DATABASE,
        0.0005,
        "You sent it to the database as well. In this story a report does not ask the database.",
    ),
    otherwise("Write down the hops of SYNC.report.thread in order, each with its time, and add them up."),
)


@exercise
def by_hand(seconds: Any) -> Mark:
    """Seconds for which a SYNC report with an external call of 12 s holds its thread."""
    return marked_number(seconds, BY_HAND)


@exercise
def by_knob(scenario: Any) -> Mark:
    """A scenario in which one hop's time is changed, and a page takes less than 60 ms."""
    if not isinstance(scenario, Scenario):
        return wrong("The answer is a scenario, such as scenario.replace(routes_time=0.0005).")
    default = Scenario()
    changed = [hop for hop in CONSTANT_HOPS if getattr(scenario, hop.field) != getattr(default, hop.field)]
    takes = _sum(SYNC.page.thread, scenario.hop_times)
    if len(changed) != 1:
        return wrong(f"Change one hop's time; you changed {len(changed)}.")
    if takes >= GOAL:
        most = _sum(SYNC.page.thread, scenario.hop_times | {changed[0].name: 0.0})
        hint = "" if most < GOAL else f" With no time at all there, it would be {duration(most)}: try another hop."
        return wrong(f"A page now takes {duration(takes)}.{hint}")
    return right(
        f"A page now takes {duration(takes)}. Only {changed[0].label} can do it: making a small part faster,"
        " however much, makes the whole hardly faster."
    )


@exercise
def to_write(hold_time: Callable[[tuple[Hop, ...], dict[str, float]], Any]) -> Mark:
    """A function of hops and of the seconds of one visit by hop name, that returns the seconds they take together."""
    journeys = {
        "a page": SYNC.page.thread,
        "a report in SYNC": SYNC.report.thread,
        "a report in ASYNC": ASYNC.report.thread,
        "a worker": ASYNC.report.worker,
    }
    other_times = {name: 0.5 + 2 * seconds for name, seconds in TIMES.items()}  # not what the hops say themselves
    for whose, hops in journeys.items():
        found, expected = hold_time(hops, dict(other_times)), _sum(hops, other_times)
        if returns_nothing(found):
            return NOTHING_BACK
        if not same(found, expected):
            once = same(found, _sum(set(hops), other_times))
            own = same(found, sum(hop.visit_time or other_times[hop.name] for hop in hops))
            hint = " You count a hop once that is visited twice." if once else ""
            hint = " The seconds of a visit are in `times`." if own else hint
            return wrong(f"For {whose} it gives {seen(found)} and not {expected:g}.{hint}")
    return right("Pages, reports and the worker. The cycles are data: a program that walks them needs no more.")

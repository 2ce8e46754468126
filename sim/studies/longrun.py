"""What theory says of a scenario in the long run, where a formula applies to it: to be drawn beside a sweep."""

from math import inf, nan

from .. import theory
from ..cycles import CYCLES, Journey
from ..distributions import Exponential
from ..path import EXTERNAL
from ..scenario import Scenario

NEGLIGIBLE = 1e-3  # the part of a service time that may be constant where a formula wants it exponential


def expected(scenario: Scenario, cycle: str, statistic: str) -> float:
    """The statistic's value in the long run; NaN where no formula applies or the queue only grows.

    The formulas are about clients who do not give up: they need `on_timeout = "finish_all"`, and know the rules R1 to
    R10 only. Raises ValueError for an arrival rate in steps, which has no long run.
    """
    if not isinstance(scenario.arrival_rate, float):
        raise ValueError("theory: arrival_rate is a list of steps, which has no long run; allowed: one number")
    if scenario.patience < inf or scenario.beyond:
        return nan
    mean, variance = service(scenario, cycle)
    rate, threads = scenario.arrival_rate, scenario.threads
    if statistic == "thread_utilisation":
        return _busy(rate * mean, threads)
    if rate * mean >= threads:
        return nan
    if statistic == "worker_utilisation":
        return (
            _busy(_report_rate(scenario) * scenario.external_time.mean, scenario.workers) if cycle == "async" else nan
        )
    exponential = _is_exponential(scenario, cycle)
    if statistic == "waiting_time.mean" and threads == 1:
        return theory.mg1_waiting_time(rate, mean, variance)
    if statistic == "waiting_time.mean" and exponential:
        return theory.mmc_waiting_time(rate, mean, threads)
    if statistic == "response_time.mean" and exponential and threads == 1:
        return theory.mm1_response_up_to(rate, mean, scenario.timeout)
    if statistic == "timeout_fraction" and exponential and threads == 1:
        return theory.mm1_response_exceeds(rate, mean, scenario.timeout)
    return nan


def service(scenario: Scenario, cycle: str) -> tuple[float, float]:
    """Mean (s) and variance (s²) of the time for which a request holds its thread in this cycle."""
    page = constant_time(scenario, CYCLES[cycle].page)
    report = constant_time(scenario, CYCLES[cycle].report)
    variance = 0.0
    if EXTERNAL in CYCLES[cycle].report.thread:
        report += scenario.external_time.mean
        variance = scenario.external_time.variance
    share = scenario.report_fraction
    mean = share * report + (1 - share) * page
    return mean, share * variance + share * (1 - share) * (report - page) ** 2


def constant_time(scenario: Scenario, journey: Journey) -> float:
    """The time that a thread spends on a journey apart from the slow call, s."""
    return sum(scenario.hop_times[hop.name] for hop in journey.thread if hop is not EXTERNAL)


def _is_exponential(scenario: Scenario, cycle: str) -> bool:
    """Whether the time on a thread is exponential, but for a negligible constant."""
    slow, report = scenario.external_time, CYCLES[cycle].report
    on_thread = scenario.report_fraction == 1 and EXTERNAL in report.thread and isinstance(slow, Exponential)
    return on_thread and constant_time(scenario, report) <= NEGLIGIBLE * slow.mean


def _report_rate(scenario: Scenario) -> float:
    assert isinstance(scenario.arrival_rate, float)
    return scenario.arrival_rate * scenario.report_fraction


def _busy(load: float, slots: int) -> float:
    return load / slots if load < slots else nan

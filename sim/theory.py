"""Queueing theory: formulas for simple systems in the long run, to hold a simulation against.

Pure functions of numbers: rates per second, times in seconds, loads in erlangs (requests being served on average).
M/M/c: Poisson arrivals, exponential service, c servers; M/G/1: any service time, one server. Nobody gives up waiting.
"""

from math import exp, expm1, inf, isfinite


def offered_load(arrival_rate: float, service_time: float) -> float:
    """How many requests would be in service on average if nobody had to wait, in erlangs (Little's law)."""
    return littles_law(arrival_rate, service_time)


def littles_law(arrival_rate: float, time: float) -> float:
    """How many are inside on average when they arrive at this rate and stay so long.

    J. D. C. Little, "A proof for the queuing formula L = λW", Operations Research 9 (1961).
    """
    _at_least_0(arrival_rate=arrival_rate, time=time)
    return arrival_rate * time


def erlang_b(servers: int, load: float) -> float:
    """The probability that a request is turned away where nobody may wait, with this offered load (erlangs).

    Erlang (1917), for M/G/c/c: the distribution of the service time does not matter, only its mean (insensitivity:
    B. A. Sevastyanov, "An ergodic theorem for Markov processes and its application to telephone systems with
    refusals", 1957).
    """
    _at_least_0(load=load)
    _servers(servers)
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = load * blocked / (server + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """The probability that a request has to wait, in M/M/c with this offered load (erlangs, below `servers`).

    A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone
    exchanges" (1917); by the recursion for Erlang's B formula, which no factorial can overflow.
    """
    _stable(servers, load)
    blocked = erlang_b(servers, load)
    return servers * blocked / (servers - load * (1 - blocked))


def mmc_waiting_time(arrival_rate: float, service_time: float, servers: int) -> float:
    """The mean waiting time in M/M/c, s (Erlang 1917)."""
    load = offered_load(arrival_rate, service_time)
    return erlang_c(servers, load) * service_time / (servers - load)


def mmc_response_time(arrival_rate: float, service_time: float, servers: int) -> float:
    """The mean response time in M/M/c, s: waiting and service."""
    return mmc_waiting_time(arrival_rate, service_time, servers) + service_time


def mmc_waiting_exceeds(arrival_rate: float, service_time: float, servers: int, seconds: float) -> float:
    """The probability of waiting for more than so many seconds in M/M/c, first come, first served.

    Who waits at all waits exponentially: D. Gross & C. M. Harris, "Fundamentals of Queueing Theory", section 2.3.
    """
    _at_least_0(seconds=seconds)
    load = offered_load(arrival_rate, service_time)
    waits = erlang_c(servers, load)
    return waits * exp(-(servers - load) * seconds / service_time) if service_time else 0.0


def mmck_rejected(servers: int, load: float, places: int) -> float:
    """The share of requests that M/M/c/K turns away: c servers, `places` to wait, so K = c + places; load in erlangs.

    Each place is taken load / servers as often as the one before: Gross & Harris, "Fundamentals of Queueing Theory",
    section 2.4.
    """
    blocked = erlang_b(servers, load)
    _at_least_0(places=places)
    for _ in range(places):  # the same recursion goes on, with all servers busy
        blocked = load * blocked / (servers + load * blocked)
    return blocked


def mmck_waiting_time(arrival_rate: float, service_time: float, servers: int, places: int) -> float:
    """The mean waiting time in M/M/c/K of those who are not turned away, s (Little's law on the places)."""
    load = offered_load(arrival_rate, service_time)
    if not load:
        return 0.0
    rejected, ratio = mmck_rejected(servers, load, places), load / servers
    waiting = sum(number * rejected / ratio ** (places - number) for number in range(places + 1))
    return waiting / (arrival_rate * (1 - rejected))


def runs_per_job(failure_fraction: float, retries: int) -> float:
    """How often a job is run on average when each run fails with this probability and is tried again so often.

    The geometric series 1 + p + … + p^k = (1 − p^(k+1)) / (1 − p).
    """
    if not 0 <= failure_fraction <= 1:
        raise ValueError(f"failure_fraction = {failure_fraction!r}; allowed: a number from 0 to 1")
    return float(sum(failure_fraction**run for run in range(retries + 1)))


def mm1_response_exceeds(arrival_rate: float, service_time: float, seconds: float) -> float:
    """The probability of a response time above so many seconds in M/M/1, first come, first served.

    Response times are exponential with rate μ − λ: Gross & Harris, section 2.2.
    """
    _at_least_0(seconds=seconds)
    load = offered_load(arrival_rate, service_time)
    _stable(1, load)
    return exp(-(1 - load) * seconds / service_time) if service_time else 0.0


def mm1_response_up_to(arrival_rate: float, service_time: float, timeout: float) -> float:
    """The mean in M/M/1 of response times that are cut off at `timeout` seconds."""
    _at_least_0(timeout=timeout)
    load = offered_load(arrival_rate, service_time)
    _stable(1, load)
    mean = service_time / (1 - load)
    return -mean * expm1(-timeout / mean) if mean else 0.0


def mg1_waiting_time(arrival_rate: float, service_time: float, service_variance: float) -> float:
    """The mean waiting time in M/G/1, s; the variance of the service time is in s².

    F. Pollaczek, "Über eine Aufgabe der Wahrscheinlichkeitstheorie" (1930); A. Y. Khinchine (1932).
    """
    _at_least_0(service_variance=service_variance)
    load = offered_load(arrival_rate, service_time)
    _stable(1, load)
    return arrival_rate * (service_variance + service_time**2) / (2 * (1 - load))


def mg1_response_time(arrival_rate: float, service_time: float, service_variance: float) -> float:
    """The mean response time in M/G/1, s: waiting and service."""
    return mg1_waiting_time(arrival_rate, service_time, service_variance) + service_time


def _at_least_0(**numbers: float) -> None:
    for name, number in numbers.items():
        if not 0 <= number < inf:
            raise ValueError(f"{name} = {number!r}; allowed: a finite number from 0")


def _servers(servers: int) -> None:
    if isinstance(servers, bool) or not isinstance(servers, int) or servers < 1:
        raise ValueError(f"servers = {servers!r}; allowed: a whole number from 1")


def _stable(servers: int, load: float) -> None:
    _servers(servers)
    if not (isfinite(load) and load >= 0):
        raise ValueError(f"load = {load!r}; allowed: a finite number of erlangs from 0")
    if load >= servers:
        raise ValueError(f"load = {load:g} erlangs on {servers}; allowed: less than that, or the queue only grows")

"""What a scenario may say of things that go wrong, and what it may not: the fields of the rules R11 to R19."""

import json

import pytest

from sim import load
from sim.mishaps import pools_of
from sim.scenario import Scenario, validated

ON = [
    "backlog_limit=20",
    "client_retries=3",
    'client_retry_delay={kind="exponential", first=1, most=30, jitter=1}',
    "service_timeout=15",
    "cores=1",
    'result="polling"',
    "poll_every=1",
    'outages=[[60, "2min"], [100, 200]]',
    "failure_fraction=0.1",
    "failure_time=1",
    "job_retries=25",
    "retry_poll_time=5",
    'worker_stops=[[100, "term"], [200, "kill"]]',
    'fetch="reliable"',
    'queues=[{name="mail", share=0.9, external_time=1, weight=5}, {name="reports", share=0.1, weight=1}]',
]


def test_a_scenario_with_every_rule_on_survives_its_toml_and_its_json(tmp_path) -> None:
    scenario = load("quiet", ON)
    file = tmp_path / "lab.toml"
    file.write_text(scenario.to_toml(), encoding="utf-8")
    assert load(str(file)) == scenario
    assert validated(json.loads(json.dumps(scenario.model_dump(mode="json"))), "json") == scenario


def test_rules_that_are_off_are_not_in_the_file() -> None:
    plain = load("quiet")
    assert plain.beyond == []
    assert "retries" not in plain.to_toml()


def test_a_scenario_names_the_rules_that_it_asks_for_but_not_how_they_do_it() -> None:
    assert load("quiet", ["backlog_limit=0"]).beyond == ["backlog_limit"]
    assert load("quiet", ["client_retry_delay=2", "poll_every=1", "fetch=reliable"]).beyond == []


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("backlog_limit=-1", "backlog_limit = -1; allowed: a whole number from 0 to"),
        ("backlog_limit=1.5", "backlog_limit = 1.5; allowed: a whole number"),
        ("client_retries=1000", "client_retries = 1000; allowed: a whole number from 0 to 100"),
        ("service_timeout=0", "service_timeout = 0; allowed: seconds above 0"),
        ("cores=0", "cores = 0; allowed: a whole number from 1"),
        ("result=mail", 'result = \'mail\'; allowed: "nothing", "polling" or "push"'),
        ("poll_every=0", "poll_every = 0; allowed: seconds above 0"),
        ("poll_time=0", "poll_time = 0; allowed: seconds above 0"),
        ("client_retry_delay={kind='linear'}", "allowed: a number of seconds, or {kind, ...} with kind = constant"),
        ("client_retry_delay={kind='constant', seconds=1, jiter=0}", "jiter is not a field (did you mean jitter?)"),
        ("outages=[[120, 60]]", "allowed: [[from_at, until_at], ...], from_at < until_at"),
        ("outages=[[60, 60]]", "from_at < until_at"),
        ("outages=[[0, nan]]", "outages"),
        ("worker_stops=[[60, 'hup']]", 'allowed: [[at, "term" or "kill"], ...], at growing'),
        ("worker_stops=[[60, 'term'], [60, 'kill']]", "at growing"),
        ("worker_stops=[[60, 'term'], [90, 'kill']]", "60 and 90; allowed: shutdown_time + restart_time = 35 s apart"),
        ("failure_fraction=1.5", "failure_fraction = 1.5; allowed: a number from 0 to 1"),
        ("queues=[{name='a', share=0.5}, {name='b', share=0.6}]", "allowed: a share of every queue, 1 together"),
        ("queues=[{name='a'}, {name='a'}]", "allowed: a name of its own for every queue"),
        ("queues=[{name='a b'}]", "queues: queues.0.name = 'a b'; allowed: 1 to 64 letters, digits, . _ -"),
        ("queues=[1]", "queues.0 = 1; allowed: a table"),
        ("queues=[{name='a'}, {name='a'}]", "--set queues: name = 'a' twice"),
        ("outages=[['soon', 9]]", "outages = [['soon', 9]]; allowed: [[from_at, until_at]"),
        ("worker_stops=[['9 hours', 'term']]", "worker_stops = [['9 hours', 'term']]; allowed: [[at,"),
        ("arrival_rate=[['now', 9]]", "arrival_rate = [['now', 9]]; allowed: a number"),
        ("queues=[{name='a', weight=2}, {name='b'}]", "of all queues without workers of their own, or of none"),
        ("queues=[{name='a', weight=2, workers=1}]", "allowed: one of the two"),
    ],
)
def test_what_a_mishap_may_not_be_is_told_in_a_line(override: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=r"--set") as error:
        load("quiet", override)
    assert complaint in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        (["job_retries=1000"], "job_retries = 1000: after 1.995e+14 s of delays; allowed: less than 2^32 s together"),
        (["job_retries=25", "retry_poll_time=0.000001"], "looks; allowed: 0, or at most 2,000,000 looks"),
        (["job_retries=1", "retry_poll_time=0.00021"], "s of delays) / 0.000209808 s = 2,974,143 looks"),
    ],
)
def test_retries_that_nobody_could_wait_for_are_refused_with_the_arithmetic(fields: list[str], complaint: str) -> None:
    with pytest.raises(ValueError, match=r"--set|scenario") as error:
        load("quiet", ["failure_fraction=1", *fields])
    assert complaint in str(error.value)
    assert len(str(error.value).splitlines()) == 1
    load("quiet", fields)  # where no call fails, nobody waits


def test_outages_may_overlap_and_stops_may_follow_as_soon_as_the_application_is_back() -> None:
    assert load("quiet", ["outages=[[0, 10], [5, 20]]"]).outages == ((0, 10), (5, 20))
    assert len(load("quiet", ["worker_stops=[[60, 'term'], [95, 'kill']]"]).worker_stops) == 2


def test_a_part_of_a_delay_can_be_set_alone() -> None:
    assert load("quiet", "client_retry_delay.first=4").client_retry_delay.first == 4


def test_queues_without_workers_of_their_own_share_the_scenarios_workers() -> None:
    assert [(pool.queues, pool.first, pool.workers) for pool in pools_of((), 5)] == [((0,), 0, 5)]
    queues = load("quiet", "queues=[{name='a'}, {name='b', workers=2}, {name='c'}]").queues
    assert [(pool.queues, pool.first, pool.workers) for pool in pools_of(queues, 5)] == [((0, 2), 0, 5), ((1,), 5, 2)]
    alone = load("quiet", "queues=[{name='a', workers=3}]").queues
    assert [(pool.queues, pool.first, pool.workers) for pool in pools_of(alone, 5)] == [((0,), 0, 3)]


def test_scenarios_with_mishaps_can_be_told_apart_and_kept_in_a_set() -> None:
    assert len({Scenario(), Scenario(backlog_limit=1), Scenario(outages=((1, 2),))}) == 3

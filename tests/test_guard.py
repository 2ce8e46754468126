"""One guard: what knows the rules R1 to R10 only refuses a scenario that asks for more, or says nothing of it."""

import math

import pytest
from page_model import PageModel

from sim import exact, failures
from sim.cycles import SYNC
from sim.experiments import Comparison, compare, quickest_engine, simulate
from sim.lesson import sentences
from sim.player import data, trouble
from sim.presets import PRESETS, load
from sim.scenario import Scenario, _asking
from sim.studies import sizing
from sim.studies.longrun import expected
from sim.workload import draw


class Invented(Scenario):
    """A scenario with a rule that nobody knows."""

    mood: str | None = None


PLAIN = Invented(on_timeout="finish_all", report_fraction=0.0)
MOODY = PLAIN.model_copy(update={"mood": "bad"})


def test_a_scenario_names_the_fields_that_ask_for_more() -> None:
    assert Scenario().beyond == Invented().beyond == []
    assert [load(name).beyond for name in PRESETS] == [[]] * len(PRESETS)
    assert MOODY.beyond == ["mood"]
    with pytest.raises(ValueError, match=r"^mood = 'bad': not with a poet; allowed: a psychologist$"):
        MOODY.refuse_beyond("a poet", "a psychologist")


def test_the_exact_engine_refuses_what_it_does_not_know_and_others_choose_the_story() -> None:
    workload = draw(PLAIN)
    assert len(exact.serve(workload, SYNC, PLAIN)) == len(workload)
    with pytest.raises(ValueError, match=r'mood = .bad.: not with the engine "exact"; allowed: "simpy"'):
        exact.serve(workload, SYNC, MOODY)
    assert (quickest_engine(PLAIN), quickest_engine(MOODY)) == ("exact", "simpy")


def test_the_engine_of_what_goes_wrong_refuses_a_rule_that_it_does_not_have() -> None:
    with pytest.raises(ValueError, match=r"^mood = 'bad': not with any engine; allowed: R1 to R19$"):
        simulate(MOODY)


def test_the_engine_and_the_page_know_every_rule_and_the_page_asks_for_the_same_as_the_scenario() -> None:
    asks = {name: Scenario().model_dump(mode="json")[name] for name in failures.KNOWS}
    assert failures.KNOWS == trouble.KNOWS == set(_asking(Scenario))
    with PageModel() as page:
        assert page.ask("rules") == asks


def test_the_page_refuses_what_its_model_does_not_know() -> None:
    assert data.explorer_data(Scenario())["presets"]
    with pytest.raises(ValueError, match=r"^mood = 'bad': not with the explorer"):
        data.explorer_data(MOODY)


def test_theory_says_nothing_of_a_rule_that_its_formulas_do_not_have() -> None:
    assert expected(PLAIN, "sync", "thread_utilisation") > 0
    assert math.isnan(expected(MOODY, "sync", "thread_utilisation"))
    assert math.isnan(expected(PLAIN.model_copy(update={"on_timeout": "kill"}), "sync", "thread_utilisation"))


def test_no_sentence_explains_numbers_by_rules_that_were_not_all() -> None:
    compared = compare("slides", engine="exact")
    assert sentences(compared)
    moody = Comparison(Invented(mood="bad"), compared.workload, compared.cycles)
    assert sentences(moody) == []


def test_sizing_claims_no_end_and_no_reason_where_it_knows_neither() -> None:
    long_calls = {"report_fraction": 1.0, "external_time": load("slides").external_time, "timeout": 15.0}
    assert sizing.hopeless_share(PLAIN.model_copy(update=long_calls), "sync") > 0
    assert sizing.hopeless_share(MOODY.model_copy(update=long_calls), "sync") == 0
    with pytest.raises(
        ValueError, match=r"^goal .*: with mood no number is known to end the search; allowed: with --most"
    ):
        sizing.size(MOODY, "timeout_fraction < 0.01")


@pytest.mark.parametrize(
    ("on_timeout", "patience", "limit"),
    [("finish_started", 30.0, math.inf), ("finish_all", math.inf, math.inf), ("kill", 30.0, 30.0)],
)
def test_who_gives_up_and_who_is_cut_off_is_said_once(on_timeout: str, patience: float, limit: float) -> None:
    scenario = load("slides", [f"on_timeout={on_timeout}"])
    assert (scenario.patience, scenario.limit) == (patience, limit)

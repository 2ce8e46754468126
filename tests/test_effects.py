"""What is given and changes nothing is said: one line on stderr, from the rules themselves."""

from pathlib import Path

import pytest

from sim.cli import main
from sim.effects import RULES, without_effect
from sim.presets import load
from sim.scenario import DETAILS

ON = {  # what turns the rule of a field on
    "client_retry_delay": ["client_retries=1"],
    "poll_every": ["result=polling"],
    "poll_for": ["result=polling"],
    "failure_time": ["failure_fraction=0.1"],
    "job_retries": ["outages=[[1, 2]]"],
    "job_retry_delay": ["failure_fraction=0.1", "job_retries=2"],
    "retry_poll_time": ["failure_fraction=0.1", "job_retries=2"],
    "shutdown_time": ['worker_stops=[[9, "term"]]'],
    "restart_time": ['worker_stops=[[9, "kill"]]'],
    "fetch": ['worker_stops=[[9, "kill"]]'],
    "recovery_time": ['worker_stops=[[9, "kill"]]', "fetch=reliable"],
}


def test_every_field_that_says_only_how_is_told_of() -> None:
    assert set(RULES) >= set(DETAILS)


@pytest.mark.parametrize("field", ON)
def test_a_field_without_its_rule_is_said_to_have_no_effect_and_with_it_nothing_is_said(field: str) -> None:
    (told,) = without_effect(load("quiet"), [field])
    assert told.startswith(f"{field} has no effect here: ")
    assert without_effect(load("quiet", ON[field]), [field]) == []


@pytest.mark.parametrize(
    ("fields", "field", "why"),
    [
        (["result=polling", "report_fraction=0"], "result", "report_fraction = 0, so nobody wants a report"),
        (["outages=[[0, 9]]", "report_fraction=0"], "outages", "report_fraction = 0"),
        (["worker_stops=[[9, 'kill']]", "report_fraction=0"], "worker_stops", "report_fraction = 0"),
        (["result=polling", "poll_every=600"], "poll_every", "poll_every is not below poll_for, so nobody asks"),
        (["result=polling", "poll_time=1"], "poll_time", "only beside a workload file"),
        (["queues=[{name='a', share=1, workers=2}]"], "workers", "every queue has workers of its own"),
    ],
)
def test_a_field_for_which_nobody_is_there_is_said_to_have_no_effect(fields: list[str], field: str, why: str) -> None:
    (told,) = without_effect(load("quiet", fields), [field])
    assert told.startswith(f"{field} has no effect here: {why}")


def test_beside_a_workload_file_the_file_says_who_wants_a_report() -> None:
    scenario = load("quiet", ["result=polling", "report_fraction=0"])
    assert without_effect(scenario, ["result", "poll_time"], from_file=True) == []


def test_the_line_names_what_was_given_on_the_command_line_or_in_a_file_and_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--set", "job_retries=3", "--set", "client_retry_delay=2", "--set", "duration=5"]
    assert main(["compare", "quiet", "--quiet", *given]) == 0
    assert capsys.readouterr().err == (
        "note: job_retries has no effect here: failure_fraction = 0 and there are no outages, so no call fails; "
        "client_retry_delay has no effect here: client_retries = 0, so no client tries again\n"
    )
    file = tmp_path / "own.toml"
    file.write_text("duration = 5\nfetch = 'reliable'\n")
    assert main(["workload", str(file)]) == 0
    assert capsys.readouterr().err == 'note: fetch has no effect here: worker_stops has no "kill"\n'
    assert main(["compare", "poisoned", "--quiet", "--set", "failure_fraction=0", "--set", "duration=5"]) == 0
    assert capsys.readouterr().err == ""  # the preset's own fields were not given by anybody

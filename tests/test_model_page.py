"""docs/model.md names every rule, field, column, figure and event that there is, and no other."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from sim.experiments import compare
from sim.records import CSV_COLUMNS
from sim.scenario import Scenario
from sim.stats import Spread, Summary
from sim.story import EVENTS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
RULES = re.findall(r"^\*\*(R\d+) ", PAGE, re.MULTILINE)


def section(title: str) -> str:
    """The part of the page under a heading."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def named(title: str) -> set[str]:
    """What the first column of a section's table names."""
    rows = re.findall(r"^\|([^|]*)\|", section(title), re.MULTILINE)  # the values of a field stand in other columns
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize(
    ("title", "there_are"),
    [
        ("The scenario's fields", set(Scenario.model_fields)),
        ("The columns of the records", set(CSV_COLUMNS)),
        ("The events of the trace", set(EVENTS)),
        ("The figures", {field.name for field in fields(Summary)}),
    ],
)
def test_the_page_names_every_field_every_column_and_every_figure(title: str, there_are: set[str]) -> None:
    assert named(title) == there_are


def test_the_page_says_what_a_spread_is_made_of() -> None:
    for field in fields(Spread):
        assert f"`{field.name}`" in section("The figures")


def test_every_key_of_the_json_is_a_figure_of_the_page() -> None:
    cycles = json.loads(json.dumps(compare("quiet").async_.summary.to_json()))
    assert set(cycles) == named("The figures")


def test_every_rule_has_its_reason() -> None:
    assert len(RULES) == 19
    assert all(rule == f"R{number}" for number, rule in enumerate(RULES, 1))
    parts = re.split(r"^\*\*R\d+ ", PAGE, flags=re.MULTILINE)[1:]
    assert all("*Why:*" in part for part in parts)


def test_every_rule_that_the_code_names_is_on_the_page() -> None:
    files = [file for kind in ("*.py", "*.js") for file in (ROOT / "sim").rglob(kind)]
    cited = {rule for file in files for rule in re.findall(r"\b(R\d+)\b", file.read_text(encoding="utf-8"))}
    assert cited
    assert cited <= set(RULES)


def test_the_readme_links_to_the_page_and_the_page_to_what_is_there() -> None:
    assert "](docs/model.md" in (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (11, ["H11", "HAProxy", "drops SYNs"]),
        (13, ["rack-timeout", "15 s"]),
        (14, ["quantum is 100 ms", "processes"]),
        (17, ["25 retries", "10,000 dead jobs, for 180 days", "all are kept"]),
        (18, ["BRPOP", "25 s", "heartbeat", "60 s"]),
        (19, ["capsules", "shuffles"]),
    ],
)
def test_a_rule_of_what_goes_wrong_says_whose_it_is_and_where_it_ends(rule: int, words: list[str]) -> None:
    text = " ".join(re.split(r"^\*\*R\d+ ", PAGE, flags=re.MULTILINE)[rule].split())
    assert [word for word in words if word not in text] == []

"""Scenarios by name: the presets, TOML files, and `FIELD=VALUE` overrides of either."""

import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any

from pydantic import BaseModel

from .complaints import did_you_mean, printable, read_text, shown
from .scenario import Scenario, validated

LARGEST_FILE = 1_000_000  # bytes; a scenario is a page of text
DEEPEST_KEY = 100  # tomllib's memory grows with the square of the dots in a key
NUMBER_OF_A_LIST = re.compile(r"[0-9]\.[0-9]+(?:[eE][-+]?[0-9]+)?\s*[,\]]")

# the order in which a lesson meets them; what else lies in the folder follows
LESSON = ("slides", "quiet", "rush-hour", "just-over-thirty", "too-few-workers", "more-threads")
MISHAPS = (  # where more goes wrong: at the door, then in the worker's life
    *("retry-storm", "polite-clients", "short-line", "impatient-server", "busy-core", "asking-again"),
    *("outage", "poisoned", "pulled-plug", "deploys", "one-line"),
)
FOUND = {file.name.removesuffix(".toml") for file in (resources.files(__package__) / "presets").iterdir()}
OTHERS = tuple(sorted(FOUND.difference(LESSON, MISHAPS)))
ALL = LESSON + MISHAPS + OTHERS


def preset(name: str) -> Scenario:
    """The preset of that name; raises ValueError with the names there are."""
    return load(name) if name in ALL else _unknown_preset(name)


def _unknown_preset(name: str) -> Any:
    hint = did_you_mean(name, ALL)
    raise ValueError(f"scenario {shown(name)}: neither a preset nor a file{hint}; presets: {', '.join(ALL)}")


def load(name_or_path: str = "slides", overrides: Sequence[str] | str = ()) -> Scenario:
    """The preset or TOML file of that name, with overrides "FIELD=VALUE" applied.

    VALUE is written as in TOML, or a bare text ("30s"). A dot reaches into a distribution ("external_time.mean=20").
    Raises ValueError, all mistakes at once, a line each: file or flag, field, value, what is allowed.
    """
    if name_or_path in ALL:
        text = (resources.files(__package__) / "presets" / f"{name_or_path}.toml").read_text(encoding="utf-8")
    else:
        text = _read(name_or_path)
    fields = _parsed(text, printable(name_or_path))
    origin = dict.fromkeys(fields, name_or_path)
    for override in [overrides] if isinstance(overrides, str) else overrides:
        field, value = _override(override)
        _put(fields, field, value)
        origin[field.partition(".")[0]] = f"--set {field}"
    return validated(fields, name_or_path, origin)


def scenario_of(scenario: Scenario | str) -> Scenario:
    """The scenario itself, or the preset or TOML file of that name; raises ValueError for anything else."""
    if not isinstance(scenario, Scenario | str):
        raise ValueError(f"scenario = {shown(scenario)}; allowed: a preset's name, a TOML file's, or a Scenario")
    return load(scenario) if isinstance(scenario, str) else scenario


def _read(name: str) -> str:
    if "/" not in name and not name.endswith(".toml") and not os.path.exists(name):
        _unknown_preset(name)
    return read_text(name, "TOML", LARGEST_FILE)


def _parsed(text: str, where: str) -> dict[str, Any]:
    if any(NUMBER_OF_A_LIST.sub("", line).count(".") > DEEPEST_KEY for line in text.split("\n")):
        raise ValueError(f"{where}: a line with more than {DEEPEST_KEY} dots; allowed: a scenario")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib hands on int's own ValueError for thousands of digits
        raise ValueError(f"{where}: not TOML: {str(error)[:200]}") from None


def _override(override: str) -> tuple[str, Any]:
    field, equals, text = override.partition("=")
    field = printable(field.strip())[:200]  # no field's name is changed by this
    if not equals or not field:
        raise ValueError(f"--set {shown(override)}: allowed: FIELD=VALUE, such as threads=8")
    try:
        return field, tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return field, text.strip()


def _put(fields: dict[str, Any], field: str, value: Any) -> None:
    *tables, last = field.split(".")
    if len(tables) == 1 and isinstance(default := getattr(Scenario(), tables[0], None), BaseModel):
        fields.setdefault(tables[0], default.model_dump())
    for table in tables:
        inner = fields.setdefault(table, {})
        if not isinstance(inner, dict):
            raise ValueError(f"--set {field}: {shown(table)} has no parts; allowed: FIELD=VALUE")
        fields = inner
    fields[last] = value


def summaries(names: Sequence[str] | None = None) -> Iterator[tuple[str, Scenario]]:
    """Presets with their names, in the order in which a lesson meets them: the story's, or `LAB`, or `ALL`."""
    return ((name, load(name)) for name in (PRESETS if names is None else names))


@cache
def _presets() -> dict[str, Scenario]:
    return {preset.title: preset for _, preset in summaries(ALL)}


def is_told_by_a_preset(scenario: Scenario) -> bool:
    """Whether title and words are a preset's, changed or not, and not somebody's own."""
    return scenario.title in _presets()


def is_changed_preset(scenario: Scenario) -> bool:
    """Whether a field of a preset was changed, so that its words need not be true any more."""
    return is_told_by_a_preset(scenario) and scenario != _presets()[scenario.title]


LAB = MISHAPS + tuple(name for name in OTHERS if load(name).beyond)
PRESETS = tuple(name for name in ALL if name not in LAB)

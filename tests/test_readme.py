"""What the README says works, works: its commands, its Python, its links."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from sim.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TRIED = re.findall(r"`python -m sim ([^`]+)`", README.split("## What to try next")[1].split("## In a notebook")[0])


@pytest.mark.parametrize("command", TRIED)
def test_every_command_to_try_next_works(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(command)) == 0
    out = re.search(r"--(?:out|plot) (\S+)", command)
    assert out is None or (tmp_path / out[1]).stat().st_size > 10_000
    assert capsys.readouterr().out or out


def test_the_python_in_the_readme_gives_the_numbers_beside_it():
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
    names: dict = {}
    for line in code.splitlines():
        source, _, said = line.partition("#")
        if said.strip().isdigit():
            assert eval(source, names) == int(said)
        elif "explore" not in source:
            exec(source, names)


def test_every_file_the_readme_links_to_is_there():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readme_names_every_command(capsys):
    assert main(["--help"]) == 0
    commands = re.findall(r"^    ([a-z]+)", capsys.readouterr().out, re.MULTILINE)
    assert len(commands) > 5
    assert [command for command in commands if not re.search(rf"python -m sim .*\b{command}\b", README)] == []


def test_the_set_up_lines_are_one_line_each_for_this_python():
    assert sys.version_info >= (3, 11)
    lines = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    assert len(lines) >= 3
    assert len(re.findall(r"^python -m venv .*$", README, re.MULTILINE)) == 2


def test_before_a_commit_runs_what_ci_lints_and_the_workflow_calls_the_same_script():
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    linted = re.findall(r"^ *(\.venv/bin/(?:ruff [a-z]+|mypy)|npm run --silent lint)", ci, re.MULTILINE)
    entries = re.findall(r"entry: (.*)", (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert sorted(entries) == sorted(linted)
    assert "bash .ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")


def test_every_path_that_contributing_names_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = re.findall(r"`((?:sim|tests|slides|notebooks|\.ci|\.github)\b[\w./]*)`", text)
    assert len(paths) > 15
    assert [path for path in paths if not (ROOT / path).exists()] == []

"""The page's JavaScript as files: small modules that say what they are, and tools from no place in particular."""

import json
import re
from pathlib import Path

import pytest

from sim.player.assets import code, modules, script, source

ROOT = Path(__file__).parent.parent
PLAYER = ROOT / "sim" / "player"
FILES = sorted(PLAYER.glob("*.js"))
LONGEST = 300
ENTRIES = ("page", "widget", "question", "answer", "asked", "checked")  # the last one for `sim check`, in node


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_module_of_the_page_is_short_and_says_first_what_it_is(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LONGEST
    assert re.match(r"// .{15,}", lines[0])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_page_carries_every_module_without_comments_and_nothing_else_is_lost(file: Path) -> None:
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    assert all(line.count("`") % 2 == 0 for line in lines)  # or a text over several lines would lose its indentation
    kept = [line for line in lines if line and not line.startswith(("//", "/**", "* ", "*/"))]
    assert [line for line in code(file.stem).splitlines() if line] == kept


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_module_in_a_page_takes_and_gives_what_it_imports_and_exports(file: Path) -> None:
    made, text = script([file.stem]), file.read_text(encoding="utf-8")
    assert not re.search(r"^(import|export)\b", made, re.MULTILINE)
    for names, module in re.findall(r'^import (.*) from "(.*)";$', text, re.MULTILINE):
        taken = f"{names.replace(' as ', ': ')} = ${module}" if "{" in names else f"{names} = ${module}.default"
        assert f"const {taken};" in made
    given = re.findall(r"^export (?:const|class|function\*?) (\[.*?\]|\w+)", text, re.MULTILINE)
    given = ", ".join(name.strip("[]") for name in given) or "default: $default" * ("export default" in text)
    assert made.endswith(f"return {{ {given} }};\n}})();\n")


def test_every_module_of_the_page_is_used_and_none_needs_one_that_needs_it() -> None:
    needed = {module for entry in ENTRIES for module in modules(entry)}
    assert needed == {file.stem for file in FILES}
    for module in needed:
        assert module not in modules(module)[:-1]


def test_the_model_of_the_page_knows_time_waiting_and_nothing_of_how_it_is_shown() -> None:
    plain = {"model", "guard", "agenda", "pools", "grid"}
    parts = {"lab", "server", "clients", "cores", "calls", "application", "queues"}
    nouns = {"mishaps", "delays", "ways", "ends", "rows", "told", "turns", "records", "jobs"}
    assert set(modules("model")) == plain | parts | nouns
    assert not any("document" in source(f"{module}.js") for module in modules("model"))


# what came after Safari 16, Chrome 99 and Firefox 112, the oldest browsers that the pages are said to run in
NEWER = re.compile(
    r"\.(to(Sorted|Reversed|Spliced)|with|(union|difference|isSubsetOf|intersection)|isWellFormed|checkVisibility)\("
    r"|(Object|Map)\.groupBy|withResolvers|Array\.fromAsync|URL\.canParse|AbortSignal\.any|\.aria[A-Z]|/[a-z]*v[a-z]*\.test"
    r"|\(\?<[=!]|showPopover|OffscreenCanvas|startViewTransition|ctx\.(letterSpacing|reset\(|filter)"
)


def test_no_page_needs_a_newer_browser_than_it_says() -> None:
    scripts = [*FILES, *(ROOT / "sim" / "site").glob("*.js")]
    assert len(scripts) > len(FILES)
    assert {file.name: found[0] for file in scripts if (found := NEWER.search(file.read_text(encoding="utf-8")))} == {}


def test_the_tools_that_look_after_it_are_locked_without_an_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert len(packages) > 2
    for package in packages.values():
        assert "resolved" not in package
        assert package["integrity"].startswith("sha512-")
        assert package["dev"]

"""The plan of the house: who may import whom, what each room costs, and what is promised to the outside."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest

import sim

ROOT = Path(sim.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
SCRIPTS = sorted(ROOT.rglob("*.js"))

# a module may import those of the rows above its own and, in its row, those to its left
ORDER = [
    ["path"],
    ["cycles"],
    ["secrets", "files", "memory", "crowd"],
    ["units", "normal", "quantiles", "distributions", "delays", "mishaps", "complaints", "csv_rows", "words"],
    ["scenario", "presets", "effects"],
    ["workload", "draws", "bootstrap"],
    ["turns", "records", "attempts", "story", "visit_story"],
    ["redis_url", "broker", "sidekiq", "theory"],
    ["pools", "session"],
    ["des", "failures", "exact"],
    ["stats", "visits", "labels"],
    ["experiments"],
    ["studies", "luck", "mishap_theory", "mishap_checks", "page_checks", "checks", "logs"],
    ["cells", "visit_tables", "visit_lesson", "lesson", "tables", "log_tables", "plots", "player", "deck"],
    ["exercises", "handout", "site", "live", "cli"],
    ["__main__"],
]
PRESENTATION = set(ORDER[-3])
FLAT = [room for row in ORDER for room in row]

ONLY = {  # who alone may import a library
    "redis": {"broker", "live"},
    "fakeredis": {"broker", "live"},
    "waitress": {"live"},
    "starlette": {"live"},
    "uvicorn": {"live"},
    "uvloop": {"live"},
    "segno": {"live", "site"},
    "psutil": {"memory", "live"},
    "simpy": {"pools", "session", "des", "failures"},
    "matplotlib": {"plots"},
    "anywidget": {"player"},
    "markdown_it": {"site"},
    "argparse": {"cli", "exercises", "live"},
}
HEAVY = ["numpy", "pydantic", "simpy", "matplotlib", "redis", "fakeredis", "pandas", "scipy", "tomlkit", "anywidget"]
LONGEST = 300


def room_of(file: Path) -> str:
    """The module of `sim` that a file is, or the package that it belongs to."""
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


@cache
def imports(file: Path, *, at_run_time: bool = False) -> Sequence[tuple[str, str]]:
    """The imports of a file as ("sim", room) or (library, ""); those for type checking only where not at run time."""
    return list(_imports(file, at_run_time))


def _imports(file: Path, at_run_time: bool) -> Iterator[tuple[str, str]]:
    depth = len(file.relative_to(ROOT).parts)
    tree = ast.parse(file.read_text(encoding="utf-8"))
    skipped = set()
    for node in ast.walk(tree):
        if at_run_time and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            skipped |= {id(inner) for statement in node.body for inner in ast.walk(statement)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _named(alias.name)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield _named(node.module or "")
        elif isinstance(node, ast.ImportFrom) and node.level == depth:
            rooms = [node.module.split(".")[0]] if node.module else [alias.name for alias in node.names]
            yield from (("sim", room) for room in rooms)


def _named(module: str) -> tuple[str, str]:
    library, _, rest = module.partition(".")
    return (library, rest.split(".")[0]) if library == "sim" else (library, "")


def test_the_reading_order_names_every_room_once() -> None:
    named = re.findall(r"`(\w+)`", sim.__doc__ or "")
    assert sorted(named) == sorted(room for room in FLAT if room != "__main__")


def test_every_module_has_its_place() -> None:
    assert {room_of(file) for file in FILES} - {"__init__"} <= set(FLAT)


@pytest.mark.parametrize("file", [file for file in FILES if room_of(file) != "__init__"], ids=lambda file: file.stem)
def test_imports_point_only_leftwards(file: Path) -> None:
    room = room_of(file)
    allowed = {*FLAT[: FLAT.index(room)], room, "__init__"}
    for library, other in imports(file, at_run_time=True):
        if library == "sim":
            assert other in allowed, f"{room} imports {other}"


def test_the_two_engines_share_nouns_and_no_verbs() -> None:
    for engine, other in (("des", "exact"), ("exact", "des")):
        assert other not in {room for library, room in imports(ROOT / f"{engine}.py") if library == "sim"}


def test_presentation_never_runs_an_engine() -> None:
    shown = [file for file in FILES if room_of(file) in PRESENTATION]
    assert len(shown) > 10
    for file in shown:
        rooms = {room for library, room in imports(file) if library == "sim"}
        assert not rooms & {"des", "exact", "broker", "sidekiq"}, file


@pytest.mark.parametrize("library", ONLY)
def test_a_library_is_known_to_one_room_only(library: str) -> None:
    users = {room_of(file) for file in FILES for found, _ in imports(file, at_run_time=True) if found == library}
    assert users <= ONLY[library]
    assert users


def test_only_the_workload_and_the_luck_of_mishaps_draw_random_numbers() -> None:
    for file in FILES:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        if room_of(file) not in ("workload", "draws"):
            assert not named & {"default_rng", "Generator", "SeedSequence", "RandomState"}, file
            assert "random" not in {library for library, _ in imports(file)}, file
            assert "random" not in named, file


def test_the_walk_over_the_imports_sees_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cycles.py"
    file.write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import redis\n"
        "from . import des\nfrom .stats import x\n"
        "def late():\n    from sim.exact import serve\n    import simpy.events\n"
    )
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert {found for found in imports(file) if found[0] != "typing"} == {
        *[("sim", "des"), ("sim", "stats"), ("sim", "exact")],
        *[("simpy", ""), ("redis", "")],
    }
    assert ("redis", "") not in set(imports(file, at_run_time=True))


def test_the_public_names_are_these() -> None:
    assert " ".join(sim.__all__) == (
        "ASYNC SYNC Scenario compare explore load play predict replicate simulate size start sweep"
    )
    assert sorted(dir(sim)) == sim.__all__
    for name in sim.__all__:
        assert getattr(sim, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'simulat'"):
        _ = sim.simulat


def test_the_lesson_fits_on_a_slide() -> None:
    assert len((ROOT / "cycles.py").read_text(encoding="utf-8").splitlines()) <= 35


@pytest.mark.parametrize("file", [*FILES, *SCRIPTS], ids=lambda file: file.name)
def test_no_module_is_longer_than_a_sitting(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LONGEST


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_the_page_s_lines_have_120_columns_comments_too_which_no_formatter_breaks(file: Path) -> None:
    assert all(len(line) <= 120 for line in file.read_text(encoding="utf-8").splitlines())


def _python_lengths(file: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.end_lineno - node.lineno + 1


def _javascript_lengths(file: Path) -> Iterator[int]:
    """The lengths of declared functions, methods and functions with a name, which the formatter's indentation shows."""
    lines = file.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if begins := BEGINS.match(line):
            within = begins[1] + " "
            inner = takewhile(lambda later, within=within: later.startswith(within) or not later, lines[number + 1 :])
            is_open = line.endswith(("{", "(", "["))
            yield 1 + (sum(1 for _ in inner) + 1 if is_open else 0)


BEGINS = re.compile(
    r"( *)(?:export )?(?:default )?(?:async )?"
    r"(?:function\b|(?:static |get |set )*(?!if|for|while|switch|catch|return)#?\w+\([^()]*(?:\([^()]*\)[^()]*)*\) \{"
    r"|(?:const )?#?\w+ = (?:async )?(?:\([^()]*\)|\w+) =>)"
)


@pytest.mark.parametrize(("files", "lengths"), [(FILES, _python_lengths), (SCRIPTS, _javascript_lengths)])
def test_functions_are_short_in_both_languages(files: Sequence[Path], lengths: Callable[[Path], Iterator[int]]) -> None:
    found = sorted(length for file in files for length in lengths(file))
    assert len(found) > 300
    assert found[len(found) // 2] <= 6
    assert found[len(found) * 9 // 10] <= 17


def test_the_length_of_a_function_in_javascript_is_that_of_its_text(tmp_path: Path) -> None:
    file = tmp_path / "some.js"
    file.write_text(
        "export function one(a) {\n  return a;\n}\n"
        "const short = (x) => x;\n"
        "class It {\n  get size() {\n    if (a) {\n      b();\n    }\n\n    return 1;\n  }\n}\n"
        "const long = async (x) => {\n  x();\n};\n"
        "if (a) {\n  b();\n}\n"
    )
    assert list(_javascript_lengths(file)) == [3, 1, 7, 3]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_module_says_in_its_first_line_what_it_is(file: Path) -> None:
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    assert said
    assert len(said.splitlines()[0]) > 15


@pytest.mark.parametrize(
    "start", ["import sim", "import sys; sys.argv = ['sim', '--help']; import sim.cli; sim.cli.main()"]
)
def test_starting_imports_nothing_heavy(start: str) -> None:
    watched = f"""
import sys
try:
    {start}
except SystemExit as end:
    assert not end.code
print("imported:", *(name for name in {HEAVY} if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "imported:"

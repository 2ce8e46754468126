"""What one adds to the project stands in one place: done here in a copy of it, and seen wherever it is listed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sim

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow

TRIANGULAR = '''
class Triangular(_Distribution):
    """Rather short, up to `high`."""

    distribution: Literal["triangular"] = "triangular"
    high: Time
    skew: float = 1.0
    worst: Time = 0.0

    def quantile(self, u: Seconds) -> Seconds:
        return self.high * (1 - np.sqrt(1 - u))

    @property
    def mean(self) -> float:
        return self.high / 3

    @property
    def variance(self) -> float:
        return self.high**2 / 18

    def exceeds(self, seconds: float) -> float:
        return (1 - min(max(seconds / self.high, 0.0), 1.0)) ** 2


'''

LULLABY = """title = "The night"
shows = "Hardly anybody is awake."
try_this = "--set threads=1"
arrival_rate = 0.2
threads = 2
duration = 300
"""

RUNG = '''"""How often the bell rang."""

from matplotlib.axes import Axes

from .style import drawn


def _alt(times: int) -> str:
    return f"the bell rang {times} times"


@drawn(_alt)
def rung(times: int, ax: Axes) -> Axes:
    """A bar as high as the bell rang often."""
    ax.bar(0, times)
    return ax
'''


DOUBLING = '''class Doubling(_Delay):
    """Twice as long each time."""

    kind: Literal["doubling"] = "doubling"
    unit: Wait = 1.0

    def seconds_before(self, retry: int, draw: float) -> float:
        return self.unit * retry


'''

GREET = '''"""The command that greets."""

from .common import add_command
from .says import DONE


def add_parsers(commands):
    add_command(commands, "greet", lambda args: print("Good morning") or DONE, "say good morning")
'''


BELLBOY = '''"""bellboy: one line a request, with its arrival and its time in microseconds."""

NAME, SOURCE = "bellboy", "router"


def reader(_=""):
    return _row


def _row(line):
    if not line.startswith(b"bellboy "):
        return None
    _, begin, spent, method, path = line.split()
    return int(begin), int(spent), 0, method + b" " + path, b""


def tell(told):
    spent = told.responded_at - told.arrived_at
    yield told.responded_at, f"bellboy {told.arrived_at} {spent} {told.method} {told.path}".encode()
'''


class House:
    """A copy of the project in a folder of its own, for adding to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(Path(sim.__file__).parent, root / "sim")

    def bring(self, *files: str) -> None:
        for file in files:
            (self.root / file).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / file, self.root / file)

    def write(self, file: str, text: str) -> None:
        assert not (self.root / file).exists()
        (self.root / file).write_text(text, encoding="utf-8")

    def insert(self, file: str, before: str, text: str) -> None:
        """Put text in front of what stands exactly once in a file."""
        path = self.root / file
        old = path.read_text(encoding="utf-8")
        assert old.count(before) == 1
        path.write_text(old.replace(before, text + before), encoding="utf-8")

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """What Python says in this house."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(self.root), "PYTHONUTF8": "1"} | environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )

    def says(self, code: str) -> list[str]:
        """The lines that a program prints in this house."""
        done = self.run("-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def passes(self, test: str) -> bool:
        done = self.run("-m", "pytest", "-q", "-p", "no:cacheprovider", test, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return done.returncode == 0


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "house")


def test_the_copy_is_what_runs_and_not_the_original(house: House) -> None:
    assert house.says("import sim; print(sim.__file__)") == [str(house.root / "sim" / "__init__.py")]


def test_a_distribution_is_one_class(house: House) -> None:
    house.insert("sim/distributions.py", "class Empirical(", TRIANGULAR.lstrip("\n"))
    said = house.says("""
from sim.player.knobs import knobs_of, scenario_with
from sim.plots.frames import field_label
from sim.presets import load

table = 'external_time={distribution="triangular", high="30s", skew=3, worst="100ms"}'
scenario = load("quiet", table)
print(scenario.external_time.mean)
stretched = scenario_with(scenario, knobs_of(scenario) | {"external_time": 2}).external_time
print(stretched.high, stretched.skew, stretched.worst / scenario.external_time.worst)
for part in ("worst", "skew"):
    print(field_label(f"external_time.{part}"))
print(next(line for line in scenario.to_toml().splitlines() if line.startswith("external_time")))
mixture = 'external_time={distribution="mixture", parts=[{weight=1, time={distribution="triangular", high=3}}]}'
print(load("quiet", mixture).external_time.mean)
for wrong in ('"triangel"', '"triangular", hihg=3', '"triangular", high=-1'):
    try:
        load("quiet", f"external_time={{distribution={wrong}}}")
    except ValueError as error:
        print(str(error).splitlines())
""")
    assert said[:6] == [
        "10.0",
        "60.0 3.0 2.0",
        "external time, worst (s)",
        "external time, skew (number)",
        'external_time = {distribution = "triangular", high = 30.0, skew = 3.0, worst = 0.1}',
        "1.0",
    ]
    unknown, misspelt, negative = said[6:]
    assert "did you mean triangular" in unknown
    assert "lognormal, weibull, triangular, empirical, mixture" in unknown
    assert "external_time.hihg is not a field" in misspelt
    assert "did you mean high" in misspelt
    assert "external_time.high = -1" in negative


def test_a_delay_is_one_class(house: House) -> None:
    house.insert("sim/delays.py", "CLASSES: ", DOUBLING)
    said = house.says("""
from sim.presets import load

print(load("quiet", 'client_retry_delay={kind="doubling", unit="3s"}').client_retry_delay.seconds_before(2, 0.5))
try:
    load("quiet", 'client_retry_delay={kind="dubling"}')
except ValueError as error:
    print("doubling" in str(error))
""")
    assert said == ["6.0", "True"]


def test_a_preset_is_one_file(house: House) -> None:
    house.write("sim/presets/lullaby.toml", LULLABY)
    listed = house.run("-m", "sim", "scenarios").stdout
    assert re.search(r"^\s*lullaby\b.*", listed, re.MULTILINE)
    assert "The night" in house.run("-m", "sim", "scenarios", "lullaby").stdout
    said = house.says("""
from sim.player.data import explorer_data
from sim.presets import load, preset
from sim.checks import _books, _told

print(preset("lullaby").title)
print(explorer_data(load("slides"))["presets"]["lullaby"]["title"])
print(sum("lullaby" in str(verdict) for verdict in _books(_told())))
try:
    load("lulaby")
except ValueError as error:
    print(error)
""")
    assert said[:2] == ["The night", "The night"]
    assert int(said[2]) >= 1
    assert "did you mean lullaby" in said[3]


def test_a_figure_is_one_function_named_where_the_figures_are(house: House) -> None:
    house.write("sim/plots/rung.py", RUNG)
    house.insert("sim/plots/__init__.py", "from .side_by_side import", "from .rung import rung\n")
    said = house.says("""
from sim import plots

whole = plots.picture(plots.rung, 3, theme="dark")
print(whole.alt)
plots.save(whole, "rung.png")
""")
    assert said == ["the bell rang 3 times"]
    assert (house.root / "rung.png").read_bytes().startswith(b"\x89PNG")


def test_a_statistic_is_one_field_of_the_summary_and_its_value(house: House) -> None:
    house.bring("tests/test_model_page.py", "docs/model.md")
    house.insert("sim/stats.py", "    visits: int\n    visits_answered", "    pages: int\n")
    house.insert(
        "sim/stats.py", "        ended_at=records.ended_at,\n", "        pages=requests - len(completion_time),\n"
    )
    said = house.says("""
import json
from sim import compare, sweep
from sim.studies.estimates import IS_COUNT, STATISTICS
from sim.studies.goals import goal

figures = json.loads(json.dumps(compare("quiet").sync.summary.to_json()))
print(figures["pages"] == figures["requests"] - figures["reports"])
print(bool(IS_COUNT[STATISTICS.index("pages")]))
table = sweep("quiet", vary={"threads": [1, 2]}, replications=2)
print(sorted(set(table[table["statistic"] == "pages"]["cycle"])))
print(goal("pages < 3"))
""")
    assert said == ["True", "True", "['async', 'sync', 'sync - async']", "pages < 3"]
    on_the_page = "tests/test_model_page.py::test_the_page_names_every_field_every_column_and_every_figure"
    assert not house.passes(on_the_page)
    house.insert("docs/model.md", "| `ended_at` | when", "| `pages` | requests that are no reports |\n")
    assert house.passes(on_the_page)


def test_a_log_format_is_one_module_named_among_the_formats(house: House) -> None:
    house.write("sim/logs/bellboy.py", BELLBOY)
    house.insert("sim/logs/__init__.py", '"heroku", "nginx"', '"bellboy", ')
    house.write("bellboy.log", "bellboy 1000000 50000 GET /a\nbellboy 3000000 9000000 POST /b\n")
    assert "bellboy, heroku" in house.run("-m", "sim", "import", "--help").stdout
    done = house.run("-m", "sim", "import", "bellboy.log", "--report", "/b", "--threads", "2")
    assert done.returncode == 0, done.stderr
    assert "bellboy" in done.stderr
    assert len([line for line in done.stdout.splitlines() if line[0].isdigit()]) == 2


def test_a_command_is_one_module_and_the_readme_must_name_it(house: House) -> None:
    house.bring("tests/test_readme.py", "README.md")
    house.write("sim/cli/greet.py", GREET)
    assert re.search(r"^    greet +say good morning$", house.run("-m", "sim", "--help").stdout, re.MULTILINE)
    assert house.run("-m", "sim", "greet").stdout == "Good morning\n"
    in_the_readme = "tests/test_readme.py::test_the_readme_names_every_command"
    assert not house.passes(in_the_readme)
    house.insert("README.md", "python -m sim check [", "python -m sim greet       says good morning\n")
    assert house.passes(in_the_readme)

"""How a command ends when the world outside does not play along: signals, memory, streams and files."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sim import files, memory
from sim.cli import commands, main, says

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals, pipes and limits of POSIX")


def shell(line, **options):
    """What a line for sh says; $SIM is the command."""
    environment = {**os.environ, "SIM": f"{sys.executable} -m sim"}
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=120, env=environment, **options)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


# signals

AS_SOON_AS = """
import importlib.abc, os, runpy, signal, sys
class Interrupting(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), getattr(signal, sys.argv[2]))
sys.meta_path.insert(0, Interrupting())
sys.argv = ["sim", "compare", "quiet"]
module, sys.argv[1:1] = "sim", []
runpy.run_module(module, run_name="__main__", alter_sys=False)
"""


@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.parametrize(
    "module", ["sim.cli.commands", "argparse", "sim.cli.common", "sim.scenario", "numpy", "sim.tables"]
)
def test_a_signal_while_modules_are_imported_ends_the_command_in_order(module, name, status):
    code = AS_SOON_AS.replace("sys.argv[1]", repr(module)).replace("sys.argv[2]", repr(name))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr, done.stdout) == (status, "", "")


SWALLOWED = {
    "what is imported makes an error of its own of it": """
try:
    stop()
except BaseException:
    raise ImportError("PyCapsule_Import could not import module") from None
""",
    "it comes where nothing is let out": """
class Dying:
    def __del__(self):
        stop()
Dying()
""",
}


@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.parametrize("swallowed", SWALLOWED.values(), ids=SWALLOWED)
def test_a_signal_that_an_import_swallows_is_heard_all_the_same(swallowed, name, status, tmp_path):
    whole = "import os, signal\ndef stop():\n    os.kill(os.getpid(), signal.STOP)\n".replace("STOP", name) + swallowed
    (tmp_path / "simpy.py").write_text(whole + "import time\ntime.sleep(20)\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "sim", "compare", "quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode, done.stderr, done.stdout) == (status, "", "")


def test_ctrl_c_while_the_arguments_are_read_is_an_end_too(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "parser", interrupted)
    assert main(["compare"]) == 130
    assert capsys.readouterr() == ("", "")


def test_ctrl_c_after_the_last_word_does_not_spoil_the_status():
    child = subprocess.Popen([sys.executable, "-m", "sim", "scenarios"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.read()  # to the end: nothing is left to be said
    child.send_signal(signal.SIGINT)
    assert (child.wait(timeout=30), child.stderr.read()) in ((0, b""), (130, b""))


def test_what_ignores_signals_already_goes_on_ignoring_them():
    done = shell(
        'mkfifo few.toml; trap "" INT TERM HUP; $SIM compare few.toml --quiet & exec 3>few.toml;'  # it reads
        " kill -INT $!; kill -TERM $!; kill -HUP $!; echo 'threads = 3' >&3; exec 3>&-; wait $!"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "everything done at" in done.stdout


# memory


def test_more_memory_than_there_is_is_one_line(monkeypatch, capsys):
    def greedy(*_, **__):
        raise MemoryError

    monkeypatch.setattr("sim.experiments.compare", greedy)
    assert main(["compare"]) == 2
    assert (
        capsys.readouterr().err
        == "error: there is not enough memory for this; allowed: fewer requests, or more memory\n"
    )


def test_a_library_that_finds_no_memory_is_the_same_line():
    assert says.ended_by(ImportError("x.so: failed to map segment from shared object"), []) == 2
    assert says.ended_by(ImportError("x.so: Cannot allocate memory"), []) == 2
    assert says.ended_by(RuntimeError("can't start new thread"), []) == 2
    with pytest.raises(ImportError, match="no such module"):
        says.ended_by(ImportError("no such module"), [])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit holds on Linux only")
def test_the_limit_of_the_process_is_respected_where_it_is_less_than_the_machine():
    done = shell("ulimit -v 1500000; $SIM compare --set arrival_rate=3000 --set duration=2000")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: arrival_rate, duration: 6,000,000 requests")
    assert "half of the free memory, 0." in done.stderr


def test_the_limit_of_the_control_group_counts_and_files_it_only_keeps_do_not(tmp_path, monkeypatch):
    for name, text in [
        ("memory.max", "3000"),
        ("memory.current", "2000"),
        ("memory.stat", "anon 1\ninactive_file 500\n"),
    ]:
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(memory, "GROUPS", [(str(tmp_path), "memory.max", "memory.current"), ("/no/such", "a", "b")])
    assert memory.free_memory() == 1500
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.free_memory() > 1_000_000


def test_without_psutil_as_in_a_browser_nothing_is_refused_for_memory(monkeypatch):
    monkeypatch.setitem(sys.modules, "psutil", None)
    monkeypatch.setattr(memory, "GROUPS", [])
    assert memory.free_memory() == float("inf")


# streams


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("$SIM compare nosuch 2>/dev/full", 2),
        ("$SIM --nosuch 2>/dev/full", 2),
        ("$SIM compare nosuch >/dev/full 2>&1", 2),
        ("$SIM --help >/dev/full", 2),
        ("$SIM compare --help >/dev/full", 2),
        ("$SIM scenarios >/dev/full", 2),
        ("$SIM scenarios 2>/dev/full", 0),
    ],
)
def test_a_stream_that_cannot_be_written_changes_no_status_to_another(line, status):
    for unbuffered in ("", "1"):
        done = shell(f"export PYTHONUNBUFFERED={unbuffered}; {line}")
        assert done.returncode == status
        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr


# files


def test_a_loop_of_links_is_refused_with_a_line(capsys):
    Path("a.png").symlink_to("b.png")
    Path("b.png").symlink_to("a.png")
    for arguments in (["compare", "--plot"], ["explore", "--out"], ["sweep", "--vary=threads=1,2", "--csv"]):
        assert main([*arguments, "a.png"]) == 2
        flag = arguments[-1]
        assert capsys.readouterr().err == f"error: {flag} a.png: cannot be written: Too many levels of symbolic links\n"


WRITERS = [
    ("compare quiet --records old", "old/sync.csv", "--records"),
    ("compare quiet --plot old.png", "old.png", "--plot"),
    ("sweep quiet --vary threads=1,2 --replications 2 --csv old.csv", "old.csv", "--csv"),
    ("sweep quiet --vary threads=1,2 --replications 2 --parquet old.parquet", "old.parquet", "--parquet"),
    ("sweep quiet --vary threads=1,2 --replications 2 --plot old.svg", "old.svg", "--plot"),
    ("explore quiet --out old.html", "old.html", "--out"),
    ("play quiet --out old.html", "old.html", "--out"),
    ("slides --scenario quiet --out old", "old/index.html", "--out"),
]


class FullDisk:
    """A file on a disk with room for a few bytes."""

    def __init__(self, stream):
        self.stream, self.room = stream, 100

    def write(self, content):
        self.room -= len(content)
        if self.room < 0:
            raise OSError(28, "No space left on device")
        return self.stream.write(content)

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()


@pytest.mark.parametrize(("line", "file", "flag"), WRITERS, ids=[line.split(" old")[0] for line, *_ in WRITERS])
def test_what_is_there_stays_until_all_of_the_new_is_there(line, file, flag, monkeypatch, capsys):
    Path(file).parent.mkdir(exist_ok=True)
    Path(file).write_text("the good result of the last run")
    before = sorted(Path().rglob("*"))
    opened = files._opened
    monkeypatch.setattr(files, "_opened", lambda *given: FullDisk(opened(*given)))
    assert main(line.split()) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {flag} {file}: cannot be written: No space left on device"), err
    assert Path(file).read_text() == "the good result of the last run"
    assert [found for found in Path().rglob("*") if found not in before and found.is_file()] == []


@pytest.mark.parametrize("stopped", [KeyboardInterrupt, SystemExit, MemoryError])
def test_a_writer_that_is_stopped_leaves_the_old_file_and_no_other(stopped, tmp_path):
    def writer(stream):
        stream.write(b"half")
        raise stopped

    Path("old").write_text("whole")
    with pytest.raises(stopped):
        files.write_all({Path("new"): b"new", Path("old"): writer})
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"old": "whole"}


def test_a_new_file_has_the_rights_of_the_old_one_or_those_that_are_usual(tmp_path):
    before = os.umask(0o027)
    try:
        files.write("new", b"")
        Path("old").touch()
        Path("old").chmod(0o604)
        files.write("old", b"")
    finally:
        os.umask(before)
    assert [oct(Path(name).stat().st_mode)[-3:] for name in ("new", "old")] == ["640", "604"]


def test_a_link_stays_a_link_and_what_it_leads_to_is_replaced():
    Path("folder").mkdir()
    Path("folder/target").write_text("old")
    Path("link").symlink_to("folder/target")
    files.write("link", b"new")
    assert Path("link").is_symlink()
    assert Path("folder/target").read_text() == "new"


@pytest.mark.slow
def test_two_runs_with_one_folder_of_records_leave_whole_files():
    lines = [
        f"$SIM compare {name} --engine exact --quiet --records both >/dev/null" for name in ("slides", "quiet") * 3
    ]
    assert shell(" & ".join(lines) + " & wait").stderr == ""
    for name in ("sync", "async", "sync_same_slots"):
        assert len(Path(f"both/{name}.csv").read_text().splitlines()) in (1786, 330)
    tables = ["async.csv", "async.runs.csv", "sync.csv", "sync_same_slots.csv"]
    assert sorted(file.name for file in Path("both").iterdir()) == tables


@pytest.mark.parametrize(
    ("line", "opening"),
    [
        ("$SIM explore quiet --out /dev/stdout | cat", "<!doctype html>"),
        ("$SIM explore quiet --out /dev/stdout > page.html; cat page.html", "<!doctype html>"),
        ("$SIM explore quiet --out /dev/fd/3 3>&1 >/dev/null | cat", "<!doctype html>"),
        (
            "$SIM sweep quiet --vary threads=1,2 --replications 2 --csv /dev/stdout 2>/dev/null | head -1",
            "threads,cycle,statistic",
        ),
        ("$SIM compare quiet --quiet --plot /dev/stderr.svg", ""),
        ("mkfifo p.svg; cat p.svg & $SIM compare quiet --quiet --plot p.svg >/dev/null; wait", "<?xml"),
        ("$SIM compare quiet --quiet --records >(cat) ", ""),
    ],
)
def test_a_pipe_as_an_output_works_or_is_refused_with_a_line(line, opening):
    done = shell(line)
    assert done.stdout.startswith(opening)
    assert "Traceback" not in done.stderr
    if opening == "<!doctype html>":
        assert done.stdout.rstrip().endswith("</html>")
    for said in done.stderr.splitlines():
        assert said.startswith("error: --") or "open it with a double-click" in said


@pytest.mark.parametrize(
    "line",
    [
        "$SIM import sample --report '/reports/*' --threads 4 --out",
        "$SIM whatif sample --report '/reports/*' --threads 4 --out",
        "$SIM replicate quiet --replications 2 --csv",
        "$SIM size quiet --goal 'timed_out < 9' --replications 2 --csv",
    ],
)
@pytest.mark.parametrize("stdout", ["/dev/stdout", "-"])
def test_a_table_that_goes_to_stdout_stands_there_alone(line, stdout):
    columns = {row.count(",") for row in shell(f"{line} {stdout} 2>/dev/null").stdout.splitlines()}
    assert len(columns) == 1
    assert columns != {0}
    assert not Path("-").exists()


@pytest.mark.parametrize(
    "line",
    [
        "import mine --report '/reports/*' --threads 4 --out mine",
        "whatif mine --report '/reports/*' --threads 4 --out link",
        "explore ./mine --out mine",
        "replicate quiet --workload mine --parquet ./mine",
        "sweep quiet --vary threads=1,2 --csv same.png --plot same.png",
        "size quiet --goal 'timed_out < 9' --csv - --json",
        "size quiet --goal 'timed_out < 9' --csv - --parquet /dev/stdout",
    ],
)
def test_no_output_takes_the_place_of_what_is_read_or_of_another_output(line):
    Path("mine").write_text("my only one")
    Path("link").symlink_to("mine")
    done = shell(f"$SIM {line}")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"error: --\w+ \S+: .*another output is there; allowed: a file of its own\n", done.stderr)
    assert Path("mine").read_text() == "my only one"


def test_a_preset_is_no_file_that_an_output_could_replace():
    for _ in range(2):
        assert shell("$SIM explore quiet --out quiet").stderr == ""


def test_a_closed_stdin_is_one_line():
    done = shell("$SIM import - --report x --threads 3 <&-")
    assert (done.returncode, done.stderr) == (2, "error: -: stdin is closed\n")


@pytest.mark.parametrize(
    "line",
    [
        "sweep --vary threads=1,2 --csv",
        "replicate --parquet",
        "size --goal timed_out<1 --csv",
        "sweep --vary threads=1,2 --plot",
        "whatif sample --threads 4 --report x --plot",
        "whatif sample --threads 4 --report x --out",
        "import sample --threads 4 --report x --out",
        "compare --records",
        "live quiet --records",
        "live quiet --plot",
        "check --measured",
        "play --measured",
        "play --out",
        "explore --out",
        "slides --out",
        "site",
        "handout",
        "serve",
    ],
)
def test_an_empty_name_is_refused_and_neither_ignored_nor_taken_for_this_folder(line, capsys, tmp_path):
    assert main([*line.split(), ""]) == 2
    (told,) = capsys.readouterr().err.splitlines()
    flag = line.split()[-1] if "--" in line.split()[-1] else "DIR"
    assert told.startswith((f"error: {flag} '': allowed: ", f"error: {flag} : allowed: "))
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_that_nobody_reads_is_refused_and_not_waited_for():
    done = shell("mkfifo p.png; $SIM compare quiet --quiet --plot p.png >/dev/null")
    assert (done.returncode, done.stderr) == (2, "error: --plot p.png: cannot be written: nobody reads this pipe\n")


@pytest.mark.slow
def test_nothing_of_matplotlibs_own_is_said(tmp_path):
    (tmp_path / "no-folder").touch()
    done = shell("$SIM compare quiet --quiet --plot x.png >/dev/null", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    done = shell("export MPLCONFIGDIR=$PWD/no-folder; $SIM compare quiet --quiet --plot x.png >/dev/null", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")

"""Labels of your own: a column beside kind, figures for each, and nothing changed where there are none."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim import workload as workloads
from sim.cli import main
from sim.experiments import compare
from sim.plots import comparison_figure, picture, response_times
from sim.scenario import Scenario
from sim.stats import spread
from sim.tables import comparison_table

HEADER = "arrived_at,kind,web_time,external_time,label\n"
KINDS, LABELS = ["report", "page", "page"], ["/reports/*", "/pages/*", ""]
ROWS = "".join(f"{n},{KINDS[n % 3]},0.5,{n % 7 if n % 3 == 0 else 0},{LABELS[n % 3]}\n" for n in range(90))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "w.csv").write_text(HEADER + ROWS)
    return tmp_path / "w.csv"


def written(workload: workloads.Workload) -> str:
    stream = io.StringIO()
    workloads.write(workload, stream)
    return stream.getvalue()


def test_a_label_is_read_and_written_back(file: Path, tmp_path: Path):
    workload = workloads.read(file)
    assert workload.labels == ("/reports/*", "/pages/*")
    assert workload.label is not None
    assert workload.label[:4].tolist() == [0, 1, -1, 0]
    (tmp_path / "again.csv").write_text(written(workload))
    again = workloads.read(tmp_path / "again.csv")
    assert again.labels == workload.labels
    assert (again.label == workload.label).all()


def test_without_the_column_a_workload_has_no_labels_and_its_file_is_as_it_was(tmp_path: Path):
    (tmp_path / "w.csv").write_text("arrived_at,kind,web_time,external_time\n0.0,page,0.5,0.0\n")
    workload = workloads.read(tmp_path / "w.csv")
    assert (workload.labels, workload.label) == ((), None)
    assert written(workload) == (tmp_path / "w.csv").read_text()
    comparison = compare(workload=workload, engine="exact")
    assert "labels" not in comparison.to_json()["cycles"]["sync"]
    assert comparison.sync.labels == {}


def test_each_label_has_its_figures(file: Path):
    comparison = compare(Scenario(threads=1, timeout=20.0), workload=workloads.read(file), engine="exact")
    for result in comparison.cycles.values():
        figures = result.labels
        assert list(figures) == ["/reports/*", "/pages/*", "others"]
        assert [one.requests for one in figures.values()] == [30, 30, 30]
        assert sum(one.timed_out for one in figures.values()) == result.summary.timed_out
        assert sum(one.reports_completed for one in figures.values()) == result.summary.reports_completed
        own = np.arange(90) % 3 == 1
        assert figures["/pages/*"].response_time == spread(result.records.response_time[own])
    assert comparison.to_json()["cycles"]["async"]["labels"]["/reports/*"]["reports"] == 30
    json.dumps(comparison.to_json(), allow_nan=False)


def test_a_label_others_loses_no_request_to_those_without_a_label(tmp_path: Path):
    rows = ["0,page,1,0,others", "1,page,1,0,", "2,page,1,0,others", "3,page,1,0,/a"]
    (tmp_path / "w.csv").write_text("\n".join(["arrived_at,kind,web_time,external_time,label", *rows, ""]))
    figures = compare(workload=workloads.read(tmp_path / "w.csv"), engine="exact").sync.labels
    assert {label: one.requests for label, one in figures.items()} == {"/a": 1, "others": 3}


def test_the_table_has_a_line_for_each_figure_of_a_label(file: Path):
    table = comparison_table(compare(Scenario(threads=1), workload=workloads.read(file), engine="exact"))
    lines = table.splitlines()
    place = lines.index("/reports/*: 30 requests")
    assert [line.split("  ")[0] or line.split("  ")[1] for line in lines[place + 1 : place + 4]] == [
        "timed out",
        "response time, p95",
        "completion time, p95",
    ]
    assert "/pages/*: 30 requests" in lines
    assert "others: 30 requests" in lines


def test_the_legend_of_a_figure_names_the_labels_with_their_figures(file: Path):
    result = compare(Scenario(threads=3), workload=workloads.read(file), engine="exact").async_
    whole = picture(response_times, result)
    texts = [text.get_text() for text in whole.axes[0].get_legend().get_texts()]
    assert texts[0].startswith("/pages/*: 30 requests, p95 ")
    assert [text.partition(":")[0] for text in texts] == ["/pages/*", "others", "/reports/*"]
    lines = [line for line in whole.axes[0].get_lines() if line.get_label() in texts]
    assert len({line.get_marker() for line in lines}) == 3


def test_the_figure_of_a_comparison_says_how_each_label_fared_in_both(file: Path):
    figure = comparison_figure(compare(Scenario(threads=3), workload=workloads.read(file), engine="exact"))
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert [text for text in texts if text.startswith("/reports/*: 30 requests, p95 ") and " → " in text]
    assert {"page timed out", "report timed out", "SYNC", "ASYNC"} < set(texts)


def test_a_window_counts_the_labels_in_it_only(file: Path):
    result = compare(Scenario(warmup=30.0), workload=workloads.read(file), engine="exact").sync
    assert [one.requests for one in result.labels.values()] == [20, 20, 20]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("arrived_at,kind,web_time,external_time,tag\n", "external_time, and queue or label"),
        (HEADER + "0,page,1,0\n", "line 2: 4 values; allowed: 5"),
        (HEADER + "0,page,1,0,\x1b[31m\n", "line 2: label = '\\x1b[31m'; allowed: at most 200 printable"),
        (HEADER + f"0,page,1,0,{'x' * 201}\n", "allowed: at most 200 printable characters"),
        (
            HEADER + "".join(f"0,page,1,0,{n}\n" for n in range(101)),
            "line 102: label = '100': one more; allowed: at most",
        ),
    ],
)
def test_a_label_that_cannot_be_shown_is_refused(content: str, words: str, tmp_path: Path, capsys):
    (tmp_path / "w.csv").write_text(content)
    assert main(["compare", "--workload", str(tmp_path / "w.csv")]) == 2
    assert words in capsys.readouterr().err


def test_labels_change_no_other_figure(file: Path):
    workload = workloads.read(file)
    bare = replace(workload, labels=(), label=None)
    with_them, without = (compare(workload=one, engine="exact").to_json()["cycles"] for one in (workload, bare))
    for name, figures in without.items():
        assert {key: value for key, value in with_them[name].items() if key != "labels"} == figures

"""The widgets: what a viewer without widgets shows, what Python reads back, and once in a real JupyterLab."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import chromium

pytest.importorskip("anywidget")

from sim.experiments import compare
from sim.player import explore, play
from sim.scenario import load

CELLS = [
    "from sim.player import explore\nwidget = explore('quiet')\nwidget",
    "print('threads:', widget.scenario.threads)",
]


def test_a_viewer_without_widgets_shows_a_picture_and_its_words() -> None:
    for widget in (play(compare("quiet")), explore("quiet")):
        bundle, metadata = widget._repr_mimebundle_()
        assert bundle["image/png"][:8] == b"\x89PNG\r\n\x1a\n"
        assert bundle["text/plain"].startswith("A quiet afternoon")
        assert metadata["image/png"]["alt"] == bundle["text/plain"]
        assert "application/vnd.jupyter.widget-view+json" in bundle


def test_the_scenario_is_read_back_as_the_knobs_have_it() -> None:
    widget = explore("quiet")
    assert widget.scenario == load("quiet")
    widget.knobs = widget.knobs | {"threads": 7, "external_time": 0.5, "arrival_rate": 1.25}
    assert widget.scenario.threads == 7
    assert widget.scenario.arrival_rate == 1.25
    assert widget.scenario.external_time.mean == 2.0
    widget.preset = "rush-hour"
    widget.knobs = widget.knobs | {"arrival_rate": 1.5}
    assert widget.scenario.arrival_rate == ((0.0, 3.0), (300.0, 9.0), (600.0, 3.0))


def test_a_scenario_of_ones_own_comes_before_the_presets() -> None:
    widget = explore(load("quiet", ["threads=3", 'title="Mine"']))
    assert widget.scenario.title == "Mine"
    assert next(iter(widget.data["presets"])) == "this"


@contextlib.contextmanager
def jupyter_lab(folder: Path) -> Iterator[str]:
    """The address of a JupyterLab of our own that serves `folder`."""
    options = ["--no-browser", "--allow-root", "--ServerApp.port=0", f"--ServerApp.root_dir={folder}"]
    options += ["--IdentityProvider.token=", "--ServerApp.password="]
    own = {name: str(folder / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    root = str(Path(__file__).parents[1])
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter", "lab", *options],
        env=os.environ | own | {"PYTHONPATH": root},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _address(folder / "jupyter_runtime_dir", server)
    finally:
        server.terminate()
        server.wait(20)


def _address(runtime: Path, server: "subprocess.Popen[bytes]") -> str:
    for _ in range(150):
        assert server.poll() is None, "JupyterLab ended by itself"
        for told in runtime.glob("jpserver-*.json"):
            with contextlib.suppress(OSError, ValueError):
                url = str(json.loads(told.read_text())["url"])
                urllib.request.urlopen(f"{url}api", timeout=5).close()
                return url
        time.sleep(0.2)
    raise TimeoutError("JupyterLab did not start within 30 s")


def test_the_explorer_works_in_a_real_jupyterlab(tmp_path: Path) -> None:
    pytest.importorskip("jupyterlab")
    (tmp_path / "lesson.ipynb").write_text(json.dumps(_notebook()))
    with chromium() as browser, jupyter_lab(tmp_path) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{url}lab/tree/lesson.ipynb")
        cells = page.locator(".jp-Notebook .jp-CodeCell")
        cells.nth(1).wait_for(timeout=40_000)
        page.get_by_text("Python 3 (ipykernel)").first.wait_for()
        cells.first.locator(".cm-content").click()
        page.keyboard.press("Shift+Enter")
        threads = page.get_by_role("slider", name="Threads", exact=True)
        threads.focus()
        for key in ("ArrowRight", "b", "a", "ArrowRight"):  # "b" and "a" would insert cells
            page.keyboard.press(key)
        page.get_by_role("button", name="Play").click()
        page.get_by_role("button", name="Pause").click()
        assert cells.count() == 2
        cells.nth(1).locator(".cm-content").click()
        page.keyboard.press("Shift+Enter")
        page.get_by_text("threads: 7", exact=True).wait_for()


def _notebook() -> dict[str, Any]:
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for n, source in enumerate(CELLS)
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def test_without_the_notebooks_extra_the_widgets_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "sim.player.widget", raising=False)
    monkeypatch.delattr("sim.player.widget", raising=False)
    with pytest.raises(ModuleNotFoundError, match=r"need anywidget; it comes with: pip install -e '\.\[notebooks\]'"):
        explore("quiet")

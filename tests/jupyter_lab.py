"""A real JupyterLab for the tests: a server of its own on a free port, with a folder and settings of its own."""

import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PATIENCE = 120.0  # seconds that it may take to start, and to do what it is asked


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _write_notebook(file: Path, *cells: str) -> None:
    import nbformat  # the other tests of a module that has one in a JupyterLab do without

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, file)


def run_all(page: "Page") -> None:
    """Run all cells of the notebook that is open, from the menu."""
    page.click('.lm-MenuBar-itemLabel:text-is("Run")')
    page.click('.lm-Menu-itemLabel:text-is("Run All Cells")')


def run_cell(page: "Page", number: int) -> None:
    """Run one cell, counted from 0, and wait until it has run."""
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(number)
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    cell.get_by_text(re.compile(r"^\[\d+\]:$")).first.wait_for()


@dataclass
class Lab:
    """A JupyterLab that runs, on a folder, and the window of a browser that looks at it."""

    window: "BrowserContext"
    address: str  # with NAME in the place of a notebook's name: each has a workspace, or all would be opened again
    folder: Path

    @contextmanager
    def notebook(self, *cells: str) -> "Iterator[Page]":
        """A new notebook of these code cells, open, with its kernel ready to run them."""
        name = f"lesson-{len(list(self.folder.glob('*.ipynb')))}"
        _write_notebook(self.folder / f"{name}.ipynb", *cells)
        page = self.window.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(self.address.replace("NAME", name))
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.wait_for_selector("text=| Idle")  # in the status bar: a cell run before that is not run at all
        yield page
        page.close()


@contextmanager
def jupyter_lab(browser: "Browser", folder: Path) -> Iterator[Lab]:
    """A JupyterLab of its own on this folder; without JupyterLab the test is skipped, and in CI it fails."""
    if find_spec("jupyterlab") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no JupyterLab")
    port, token = _free_port(), secrets.token_hex(16)
    options = ["--no-browser", "--allow-root", f"--port={port}", "--ServerApp.port_retries=0"]
    options += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}", "--LabApp.news_url=None"]
    settings = {name: str(folder / ".settings") for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    settings |= {"JUPYTER_RUNTIME_DIR": str(folder / ".run")}
    command = [sys.executable, "-m", "jupyterlab", *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=os.environ | settings, **quiet) as server:
        try:
            patience = time.monotonic() + PATIENCE
            while not _answers(f"http://127.0.0.1:{port}/lab?token={token}"):
                assert server.poll() is None, "JupyterLab ended"
                assert time.monotonic() < patience, f"JupyterLab did not answer within {PATIENCE:g} s"
                time.sleep(0.2)
            window = browser.new_context(viewport={"width": 1280, "height": 900})
            yield Lab(window, f"http://127.0.0.1:{port}/lab/workspaces/NAME/tree/NAME.ipynb?token={token}", folder)
            window.close()
        finally:
            server.terminate()

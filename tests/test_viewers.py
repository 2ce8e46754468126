"""The explorer in an exported notebook, offline; and the package where Python runs in a browser."""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from browser import visit

import sim
from sim.scenario import Scenario

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent
WITHOUT_WASM = (
    "psutil",
    "anywidget",
    "ipywidgets",
    "pyarrow",
    "distributed",
    "waitress",
    "uvicorn",
    "starlette",
    "segno",
)


def test_an_exported_notebook_has_an_explorer_that_plays_without_a_network(browser: "Browser", tmp_path: Path) -> None:
    shown = sim.explore("quiet", as_page=True)
    exported = tmp_path / "exported.html"
    body = f'<div class="jp-RenderedHTMLCommon">{shown._repr_html_()}</div>'
    exported.write_text(f'<!doctype html><meta charset="utf-8"><title>A notebook</title>{body}', encoding="utf-8")
    with visit(browser, exported.as_uri()) as seen:
        frame = seen.page.frame_locator("iframe")
        kept = frame.locator(".sim-kept")
        frame.get_by_role("button", name="Play").wait_for()
        assert not kept.is_visible()
        for field in frame.get_by_role("spinbutton").all():
            field.fill("0")
        frame.get_by_role("button", name="Commit").click()
        assert kept.inner_text().startswith("What you guessed and solved stays in this page, as long as it is open.")
        frame.get_by_role("button", name="Play").click()
        frame.get_by_role("button", name="Pause").click()
        assert " s of " in frame.locator(".sim-clock").inner_text()
        assert seen.page.locator("iframe").get_attribute("title") == "A quiet afternoon: SYNC and ASYNC"
    assert repr(shown) == "A quiet afternoon: SYNC and ASYNC: a page, shown where HTML is."


def test_nothing_in_a_title_gets_out_of_the_frame() -> None:
    shown = sim.explore(Scenario(title='"><script>alert(1)</script>', duration=20), as_page=True)
    assert "<script" not in shown._repr_html_()
    assert shown._repr_html_().count("<iframe") == 1


def test_without_what_no_browser_has_the_package_compares() -> None:
    code = f"""
import sys
for name in {WITHOUT_WASM}:
    sys.modules[name] = None
import sim
from sim.player import explorer_page
comparison = sim.compare("slides")
print(comparison.sync.summary.timed_out, comparison.async_.summary.timed_out)
print(len(sim.explore("quiet", as_page=True)._repr_html_()) > 100_000)
print(sim.load("slides", ["duration=100000"]).duration)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == ["112", "0", "True", "100000.0"], done.stderr

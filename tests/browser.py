"""Headless Chromium for the tests: pages from file://, with every request that leaves the file counted."""

import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PROJECTOR = {"width": 1280, "height": 720}
PATIENCE = 60.0  # s
MEDIA = {"color_scheme": "light", "reduced_motion": "no-preference", "forced_colors": "none"}
# rows in which something is cut off, or sticks out
CUT = """() => [...document.querySelectorAll(".sim-caption, .sim-account, .sim-verdict, h2")]
  .filter((row) => row.checkVisibility())
  .filter((row) => [...row.querySelectorAll("*")].some((part) => part.checkVisibility() &&
    part.getBoundingClientRect().right > row.getBoundingClientRect().right + 1))
  .map((row) => row.textContent)"""


def _missing(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {what}")
    pytest.skip(f"no {what}")


@contextmanager
def chromium() -> "Iterator[Browser]":
    """A browser; without one the test is skipped, and in CI it fails."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        _missing("chromium on PATH")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


def barriers(page: "Page", within: str = "html", rules: Sequence[str] = ()) -> list[str]:
    """What axe-core finds in the page that keeps people out, such as too little contrast: rule and element.

    Only what is `within` a CSS selector is looked at, and only by these rules (none: by all of them).
    """
    from axe_playwright_python.sync_playwright import Axe

    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    only = {"runOnly": list(rules)} if rules else {}
    options = {"iframes": False, "resultTypes": ["violations"]} | only
    found = page.evaluate("([within, options]) => axe.run(within, options)", [within, options])["violations"]
    return [f"{rule['id']}: {node['target']} {node['html'][:80]}" for rule in found for node in rule["nodes"]]


@dataclass
class Visit:
    """An open page, and what it did that it should not have done."""

    page: "Page"
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def evaluate(self, script: str) -> Any:
        return self.page.evaluate(script)


def until(page: "Page", expression: str) -> None:
    """Wait until it is true in the page, whose policy lets Playwright's own way to wait look only once."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"in vain: {expression}"
        page.wait_for_timeout(20)


@contextmanager
def visit(browser: "Browser", url: str, **context: Any) -> Iterator[Visit]:
    """The page at a file:// address, offline; on leaving, nothing may have been requested or complained about.

    Where no option asks for a window of its own, one is used again: a new one costs more than what is done in it.
    """
    own_window = not {"viewport", *MEDIA}.issuperset(context)
    if own_window:
        page = _window(browser, **context)
    else:
        page = _kept.pop(browser, None) or _window(browser)
        page.set_viewport_size(context.get("viewport", PROJECTOR))
        page.emulate_media(**{"media": "null"} | {each: context.get(each, usual) for each, usual in MEDIA.items()})  # type: ignore[arg-type]
    page.set_default_timeout(20_000)
    seen = Visit(page)
    listeners = {
        "console": lambda message: seen.complaints.append(f"{message.type}: {message.text[:300]}"),
        "pageerror": lambda error: seen.complaints.append(str(error)[:300]),
        "dialog": lambda dialog: (seen.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()),
        "request": lambda request: seen.requests.append(request.url[:200]),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    page.goto(url)
    try:
        yield seen
    except BaseException:
        page.context.close()
        raise
    own = url.partition("#")[0]
    asked_for = [address for address in seen.requests if not address.startswith((own, "data:", "blob:"))]
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    if own_window or browser in _kept:
        page.context.close()
    else:
        _kept[browser] = _as_new(page)
    assert asked_for == []
    assert seen.complaints == []


@contextmanager
def below_a_path(folder: Path, root: Path) -> Iterator[str]:
    """The address of the folder's pages on a host of others, below a path; and nothing else is there."""
    shutil.copytree(folder, root / "some" / "deep path")
    handler = partial(SimpleHTTPRequestHandler, directory=str(root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/some/deep%20path/"
        server.shutdown()


_kept: "WeakKeyDictionary[Browser, Page]" = WeakKeyDictionary()


def _window(browser: "Browser", **context: Any) -> "Page":
    return browser.new_context(**{"viewport": PROJECTOR, "offline": True} | context).new_page()


def _as_new(page: "Page") -> "Page":
    """The window with nothing open in it and nothing stored, and with the mouse where it was at first."""
    for other in page.context.pages:
        if other != page:
            other.close()
    page.evaluate("sessionStorage.clear()")
    page.mouse.move(0, 0)
    page.goto("about:blank")
    tools = page.context.new_cdp_session(page)
    tools.send("Storage.clearDataForOrigin", {"origin": "file://", "storageTypes": "all"})
    tools.detach()
    return page

"""Headless Chromium for the tests: pages from file://, with every request that leaves the file counted."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PROJECTOR = {"width": 1280, "height": 720}


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


@contextmanager
def visit(browser: "Browser", url: str, **context: Any) -> Iterator[Visit]:
    """The page at a file:// address, offline; on leaving, nothing may have been requested or complained about."""
    opened = browser.new_context(**{"viewport": PROJECTOR, "offline": True} | context)
    page = opened.new_page()
    page.set_default_timeout(20_000)
    seen = Visit(page)
    page.on("console", lambda message: seen.complaints.append(f"{message.type}: {message.text[:300]}"))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)[:300]))
    page.on("dialog", lambda dialog: (seen.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: seen.requests.append(request.url[:200]))
    page.goto(url)
    yield seen
    own = url.partition("#")[0]
    asked_for = [address for address in seen.requests if not address.startswith((own, "data:", "blob:"))]
    opened.close()
    assert asked_for == []
    assert seen.complaints == []

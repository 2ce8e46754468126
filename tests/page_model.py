"""The player's own modules in node, asked from Python: one process for a whole test module."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).parent / "js"
REGISTER = (HERE / "register.mjs").as_uri()


def node() -> str:
    """The path of node; without one the test is skipped, and in CI it fails."""
    program = shutil.which("node")
    if program is None and os.environ.get("CI") == "true":
        pytest.fail("CI needs node on PATH")
    if program is None:
        pytest.skip("no node on PATH")
    return program


class PageModel:
    """Answers questions with what the page would compute; a context manager that ends its process."""

    def __init__(self) -> None:
        command = [node(), "--import", REGISTER, str(HERE / "serve.mjs")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def __enter__(self) -> "PageModel":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)

    def ask(self, question: str, **parts: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"ask": question} | parts, default=_plain) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "node ended; its complaint is above"
        return json.loads(answer)


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else dict(value)

"""The notebooks as pages: text, code, what it gave (covered from the prediction on), exercises that mark themselves."""

import html
import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from ..handout import notebooks
from .markdown import page_name, plain, rendered
from .marking import markable
from .pages import page

ASKS = re.compile(r"sim\.predict\(\s*\"([^\"]+)\"(?:, unit=\"([^\"]*)\")?", re.DOTALL)
PREDICTED = re.compile(r"^(?:Predict: |Nobody predicted)")
EXERCISE = re.compile(r"check\.(by_hand|by_knob|to_write)\(")
CHECKS = re.compile(r"from sim\.exercises import (\w+) as check")
EXERCISES = "## Exercises"
SHIFT_ENTER = re.compile(r"\*Run one cell after the other.*?\*\n?", re.DOTALL)
HOW = (
    "*Commit your prediction before you read on: those who predict first understand more than those who only watch.*\n"
)


def chapter_names() -> list[str]:
    """The pages that the notebooks become."""
    return [page_name(file.name) for file in notebooks()]


def chapter_links(there: Collection[str]) -> list[str]:
    """A line of Markdown for each notebook that has a page."""
    found = ((page_name(file.name), _title(_cells(file.read_text(encoding="utf-8")))) for file in notebooks())
    return [f"[{title}]({name})" for name, title in found if name in there]


def chapters(there: Collection[str], names: Collection[str] | None = None) -> Iterator[tuple[str, bytes]]:
    """The pages by name, or those of these names."""
    for file in notebooks():
        if names is not None and page_name(file.name) not in names:
            continue
        cells = _cells(file.read_text(encoding="utf-8"))
        yield page_name(file.name), _page(_title(cells), cells, _module(cells), there)


def _cells(notebook: str) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(notebook)["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in cells]


def _module(cells: list[dict[str, Any]]) -> str:
    """The module of the checks that the notebook imports."""
    return next(found[1] for cell in cells if (found := CHECKS.search(cell["source"])))


def _title(cells: list[dict[str, Any]]) -> str:
    return plain(str(cells[0]["source"]).splitlines()[0])


def _page(title: str, cells: list[dict[str, Any]], module: str, there: Collection[str]) -> bytes:
    """The cells below each other; what follows the prediction, up to the exercises, stands in a part of its own."""
    parts: list[str] = []
    asked: list[dict[str, str]] = []
    exercises: dict[str, Any] = {}
    covered = False
    for cell in cells:
        source = str(cell["source"])
        if covered and source.startswith(EXERCISES):
            parts.append("</div>")
            covered = False
        parts.append(_cell(cell, there))
        question = ASKS.search(source)
        if question and not asked:
            asked.append({"question": question[1], "unit": question[2] or ""})
            parts.append('<div class="asked"></div><div class="covered">')
            covered = True
        exercise = EXERCISE.search(source)
        if exercise:
            parts.append(_exercise(exercise[1], module, exercises))
    body = "\n".join([*parts, "</div>" if covered else ""])
    data = {"name": module, "asked": asked, "exercises": exercises}
    return page(title, body, entry="chapter", data=data, kind="chapter", there=there)


def _cell(cell: dict[str, Any], there: Collection[str]) -> str:
    source = str(cell["source"])
    if cell["cell_type"] == "markdown":
        return f'<div class="cell-text">{rendered(SHIFT_ENTER.sub(HOW, source), there)}</div>'
    given = "".join(_output(output) for output in cell["outputs"])
    return f'<pre tabindex="0"><code>{html.escape(source)}</code></pre>\n{given}'


def _output(output: dict[str, Any]) -> str:
    data = output.get("data", {})
    said = "".join(output.get("text") or data.get("text/plain", ""))
    if "image/png" in data:
        picture = "".join(data["image/png"]).replace("\n", "")
        return f'<p><img src="data:image/png;base64,{picture}" alt="{html.escape(said)}"></p>'
    is_left_out = PREDICTED.match(said) or said.startswith("… Open.")
    return "" if is_left_out else f'<pre class="given" tabindex="0">{html.escape(said)}</pre>'


def _exercise(name: str, module: str, exercises: dict[str, Any]) -> str:
    marking = markable(module, name)
    if marking is None:
        return '<p class="elsewhere">This one needs Python: it is marked in the notebook.</p>'
    exercises[name] = marking
    return f'<div class="exercise" data-exercise="{name}"></div>'

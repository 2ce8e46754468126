"""Execute the notebooks and keep their outputs, small and the same every time.

    python notebooks/execute.py                  all of them, in place
    python notebooks/execute.py 01 05            those whose names begin so

Widgets are kept as the text or picture that viewers without widgets show: their state would repeat code and data, and
their random names would make every execution another file. Figures get a palette of 64 colours: a third of the size.
"""

import base64
import io
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

HERE = Path(__file__).parent
WIDGET = "application/vnd.jupyter.widget-view+json"
COLOURS = 64


def execute(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with the outputs of a new execution; raises CellExecutionError where a cell fails."""
    client = NotebookClient(notebook, timeout=120, record_timing=False, store_widget_state=False, coalesce_streams=True)
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}  # not the version of whoever executed it
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            shrink(output.get("data", {}))
    return notebook


def shrink(data: dict[str, str]) -> None:
    """Leave out the reference to a live widget, and give a picture a palette."""
    data.pop(WIDGET, None)
    if "image/png" in data:
        data["image/png"] = with_palette(data["image/png"])


def with_palette(picture: str) -> str:
    """A PNG in base64 with fewer colours."""
    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    small = io.BytesIO()
    image.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE).save(small, "PNG", optimize=True)
    return base64.b64encode(small.getvalue()).decode()


def main(beginnings: list[str]) -> None:
    for path in sorted(HERE.glob("*.ipynb")):
        if not beginnings or path.name.startswith(tuple(beginnings)):
            notebook = nbformat.read(path, as_version=4)
            nbformat.write(execute(notebook), path)
            sys.stdout.write(f"{path.name}: {path.stat().st_size / 1000:.0f} kB\n")


if __name__ == "__main__":
    main(sys.argv[1:])

#!/usr/bin/env bash
# Builds a JupyterLite site with the notebooks: Python in the browser, 34 to 60 MB for each student. Needs the internet.
# Tried up to its last step, which fetches Pyodide with numpy & co.: there was no internet. docs/viewers.md says what ran in
# its place. Pages need no such thing: docs/site.md.
#   bash docs/jupyterlite.sh build/lite
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:?where to, such as build/lite}
pyodide=314.0.6 # numpy 2.4, pandas 3.0 and matplotlib 3.10 in it are new enough for the package
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# the versions belong together: a newer widget manager beside an older core gives an empty page
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet 'jupyterlite-core[contents]==0.8.6' jupyterlite-pyodide-kernel==0.8.6 \
  jupyterlab-widgets==3.0.17 'anywidget>=0.9.13' build

# what the kernel installs from the site itself: the package, and what is pure Python beside it
mkdir -p "$place/wheels" "$place/files"
"$place/venv/bin/python" -m build --quiet --wheel --outdir "$place/wheels" .
"$place/venv/bin/pip" download --quiet --no-deps --only-binary :all: --platform any --python-version 3.14 \
  --implementation py --abi none --dest "$place/wheels" simpy redis fakeredis sortedcontainers tomlkit \
  tqdm anywidget psygnal ipywidgets==8.1.8 widgetsnbextension jupyterlab-widgets==3.0.17 comm

# each notebook begins with a cell that installs it, where Python runs in a browser and nowhere else
"$place/venv/bin/python" - "$place/files" <<'PYTHON'
import json, pathlib, sys

FIRST = "import sys\nif sys.platform == 'emscripten':\n    %pip install -q request-cycles anywidget"
for file in sorted(pathlib.Path("notebooks").glob("[0-9]*.ipynb")):
    notebook = json.loads(file.read_text(encoding="utf-8"))
    cell = {"cell_type": "code", "execution_count": None, "id": "install", "metadata": {}, "outputs": [], "source": FIRST}
    notebook["cells"].insert(1, cell)
    notebook["metadata"]["kernelspec"] = {"name": "python", "display_name": "Python", "language": "python"}
    (pathlib.Path(sys.argv[1]) / file.name).write_text(json.dumps(notebook), encoding="utf-8")
PYTHON

wheels=()
for wheel in "$place"/wheels/*.whl; do wheels+=(--piplite-wheels "$wheel"); done
"$place/venv/bin/jupyter" lite build --contents "$place/files" --output-dir "$out" "${wheels[@]}" \
  --pyodide "https://github.com/pyodide/pyodide/releases/download/$pyodide/pyodide-$pyodide.tar.bz2"
echo "$out: serve it with: python -m http.server --directory $out"

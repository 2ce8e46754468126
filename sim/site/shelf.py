"""What is handed out: files in memory by their address, each as it is and compressed; nothing else can be asked for."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff": "font/woff",
    ".csv": "text/csv; charset=utf-8",
    ".ipynb": "application/json",
}
PACKED = ("text/", "application/json", "image/svg+xml")
LARGEST = 200_000_000  # bytes of a folder: all of it is kept in memory


@dataclass(frozen=True)
class Item:
    """A file as it is sent: its type, its bytes, these compressed (None where that would not help), its tag."""

    type: str
    plain: bytes
    packed: bytes | None
    tag: str


def item(name: str, content: bytes) -> Item:
    """A file ready to be sent."""
    kind = TYPES.get(Path(name).suffix.lower(), "application/octet-stream")
    packed = gzip.compress(content, 6, mtime=0) if kind.startswith(PACKED) else None
    return Item(kind, content, packed, f'"{hashlib.sha256(content).hexdigest()[:24]}"')


def shelf(files: Mapping[str, bytes]) -> dict[str, Item]:
    """The files by the path of their address; a folder's `index.html` also by the folder's."""
    items = {f"/{name}": item(name, content) for name, content in files.items()}
    return items | {
        path.removesuffix("index.html"): found for path, found in items.items() if path.endswith("/index.html")
    }


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files of a folder by their names in it; ValueError where there is no page, or too much.

    What begins with a dot is left out, and so is what a link leads to outside of the folder.
    """
    if not folder.is_dir():
        raise ValueError(f"DIR {folder}: no folder; allowed: one that `site` has written, or any with an index.html")
    root = folder.resolve()
    found = {file.relative_to(folder): file for file in sorted(folder.rglob("*")) if file.is_file()}
    inside = {
        name: file
        for name, file in found.items()
        if not any(part.startswith(".") for part in name.parts) and file.resolve().is_relative_to(root)
    }
    if Path("index.html") not in inside:
        raise ValueError(f"DIR {folder}: no index.html; allowed: a folder that `site` has written")
    size = sum(file.stat().st_size for file in inside.values())
    if size > LARGEST:
        raise ValueError(f"DIR {folder}: {size:,} bytes; allowed: at most {LARGEST:,}, for all is kept in memory")
    return {name.as_posix(): file.read_bytes() for name, file in inside.items()}

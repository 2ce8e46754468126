"""From a request's path to the group it is counted in: the globs given, or shapes without names and numbers in them."""

import fnmatch
import re
from collections.abc import Sequence

from ..complaints import shown

MOST_REMEMBERED = 100_000  # targets; beyond, the memory is begun anew
MOST_SHAPES = 10_000
DEEPEST = 5  # names that a shape has at most
MOST_CHILDREN = 20  # so many names side by side are not names of pages, but of things or people
STATIC_CODE, HEALTH_CODE = -1, -2
OTHERS = "/…"

STATIC_FILE = re.compile(
    rb"\.(?:css|m?js|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|eot|otf|mp4|webm|mp3|txt|xml|webmanifest)$"
)
STATIC_FOLDER = re.compile(rb"/(?:assets|packs|static|_next|favicon)\b")
HEALTH_CHECK = re.compile(
    rb"/(?:_?health(?:[-_]?checks?|z)?|healthy|live(?:z|ness)?|ready(?:z|ness)?|up|ping|heartbeat|okcomputer)/?$"
)
PLAIN_NAME = re.compile(r"[a-z]+(?:[_-][a-z]+)*")
LONGEST_NAME = 24


class Groups(dict[bytes, int]):
    """The number of the group of each target ("GET /reports/7?page=2", or a job's class), found once.

    Globs match the path without its query, or "METHOD /path" where they have a space. With `shapes` every path of
    no glob becomes a shape: what may be a name or a number in it is a "*". Groups below 0 are left out.
    """

    def __init__(
        self, reports: Sequence[str] = (), pages: Sequence[str] = (), *, everything: bool = False, shapes: bool = False
    ) -> None:
        super().__init__()
        self.names = ["", *reports, *pages]
        self.report_codes = set(range(1, len(reports) + 1))
        self.given = set(self.names)
        self._globs = [_compiled("report", glob) for glob in reports] + [_compiled("page", glob) for glob in pages]
        self._everything, self._shapes = everything, shapes
        self._numbers: dict[str, int] = {}
        self._children: dict[str, set[str]] = {}

    def __missing__(self, target: bytes) -> int:
        code = self._code(target)
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        if len(target) <= 200:
            self[target] = code
        return code

    def children(self, parent: str) -> int:
        """How many names were seen under this beginning of a path, up to MOST_CHILDREN."""
        return len(self._children.get(parent, ()))

    def _code(self, target: bytes) -> int:
        method, path = _split(target)
        for number, (pattern, with_method) in enumerate(self._globs, start=1):
            if pattern.fullmatch(method + b" " + path if with_method else path):
                return number
        if not self._everything and path.startswith(b"/"):
            if STATIC_FILE.search(path) or STATIC_FOLDER.match(path):
                return STATIC_CODE
            if HEALTH_CHECK.search(path):
                return HEALTH_CODE
        return self._shape(path.decode(errors="replace")) if self._shapes else 0

    def _shape(self, path: str) -> int:
        shape, parent = "", ""
        for part in path.split("/")[1 : DEEPEST + 1]:
            known = self._children.setdefault(parent, set())
            name = part if len(part) <= LONGEST_NAME and (not part or PLAIN_NAME.fullmatch(part)) else "*"
            if len(known) < MOST_CHILDREN and len(self._children) < MOST_SHAPES:
                known.add(name)
            name = name if name in known else "*"
            shape, parent = f"{shape}/{name}", f"{parent}/{name}"
        shape = shape or "/"
        if shape not in self._numbers and len(self._numbers) >= MOST_SHAPES:
            shape = OTHERS
        if shape not in self._numbers:
            self._numbers[shape] = len(self.names)
            self.names.append(shape)
        return self._numbers[shape]


def _split(target: bytes) -> tuple[bytes, bytes]:
    """Method and path of a target, without scheme, host, query and protocol."""
    method, space, path = target.partition(b" ")
    if not space:
        method, path = b"", target
    path = path.partition(b" ")[0].partition(b"?")[0].partition(b";")[0].partition(b"#")[0]
    if b"://" in path[:12]:
        path = b"/" + path.split(b"/", 3)[3] if path.count(b"/") >= 3 else b"/"
    return method, path


def _compiled(name: str, glob: str) -> tuple[re.Pattern[bytes], bool]:
    if not glob or not glob.isprintable() or len(glob) > 200:
        raise ValueError(f"{name} = {shown(glob)}; allowed: a glob such as '/reports/*', of at most 200 characters")
    return re.compile(fnmatch.translate(glob).encode(), re.DOTALL), " " in glob

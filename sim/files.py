"""How files are written: beside the old one, which is replaced once all is there; pipes and devices as they are."""

import errno
import io
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

Content = bytes | Callable[[IO[bytes]], object]  # what a file will hold, or who writes it
OPEN_ALREADY = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "-": 1, "/dev/stderr": 2}


def write(file: str | Path, content: Content) -> None:
    """Write a file, all of it or nothing; raises OSError with its name."""
    write_all({Path(file): content})


def write_all(files: Mapping[Path, Content], *, make_folders: bool = False) -> None:
    """Write files, none of which replaces an old one before all are there; raises OSError with the name of one.

    A symbolic link stays one. What is no regular file (a pipe, a terminal, /dev/stdout) is written to as it is.
    """
    beside: list[tuple[Path, str]] = []
    try:
        for file, content in files.items():
            with _named(file):
                if make_folders:
                    file.parent.mkdir(parents=True, exist_ok=True)
                with _opened(file, beside) as stream:
                    content(stream) if callable(content) else stream.write(content)
        for file, new in beside:
            with _named(file):
                os.replace(new, os.path.realpath(file))
    finally:
        for _, new in beside:
            with suppress(OSError):
                os.unlink(new)


def text(write: Callable[[IO[str]], object]) -> Content:
    """What writes text, for who writes bytes."""

    def encoded(stream: IO[bytes]) -> None:
        wrapper = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        write(wrapper)
        wrapper.detach()

    return encoded


def is_stdout(file: str | Path | None) -> bool:
    """Whether what is written to this file is written to stdout."""
    return file is not None and _descriptor(file) == 1


def check(file: str | Path) -> None:
    """Raises OSError with the file's name where it could not be written; leaves no trace of the trial."""
    with _named(file):
        kind = _kind(file)
        if kind == stat.S_IFDIR:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if kind is not None and _descriptor(file) is None and not os.access(file, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if _is_replaced(file):
            check_folder(Path(os.path.realpath(file)).parent)


def check_folder(folder: Path) -> None:
    """Raises OSError where nothing could be written into the folder; leaves no trace of the trial."""
    import tempfile  # not for `--help`

    with _named(folder):
        tempfile.TemporaryFile(dir=folder).close()


def _is_replaced(file: str | Path) -> bool:
    """Whether a new file takes the place of this one; where the folder forbids that, the old one is written over."""
    if _descriptor(file) is not None:
        return False
    kind = _kind(file)
    return kind is None or (kind == stat.S_IFREG and os.access(os.path.dirname(os.path.realpath(file)), os.W_OK))


def _kind(file: str | Path) -> int | None:
    """Regular file, folder, pipe, …; None for what is not there."""
    try:
        return stat.S_IFMT(os.stat(file).st_mode)
    except FileNotFoundError:
        return None


def _descriptor(file: str | Path) -> int | None:
    """The number of a stream of this process that the name stands for."""
    found = OPEN_ALREADY.fullmatch(str(file))
    return int(found[1]) if found else STANDARD.get(str(file))


def _opened(file: Path, beside: list[tuple[Path, str]]) -> IO[bytes]:
    """The file to write to: where it replaces another, a new one with its rights, whose name is put into `beside`."""
    if not _is_replaced(file):
        return _stream(file)
    old = os.path.realpath(file)
    new = os.path.join(os.path.dirname(old), f".sim-{os.urandom(8).hex()}")
    stream = open(new, "xb")  # noqa: SIM115
    beside.append((file, new))
    with suppress(FileNotFoundError):
        os.chmod(new, stat.S_IMODE(os.stat(old).st_mode))
    return stream


def _stream(file: Path) -> IO[bytes]:
    number = _descriptor(file)
    if number is not None:
        sys.stdout.flush()  # what was printed before stands before
        return os.fdopen(os.dup(number), "wb")
    if _kind(file) != stat.S_IFIFO:
        return file.open("wb")
    pipe = os.open(file, os.O_WRONLY | os.O_NONBLOCK)  # else it would wait for ever where nobody reads
    os.set_blocking(pipe, True)
    return os.fdopen(pipe, "wb")


@contextmanager
def _named(file: str | Path) -> Iterator[None]:
    """Gives an OSError the name of the file that was asked for."""
    try:
        yield
    except OSError as error:
        reason = "nobody reads this pipe" if error.errno == errno.ENXIO else error.strerror or str(error)
        raise OSError(error.errno, reason, str(file)) from None

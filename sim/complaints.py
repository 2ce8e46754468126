"""Mistakes in a scenario or a file told to a person: where, which field, which value, what is allowed."""

import difflib
import itertools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from . import delays, distributions, mishaps
from .secrets import masked, masked_argument

DELAYS = ("client_retry_delay", "job_retry_delay")
PIECE = 1 << 16  # bytes read at once: memory is taken for what is there, not for what is allowed


def shown(value: Any) -> str:
    """A value as it may stand in a message: short, on one line, and without control characters."""
    value = masked_argument(value) if isinstance(value, str) else value
    try:
        text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    except (ValueError, RecursionError):  # thousands of digits, or tables in tables in tables
        text = f"({type(value).__name__}, too large to show)"
    return _shortened(masked(text))


def printable(text: str) -> str:
    """The text of a name, control characters escaped and secrets left out."""
    text = masked_argument(text)
    return text if text.isprintable() else ascii(text)[1:-1]


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """A hint at the name that was probably meant, to stand behind the one that was given; "" where none is close."""
    close = difflib.get_close_matches(name, list(allowed), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def explain(error: ValidationError, model: type[BaseModel], where: str, origin: Mapping[str, str]) -> str:
    """One line per mistake that pydantic found in `model`; `origin` names the file or flag each field came from."""
    lines = [_line(mistake, model, where, origin) for mistake in error.errors(include_url=False)]
    return "\n".join(dict.fromkeys(lines))


def _line(mistake: Any, model: type[BaseModel], where: str, origin: Mapping[str, str]) -> str:
    location = [part for before, part in itertools.pairwise(("", *mistake["loc"])) if not _is_tag(before, part)]
    field = ".".join(_shortened(str(part)) for part in location)
    # a mistake that is about several fields begins with the one to blame
    first = location[0] if location else str(mistake.get("ctx", {}).get("error", "")).partition(" ")[0]
    place = origin.get(str(first), where)
    if field and place != f"--set {field}":
        place += f": {field}"
    complaint = _complaint(mistake, model, location)
    goes_on = bool(field) and complaint.startswith(("= ", "is "))  # else it names what it is about itself
    return f"{printable(place)}{' ' if goes_on else ': '}{complaint}"


def _names_beside(location: tuple[str | int, ...], model: type[BaseModel]) -> Iterable[str]:
    """The names that may stand where a wrong one does."""
    if len(location) == 1:
        return model.model_fields
    if isinstance(location[-2], int):
        return (mishaps.Queue if location[0] == "queues" else distributions.Part).model_fields
    return (delays.FIELDS if location[0] in DELAYS else distributions.FIELDS)[location[-2]]


def _is_tag(before: Any, part: Any) -> bool:
    """Whether pydantic, not the user, wrote this part of a location: the distribution it took the table for."""
    is_delay = before in DELAYS and part in delays.NAMES
    return is_delay or (before in ("external_time", "time") and part in distributions.NAMES)


def _complaint(mistake: Any, model: type[BaseModel], location: list[Any]) -> str:
    kind, value, context = mistake["type"], mistake["input"], mistake.get("ctx", {})
    if kind == "extra_forbidden":
        return "is not a field" + did_you_mean(str(location[-1]), _names_beside(mistake["loc"], model))
    if kind == "missing":
        return "is missing"
    if kind.startswith("union_tag") and location[-1] in DELAYS:
        return f"= {shown(value)}; allowed: {_allowed(model, location)}"
    if kind.startswith("union_tag"):
        tag = value.get("distribution", value) if isinstance(value, dict) else value
        hint = did_you_mean(str(tag), distributions.NAMES)
        return f"= {shown(tag)}{hint}; allowed: a number of seconds, or distribution = {', '.join(distributions.NAMES)}"
    if kind == "value_error" and not location:
        return str(context["error"])
    reason = str(context.get("error") or mistake["msg"])
    allowed = _allowed(model, location)
    if (
        kind == "value_error"
        and reason
        and (isinstance(value, list | tuple) or (isinstance(value, dict) and not allowed))
    ):
        return reason
    return f"= {shown(value)}; allowed: {allowed or _reworded(reason)}"


def _allowed(model: type[BaseModel], location: list[Any]) -> str | None:
    field = model.model_fields.get(str(location[0])) if len(location) == 1 else None
    extra = field.json_schema_extra if field else None
    return str(extra["allowed"]) if isinstance(extra, dict) and location != ["external_time"] else None


def _reworded(message: str) -> str:
    reworded = message.removeprefix("Input should be ").removeprefix("Value error, ")
    return re.sub(r"^a valid dictionary or instance of \w+$", "a table", reworded)


def read_text(path: str | Path, kind: str, largest: int) -> str:
    """The text of a file of that kind; raises ValueError where there is none of at most `largest` bytes in UTF-8."""
    where = printable(str(path))
    try:
        content = bytearray()
        with Path(path).open("rb") as stream:
            while len(content) <= largest and (piece := stream.read(PIECE)):
                content += piece
    except OSError as error:
        raise ValueError(f"{where}: {error.strerror}") from None
    except ValueError:
        raise ValueError(f"{where}: no name of a file") from None
    if len(content) > largest:
        raise ValueError(f"{where}: too large; allowed: {kind} of at most {largest} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{where}: not a text file; allowed: {kind} in UTF-8") from None

"""What is varied, as text: a field and its values, listed ("threads=2,4,8") or a range ("arrival_rate=0.5:4:0.5")."""

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation

from ..units import UNITS, parse_duration

MOST_VALUES = 10_000


def varied(texts: Iterable[str]) -> dict[str, list[float]]:
    """The values of each field that is varied; ValueError where there are none, or not numbers."""
    vary: dict[str, list[float]] = {}
    for text in texts:
        field, equals, values = text.partition("=")
        if not equals or not field.strip():
            raise ValueError(
                f"vary {text[:60]!r}: allowed: FIELD=VALUES, such as threads=2,4,8 or arrival_rate=1:4:0.5"
            )
        if field.strip() in vary:
            raise ValueError(f"vary {field.strip()}: given twice; allowed: once")
        vary[field.strip()] = [value for item in values.split(",") for value in _items(item.strip(), text)]
    return vary


def _items(item: str, text: str) -> Iterator[float]:
    """The numbers of one item: "4", or "from:to" or "from:to:step" with both ends."""
    parts = item.split(":")
    numbers = [_number(part, text) for part in parts]
    if len(numbers) == 1:
        yield _plain(numbers[0], parts)
        return
    if len(numbers) > 3:
        raise ValueError(f"vary {text[:60]!r}: allowed: values 2,4,8 or from:to:step")
    low, high, step = numbers if len(numbers) == 3 else (*numbers, Decimal(1))
    if step <= 0 or low > high:
        raise ValueError(f"vary {text[:60]!r}: the range is empty or reversed; allowed: from:to:step with step above 0")
    count = int((high - low) / step) + 1
    if count > MOST_VALUES:
        raise ValueError(f"vary {text[:60]!r}: {count:,} values; allowed: at most {MOST_VALUES:,}")
    yield from (_plain(low + place * step, parts) for place in range(count))


def _number(part: str, text: str) -> Decimal:
    part = part.strip()
    try:
        number = Decimal(repr(parse_duration(part))) if part.endswith(tuple(UNITS)) else Decimal(part)
    except (InvalidOperation, ValueError):
        number = Decimal("nan")
    if not number.is_finite() or abs(number) > Decimal("1e18"):
        raise ValueError(f"vary {text[:60]!r}: {part[:30]!r} is not a number; allowed: such as 8, 0.5 or 30s")
    return number


def _plain(number: Decimal, parts: list[str]) -> float:
    """A whole number where all that was written is whole, so that it can count threads."""
    return int(number) if all(part.strip().lstrip("+-").isdecimal() for part in parts) else float(number)

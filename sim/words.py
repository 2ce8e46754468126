"""How numbers and things are said: durations, shares, counts, and the names of cycles and hops. One home for all."""

from .path import CONSTANT_HOPS, EXTERNAL

LABELS = {hop.name: hop.label for hop in (*CONSTANT_HOPS, EXTERNAL)}
NONE, NEVER = "–", "never"


def seconds(value: float | None) -> str:
    """A duration for reading: three significant figures, in ms below one second."""
    if value is None:
        return NONE
    if 0 < value < 0.9995:
        return f"{value * 1000:.3g} ms"
    return f"{value:,.0f} s" if value >= 99.95 or value == 0 else f"{value:#.3g} s"


def percent(fraction: float | None) -> str:
    """A fraction for reading; what is more than nothing does not look like nothing."""
    if fraction is None:
        return NONE
    return "< 0.1 %" if 0 < fraction < 0.0005 else f"{100 * fraction:.1f} %"


def counted(number: int, noun: str) -> str:
    """A number of things: "1 report", "1,200 reports"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

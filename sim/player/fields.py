"""What the page is told of a scenario's fields, so that it reads and writes a scenario's TOML by the same rules."""

from typing import Any, get_args

from pydantic.fields import FieldInfo

from .. import distributions
from ..path import COMPUTES, CONSTANT_HOPS, INBOUND, POLLING
from ..scenario import PLAIN, Scenario
from ..units import durations_of

KINDS = {  # those that are told by their name
    "arrival_rate": "rate",
    "external_time": "distribution",
    "client_retry_delay": "delay",
    "job_retry_delay": "delay",
    "outages": "outages",
    "worker_stops": "stops",
    "queues": "queues",
}
HOPS = {
    hop.field: {
        "hop": hop.name,
        "inbound": hop in INBOUND,
        "visits": POLLING.count(hop),
        "computes": POLLING.count(hop) if hop in COMPUTES else 0,
    }
    for hop in CONSTANT_HOPS
}
OF_A_DISTRIBUTION = "a number of seconds, or distribution = " + ", ".join(distributions.NAMES)


def fields() -> dict[str, Any]:
    """By name: kind, allowed (in words), choices or least and most, default, meaning, and whether it is always said.

    That of a hop has its name, whether it is on the way in, and how often a page visits it, and does so for a core.
    """
    defaults = Scenario().model_dump(mode="json")
    return {name: _told(name, field, defaults[name]) for name, field in Scenario.model_fields.items()}


def _told(name: str, field: FieldInfo, default: Any) -> dict[str, Any]:
    extra: Any = field.json_schema_extra
    allowed = OF_A_DISTRIBUTION if name == "external_time" else extra["allowed"]
    means = f"{field.description}, {extra['unit']}" if extra["unit"] else field.description
    told = {"kind": _kind(name, field), "allowed": allowed, "default": default, "means": means, "plain": name in PLAIN}
    return told | _bounds(field) | HOPS.get(name, {})


def _kind(name: str, field: FieldInfo) -> str:
    if name in KINDS:
        return KINDS[name]
    if name in durations_of(Scenario):
        return "seconds"
    types = {field.annotation, *get_args(field.annotation)}
    return "text" if field.annotation is str else "count" if int in types else "number" if float in types else "choice"


def _bounds(field: FieldInfo) -> dict[str, Any]:
    if choices := [choice for choice in get_args(field.annotation) if isinstance(choice, str)]:
        return {"choices": choices}
    found = {
        name: getattr(part, name)
        for part in field.metadata
        for name in ("ge", "le", "lt", "max_length")
        if hasattr(part, name)
    }
    least, most = found.get("ge"), found.get("le", found.get("max_length"))
    if "lt" in found:  # a seed: JavaScript's numbers end before seeds do
        most = str(found["lt"] - 1)
    return {} if most is None else {"least": least or 0, "most": most}

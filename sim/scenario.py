"""Every number of a run: value, unit, meaning, bounds."""

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, ValidationError, model_validator

from . import delays, distributions, path
from .complaints import explain, shown
from .delays import Delay
from .distributions import Distribution, LogNormal
from .mishaps import Outages, Queues, Stops, refuse_endless
from .units import TICKS_PER_SECOND, Duration, brief, instant, parse_duration, to_grid

LARGEST_RATE, LARGEST_TIME, LARGEST_POOL, LARGEST_COUNT = 1e6, 1e7, 10_000, 1_000_000_000
DELAYS = "a number of seconds, or {kind, ...} with kind = " + ", ".join(delays.NAMES)

Steps = tuple[tuple[float, float], ...]


def _rate(value: Any) -> float | Steps:
    if isinstance(value, list | tuple):
        return _steps(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST_RATE:
        raise ValueError
    return float(value) + 0.0  # no -0.0: the time to the next request would be -inf


def _steps(steps: Sequence[Any]) -> Steps:
    pairs = []
    for step in steps:
        if not isinstance(step, list | tuple) or len(step) != 2 or isinstance(step[1], list | tuple):
            raise ValueError
        rate = _rate(step[1])
        assert isinstance(rate, float)
        pairs.append((instant(step[0], LARGEST_TIME), rate))
    instants = [from_at for from_at, _ in pairs]
    if not pairs or instants[0] != 0 or any(a >= b for a, b in itertools.pairwise(instants)):
        raise ValueError
    return tuple(pairs)


def _shown_as_it_is(text: str) -> str:
    if not text.isprintable():
        raise ValueError
    return text


Text = Annotated[str, AfterValidator(_shown_as_it_is)]  # it goes to the terminal


def _field(default: Any, unit: str, meaning: str, allowed: str, **bounds: Any) -> Any:
    return Field(default, description=meaning, json_schema_extra={"unit": unit, "allowed": allowed}, **bounds)


def _count(default: int | None, meaning: str, *, least: int = 0, most: int = LARGEST_COUNT) -> Any:
    return _field(default, "", meaning, f"a whole number from {least} to {most}", ge=least, le=most)


def _seconds(default: float | None, meaning: str, *, positive: bool = False, most: float = LARGEST_TIME) -> Any:
    allowed = f'seconds {"above" if positive else "from"} 0 up to {most:,.0f}, or a text such as "30s"'
    least = 1 / TICKS_PER_SECOND if positive else 0
    return _field(default, "s", meaning, allowed, ge=least, le=most, validate_default=True)


def _hop(hop: path.Hop, meaning: str) -> Any:
    return _seconds(hop.visit_time or 0.0, f"one visit to {meaning}", most=3600)


class Scenario(BaseModel):
    """One experiment, complete: who arrives, what they ask for, who serves them and for how long it goes on."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    title: Text = _field("", "", "what the scenario is called", "at most 200 printable characters", max_length=200)
    shows: Text = _field("", "", "what it shows", "at most 1000 printable characters", max_length=1000)
    try_this: Text = _field("", "", "what to try with it", "at most 1000 printable characters", max_length=1000)

    arrival_rate: Annotated[float | Steps, PlainValidator(_rate)] = _field(
        3.0,
        "requests/s",
        "how many requests arrive, on average; or steps [[from_at, rate], ...]",
        f"a number from 0 to {LARGEST_RATE:,.0f}, or steps [[0, rate], [from_at, rate], ...], from_at growing from 0",
    )
    report_fraction: float = _field(
        0.1, "0..1", "share of the requests that need the slow external call", "a number from 0 to 1", ge=0, le=1
    )
    external_time: Distribution = _field(
        LogNormal(mean=10, p95=30), "s", "how long the slow external call of a report takes", "a distribution"
    )
    threads: int = _field(
        5, "", "slots of the web server", f"a whole number from 1 to {LARGEST_POOL}", ge=1, le=LARGEST_POOL
    )
    workers: int = _field(
        5, "", "slots of the background application", f"a whole number from 1 to {LARGEST_POOL}", ge=1, le=LARGEST_POOL
    )
    timeout: Duration = _seconds(30.0, "the router answers with an error so long after arrival", positive=True)
    duration: Duration = _seconds(600.0, "arrivals stop then; the run goes on until all is done", positive=True)
    warmup: Duration = _seconds(0.0, "requests that arrive before are simulated but not counted")
    seed: int = _field(1, "", "chooses the random numbers", "a whole number from 0 to 2^63 - 1", ge=0, lt=2**63)
    on_timeout: Literal["finish_started", "finish_all", "kill"] = _field(
        "finish_started",
        "",
        "what becomes of the work of a request whose client has its error",
        '"finish_started", "finish_all" or "kill"',
    )
    web_server_time: Duration = _hop(path.WEB_SERVER, "the web server (in and out)")
    middleware_time: Duration = _hop(path.MIDDLEWARE, "the middleware (in and out)")
    routes_time: Duration = _hop(path.ROUTES, "routes.rb (in only)")
    controller_time: Duration = _hop(path.CONTROLLER, "controller.rb (in and out)")
    model_time: Duration = _hop(path.MODEL, "model.rb (to the database and back)")
    database_time: Duration = _hop(path.DATABASE, "the database")
    queue_time: Duration = _hop(path.QUEUE, "Redis: pushing one job")

    backlog_limit: int | None = _count(None, "who arrives when so many wait is turned away with 503; absent: nobody is")
    client_retries: int = _count(0, "so often a client whose request ended badly tries again", most=100)
    client_retry_delay: Delay = _field(
        delays.Exponential(first=1, factor=2, most=30, jitter=1), "s", "how long a client waits before it does", DELAYS
    )
    service_timeout: Duration | None = _seconds(
        None, "what still runs so long after its start is cut off; absent: nothing is", positive=True
    )
    cores: int | None = _count(None, "so many stretches of Ruby compute at once; absent: enough", least=1)
    result: Literal["nothing", "polling", "push"] = _field(
        "nothing", "", "how the client gets the report of a job", '"nothing", "polling" or "push"'
    )
    poll_every: Duration = _seconds(2.0, "a client asks again so long after each answer", positive=True)
    poll_for: Duration = _seconds(600.0, "and no longer than this after its report was accepted", positive=True)
    poll_time: Duration = _seconds(to_grid(0.010), "a poll's time in the controller, beside a file", positive=True)
    outages: Outages = _field((), "s", "calls that begin then fail", "[[from_at, until_at], ...], from_at < until_at")
    failure_fraction: float = _field(
        0.0, "0..1", "share of the slow calls that fail by chance", "a number from 0 to 1", ge=0, le=1
    )
    failure_time: Duration | None = _seconds(None, "how long a failing call takes; absent: as long as a good one")
    job_retries: int = _count(0, "so often a job whose run failed is run again", most=1000)
    job_retry_delay: Delay = _field(delays.Sidekiq(), "s", "how long a failed job waits before it is due", DELAYS)
    retry_poll_time: Duration = _seconds(0.0, "how often due jobs are looked for, on average; 0: at once")
    worker_stops: Stops = _field(
        (), "s", "when the worker application is stopped, and how", '[[at, "term" or "kill"], ...], at growing'
    )
    shutdown_time: Duration = _seconds(25.0, "so long after a term runs may go on")
    restart_time: Duration = _seconds(10.0, "so long after it is gone the worker application is back")
    recovery_time: Duration = _seconds(60.0, "so long after a kill a reliable fetch puts its jobs back")
    fetch: Literal["basic", "reliable"] = _field(
        "basic", "", "whether a job that is taken can be lost with its worker", '"basic" or "reliable"'
    )
    queues: Queues = _field(
        (), "", "the queues of jobs; absent: one", "[{name, share, external_time, weight, workers}, ...]"
    )

    @model_validator(mode="after")
    def _consistent(self) -> "Scenario":
        if self.warmup >= self.duration:
            raise ValueError(
                f"warmup = {self.warmup:g} with duration = {self.duration:g}; allowed: warmup below duration"
            )
        if not sum(getattr(self, hop.field) for hop in path.INBOUND):
            fields = ", ".join(hop.field for hop in path.INBOUND)
            raise ValueError(f"{fields} = 0 together; allowed: the way in takes some time (at least 2^-20 s)")
        apart = self.shutdown_time + self.restart_time
        for (at, _), (then, _) in itertools.pairwise(self.worker_stops):
            if then - at < apart:
                raise ValueError(
                    f"worker_stops = {at:g} and {then:g}; allowed: shutdown_time + restart_time = {apart:g} s apart"
                )
        if self.calls_fail:
            refuse_endless(self.job_retries, self.job_retry_delay, self.retry_poll_time, self.duration)
        return self

    @property
    def hop_times(self) -> dict[str, float]:
        """Seconds of one visit, by the hop's name."""
        return {hop.name: getattr(self, hop.field) for hop in path.CONSTANT_HOPS}

    @property
    def rate_steps(self) -> Steps:
        """The arrival rate as steps (from_at in s, requests/s), also where it is one number."""
        return ((0.0, self.arrival_rate),) if isinstance(self.arrival_rate, float) else self.arrival_rate

    @property
    def patience(self) -> float:
        """A thread that reaches a request so many seconds after its arrival, or later, skips it; inf: it never does."""
        return math.inf if self.on_timeout == "finish_all" else self.timeout

    @property
    def limit(self) -> float:
        """So many seconds after its arrival a running request is cut off; inf: it never is."""
        return self.timeout if self.on_timeout == "kill" else math.inf

    @property
    def beyond(self) -> list[str]:
        """The fields that ask for more than the rules R1 to R10: who knows only those refuses, or says nothing."""
        return [name for name, default in _asking(type(self)).items() if getattr(self, name) != default]

    @property
    def calls_fail(self) -> bool:
        """Whether a slow call can fail."""
        return self.failure_fraction > 0 or bool(self.outages)

    @property
    def draws_luck(self) -> bool:
        """Whether a rule draws random numbers of its own, so that the seed counts beside a workload file, too."""
        jitter = {name: getattr(getattr(self, f"{name}_retry_delay"), "jitter", 1) for name in ("client", "job")}
        of_jobs = self.calls_fail and self.job_retries and (jitter["job"] or self.retry_poll_time)
        weighted = any(queue.weight is not None for queue in self.queues)
        return bool(self.failure_fraction or (self.client_retries and jitter["client"]) or of_jobs or weighted)

    def refuse_beyond(self, who: str, allowed: str, knows: Collection[str] = ()) -> None:
        """Raise ValueError, naming the first field, if the scenario asks for a rule that `who` does not know."""
        for name in (asked for asked in self.beyond if asked not in knows):
            raise ValueError(f"{name} = {getattr(self, name)!r}: not with {who}; allowed: {allowed}")

    def replace(self, **changes: Any) -> "Scenario":
        """The scenario with these fields changed; raises ValueError as `load` does."""
        return validated({**self.model_dump(), **changes}, "scenario")

    def to_json(self) -> dict[str, Any]:
        """The scenario as plain data, field by field."""
        return self.model_dump(mode="json", warnings=False)  # pydantic 2.14 warns of the steps of an arrival rate

    def to_toml(self) -> str:
        """The scenario as a TOML file, every field with its unit and meaning as a comment."""
        import tomlkit

        lines = []
        for name, value in self.model_dump(exclude_none=True).items():
            field = type(self).model_fields[name]
            if name not in PLAIN and getattr(self, name) == field.default:
                continue  # a rule that is off
            unit = (field.json_schema_extra or {}).get("unit") if isinstance(field.json_schema_extra, dict) else ""
            comment = f"# {field.description}" + (f", {unit}" if unit else "")
            lines.append(f"{comment}\n{name} = {tomlkit.item(_plain(value, unit == 's')).as_string()}")
        return "\n".join(lines) + "\n"


GENERATOR_FIELDS = frozenset(
    {"arrival_rate", "report_fraction", "external_time", "duration", "seed"} | {hop.field for hop in path.CONSTANT_HOPS}
)
# what the rules R1 to R10 are about; a field that is not here asks for more, until it is shown to ask for nothing new
PLAIN = GENERATOR_FIELDS | {"title", "shows", "try_this", "threads", "workers", "timeout", "warmup", "on_timeout"}
WITHOUT_FEEDBACK = frozenset({"service_timeout"})  # nobody comes again or before others: the exact engine has it too
# what says only how a rule does it, and nothing while the rule is off
DETAILS = frozenset(
    {"client_retry_delay", "poll_every", "poll_for", "poll_time", "failure_time", "job_retries", "job_retry_delay"}
    | {"retry_poll_time", "shutdown_time", "restart_time", "recovery_time", "fetch"}
)


@cache
def _asking(model: type[Scenario]) -> dict[str, Any]:
    """The fields that can ask for more than those rules, and their defaults, which do not."""
    return {name: field.default for name, field in model.model_fields.items() if name not in PLAIN | DETAILS}


def seconds_above_0(name: str, value: float | str) -> float:
    """The seconds that a parameter asks for, as a number or a text; raises ValueError for what is no such time."""
    try:
        seconds = float(value) if isinstance(value, str) and value.strip().isdecimal() else parse_duration(value)
    except ValueError:
        seconds = None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        seconds = 0.0
    if not 1 / TICKS_PER_SECOND <= seconds <= LARGEST_TIME:
        raise ValueError(f"{name} = {shown(value)}; allowed: seconds above 0, or a text such as 250ms")
    return float(seconds)


TIMES = distributions.TIMES | delays.TIMES


def _plain(value: Any, is_time: bool) -> Any:
    """The value as tomlkit writes it on one line, times as short as they can be without becoming others."""
    import tomlkit

    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update({key: _plain(entry, key in TIMES) for key, entry in value.items() if entry is not None})
        return table
    if isinstance(value, list | tuple) and any(isinstance(entry, dict) for entry in value):
        array = tomlkit.array()
        array.extend([_plain(entry, is_time) for entry in value])
        return array
    if isinstance(value, float):
        return brief(value) if is_time else value
    return [_plain(entry, is_time) for entry in value] if isinstance(value, list | tuple) else value


def validated(fields: Mapping[str, Any], where: str, origin: Mapping[str, str] | None = None) -> Scenario:
    """The scenario with these fields (the others at their defaults); raises ValueError with a line per mistake."""
    try:
        return Scenario.model_validate(dict(fields))
    except ValidationError as error:
        raise ValueError(explain(error, Scenario, where, origin or {})) from None

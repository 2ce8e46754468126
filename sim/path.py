"""The slide as data: every station a request can visit, and the three parts of its way.

The deck draws a request walking web server → middleware → routes → controller → model → database and
back. Here each station is a `Hop`, and each part of the way is a tuple of hops in the order they are visited.
"""

from typing import NamedTuple


class Hop(NamedTuple):  # no dataclass: its import takes a tenth of what `--help` takes
    """One station on the path, with the constant time that one visit takes unless a scenario says otherwise.

    `label` is what the slide writes on the box, `place` the dashed box it stands in: `cloud`, `application`,
    `application_2` or `outside`. `visit_time` is in seconds; None: drawn anew for every request.
    """

    name: str
    label: str
    place: str
    visit_time: float | None

    @property
    def field(self) -> str:
        """The scenario field that holds this hop's visit time."""
        return f"{self.name}_time"


WEB_SERVER = Hop("web_server", "Web Server", "cloud", 0.001)
MIDDLEWARE = Hop("middleware", "Middleware", "application", 0.002)
ROUTES = Hop("routes", "routes.rb", "application", 0.001)
CONTROLLER = Hop("controller", "controller.rb", "application", 0.010)
MODEL = Hop("model", "model.rb", "application", 0.010)
DATABASE = Hop("database", "Database", "cloud", 0.050)
QUEUE = Hop("queue", "Queue", "cloud", 0.001)
EXTERNAL = Hop("external", "HTTP Request", "outside", None)

INBOUND = (WEB_SERVER, MIDDLEWARE, ROUTES, CONTROLLER)
LOOKUP = (MODEL, DATABASE, MODEL)
OUTBOUND = (CONTROLLER, MIDDLEWARE, WEB_SERVER)  # the way back does not pass the routes again
POLLING = (*INBOUND, *LOOKUP, *OUTBOUND)  # the way of a question whether the report is there
COMPUTES = (MIDDLEWARE, ROUTES, CONTROLLER, MODEL)  # what needs a core (R14)

CONSTANT_HOPS = tuple(dict.fromkeys((*INBOUND, *LOOKUP, *OUTBOUND, QUEUE)))  # each once, in the order of the way

"""What may be said of a Redis server: its host, port and database, and why it failed; never a word of its URL.

A URL holds a password, and the library's own errors quote it. What `broker` says about a server is said here.
"""

import os
import re
import ssl
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

T = TypeVar("T")

PATHS = {"redis": r"(/\d*)?", "rediss": r"(/\d*)?", "unix": r"/[^%]+"}  # by scheme: a database, a socket
HOST = re.compile(r"[\w.-]*|[0-9a-f:.]+", re.IGNORECASE)  # a name, or an address
FILES = {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"}
TLS_OPTIONS = {"ssl_cert_reqs", "ssl_check_hostname"} | FILES
URL_OPTIONS = {"db", "password", "protocol", "username"} | TLS_OPTIONS
VALUES = {"protocol": ("2", "3"), "ssl_cert_reqs": ("none", "optional", "required")}  # what an option may be

TLS_HINT = " (does the server speak TLS on this port?)"
CLUSTER = "the server is part of a Redis Cluster, where a job and its queue's name have no place together"
NO_PROTOCOL_3 = "the server does not speak protocol 3 (the URL's option protocol may be left out)"
NO_PROTOCOL_3_SAYS = re.compile(r"NOPROTO|unknown command\W+hello\b|NOPERM.*\bhello\b", re.IGNORECASE)
CLUSTER_SAYS = re.compile(r"(CLUSTERDOWN|CROSSSLOT|MOVED|ASK)\b")
REASONS = {  # by the name of the exception, or of the nearest of its parents that is here
    "AskError": CLUSTER,
    "AuthenticationError": "the server wants another user name or password",
    "BusyLoadingError": "the server is still loading its data",
    "ClusterCrossSlotError": CLUSTER,
    "ClusterDownError": CLUSTER,
    "ClusterError": CLUSTER,
    "ConnectionError": "cannot be reached (is a Redis server running there?)",
    "InvalidResponse": "what answers there is not a Redis server",
    "MaxConnectionsError": "every connection that this client may open is in use",
    "NoPermissionError": "the server does not let this user do that",
    "MovedError": CLUSTER,
    "OSError": "cannot be reached (is a Redis server running there?)",
    "OutOfMemoryError": "the server has no memory left",
    "ReadOnlyError": "the server is a replica, which takes no jobs",
    "ResponseError": "the server refuses the command or the database",
    "SSLCertVerificationError": "the server's certificate is not trusted (ssl_ca_certs=FILE names who signed it)",
    "SSLError": f"no TLS connection could be made{TLS_HINT}",
    "TimeoutError": "the server does not answer",
}


def problem(url: str) -> str | None:
    """What is wrong with the URL, without a word of it; None if nothing is.

    An unescaped character makes a part of the password look like host, port or path (`redis://u:12#34@host` has the
    host u and the port 12), so every URL in which that can have happened is refused before a host is named.
    """
    scheme, separator, rest = url.partition("://")
    if scheme not in PATHS or not separator or not url.isprintable():
        return "say fake, env:NAME, or a redis://, rediss:// or unix:// URL of printable characters"
    if "#" in rest or "@" in re.sub("^[^/?]*", "", rest):
        return "in the URL's user name, password and options write # as %23, / as %2F, ? as %3F and @ as %40"
    try:
        parts = urlsplit(url)
        host, readable = parts.hostname or "", parts.port != 0
    except ValueError:
        readable = False
    if not readable or not HOST.fullmatch(host):
        return "the URL's host must be a name or an address, its port a number from 1 to 65535"
    if not re.fullmatch(PATHS[parts.scheme], parts.path, re.ASCII):
        return "the URL's path must be a database number, or the server's socket in a unix:// URL"
    return _problem_of_options(parse_qsl(parts.query, keep_blank_values=True))


def _problem_of_options(options: list[tuple[str, str]]) -> str | None:
    if not {name for name, _ in options} <= URL_OPTIONS:
        return f"the URL's options may be {', '.join(sorted(URL_OPTIONS))}"
    wrong = next((name for name, value in options if value not in VALUES.get(name, (value,))), None)
    if wrong:
        return f"the URL's option {wrong} may be {', '.join(VALUES[wrong])}"
    unread = next((name for name, value in options if name in FILES and not os.access(value, os.R_OK)), None)
    return f"the file of the URL's option {unread} cannot be read" if unread else None


def place(client: Any) -> str:
    """The server as a message may name it: host, port and database only."""
    if type(client).__module__.startswith("fakeredis"):
        return "the fake redis"
    options = client.connection_pool.connection_kwargs
    host, port = options.get("host") or "localhost", options.get("port") or 6379
    server = options.get("path") or (f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    return f"redis at {server}, database {options.get('db') or 0}"


def unreachable(client: Any, url: str, trouble: str) -> str:
    """Why the server that a URL names cannot be used, its place first."""
    is_silent = trouble in (REASONS["ConnectionError"], REASONS["TimeoutError"])
    return f"{place(client)}: {trouble}{TLS_HINT if is_silent and url.startswith('rediss:') else ''}"


def failure(call: Callable[[], T]) -> tuple[T | None, str | None]:
    """What the call returns, and None; or None, and the reason why it failed, in our own words.

    The library's exception ends here, and is nobody's `__context__`: its text can hold a piece of the password.
    """
    try:
        return call(), None
    except Exception as error:  # noqa: BLE001
        if "WRONGTYPE" in str(error):
            return None, "a key of this run has another type now: somebody else changed it"
        if CLUSTER_SAYS.match(str(error)):  # older clients have no exceptions of their own for these
            return None, CLUSTER
        if NO_PROTOCOL_3_SAYS.search(str(error)):
            return None, NO_PROTOCOL_3
        return None, _reason(error)


def _reason(error: BaseException) -> str:
    """Why it failed: an error of TLS that the library's own is about says more than that one."""
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, ssl.SSLError):
            return _reason_of(type(behind))
        behind = behind.__cause__ or behind.__context__
    return _reason_of(type(error))


def _reason_of(kind: type[BaseException]) -> str:
    known = (REASONS[name] for name in (parent.__name__ for parent in kind.__mro__) if name in REASONS)
    return next(known, f"the client failed ({kind.__name__})")

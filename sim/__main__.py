"""Hands over to the command line, ready to be stopped from the first moment on."""

import sys

from . import cli_stops


def _run() -> int:
    try:
        cli_stops.listen()
        from .cli import main

        return main()
    except KeyboardInterrupt:
        return cli_stops.INTERRUPTED
    finally:
        cli_stops.listen_no_more()


sys.exit(_run())

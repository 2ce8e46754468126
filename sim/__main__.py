"""Hands over to the command line, ready to be stopped from the first moment on."""

import sys

from .cli import stops


def _run() -> int:
    try:
        stops.listen()
        from .cli import main

        return main()
    except KeyboardInterrupt:
        return stops.INTERRUPTED
    finally:
        stops.listen_no_more()


sys.exit(_run())

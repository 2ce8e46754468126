"""How a room finds the site: its address, as a QR code too, for a terminal and for the projector."""

import io
from importlib.util import find_spec

from .pages import page

ISOLATED = (
    "If it does not open on the phones: guest Wi-Fi often keeps devices apart from each other (client isolation); use "
    "a hotspot of your own, or put the folder on any web host."
)
WITHOUT = "(pip install segno shows the address as a QR code)"


def for_terminal(address: str) -> str:
    """The address as a QR code of block characters; without segno, how to have it."""
    if find_spec("segno") is None:
        return WITHOUT
    import segno

    out = io.StringIO()
    segno.make(address, error="m").terminal(out=out, compact=True)
    return out.getvalue().rstrip("\n")


def for_projector(address: str) -> bytes:
    """A page with the address and, with segno, its QR code as large as it can be."""
    body = f'<h1>Open this on your phone</h1><p class="address"><a href="{address}">{address}</a></p>'
    if find_spec("segno") is not None:
        import segno

        code = segno.make(address, error="m").svg_inline(border=4, omitsize=True, dark="#000", light="#fff")
        body += f'<div class="code" role="img" aria-label="The address as a QR code">{code}</div>'
    return page("Open this on your phone", body, kind="join", there=["index.html"])

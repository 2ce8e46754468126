"""Addresses of this machine that a phone on the same network can reach; and a QR code that says where."""

import io
import ipaddress
import socket


def lan_addresses() -> list[str]:
    """Private addresses of interfaces that are up, the one that is on the way out first."""
    import psutil

    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    found = [one.address for name, all_of in psutil.net_if_addrs().items() if name in up for one in all_of]
    private = [address for address in found if _is_private(address)]
    way_out = _way_out()
    return sorted(private, key=lambda address: address != way_out)


def _is_private(address: str) -> bool:
    try:
        parsed = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return parsed.is_private and not parsed.is_loopback and not parsed.is_link_local


def _way_out() -> str:
    """The address from which this machine would speak to others; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.connect(("10.255.255.255", 1))
        except OSError:
            return ""
        return str(trial.getsockname()[0])


def address_for(lan: bool, wanted: str | None) -> str:
    """Where to listen: this machine only, or one address of its network; raises ValueError where there is none."""
    if not lan:
        if wanted:
            raise ValueError(f"--address {wanted} without --lan; allowed: both, or neither")
        return "127.0.0.1"
    known = lan_addresses()
    if wanted and wanted not in known:
        raise ValueError(f"--address {wanted}; allowed: {', '.join(known) or 'none: this machine is on no network'}")
    if not known:
        raise ValueError("--lan: this machine has no private network address; allowed: without --lan, with --phones 30")
    return wanted or known[0]


def check_port(host: str, port: int) -> None:
    """Raise ValueError where somebody listens already."""
    try:
        with socket.create_server((host, port)):
            pass
    except OSError:
        raise ValueError(f"--port {port}: taken, or not allowed; allowed: another, as in --port {port + 1}") from None


def qr(text: str) -> bytes:
    """The text as a QR code, an SVG image."""
    import segno

    image = io.BytesIO()
    segno.make(text, error="m", micro=False).save(image, kind="svg", scale=8, border=4, dark="#000", light="#fff")
    return image.getvalue()

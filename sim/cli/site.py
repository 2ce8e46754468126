"""The commands that write the lessons' site, and hand it to a room."""

import argparse
from pathlib import Path
from typing import Any

from .common import add_command, check_writable_folder, quieten_matplotlib, tried
from .says import DONE

LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"


def add_parsers(commands: Any) -> None:
    """Declare `site` and `serve`."""
    site = add_command(
        commands, "site", _site, "write the lessons' site: one folder for a double-click or any web host"
    )
    site.add_argument("folder", metavar="DIR", help="the folder to write to")
    _add_talk(site)
    serve = add_command(commands, "serve", _serve, "hand the lessons' site to a room: an address and its QR code")
    serve.add_argument("folder", nargs="?", metavar="DIR", help="a folder that `site` has written (default: made now)")
    serve.add_argument("--lan", action="store_true", help="for the room's network, not for this computer only")
    serve.add_argument("--port", type=_port, default=8000, metavar="N", help="8000 by default; 0: any that is free")
    _add_talk(serve)


def _add_talk(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-talk", action="store_true", help="leave the slides out, which need sphinx-revealjs")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text[:60]!r}; allowed: a whole number from 0 to 65535")
    return int(text)


def _built(args: argparse.Namespace) -> dict[str, bytes]:
    from ..site import build

    quieten_matplotlib()
    return build(talk=not args.no_talk)


def _site(args: argparse.Namespace) -> int:
    from ..files import write_all

    folder = Path(args.folder)
    check_writable_folder("DIR", folder)
    files = _built(args)
    contents = {folder / name: content for name, content in files.items()}
    tried("DIR", lambda: write_all(contents, make_folders=True))
    size = sum(map(len, files.values())) / 1e6
    print(
        f"{folder / 'index.html'}: {len(files)} pages, {size:.1f} MB; open it with a double-click; it needs no network"
    )
    print(f"For a room: python -m sim serve {folder} --lan")
    return DONE


def _serve(args: argparse.Namespace) -> int:
    from ..site.invitation import ISOLATED, for_projector, for_terminal
    from ..site.serve import room_address, serve
    from ..site.shelf import item, read_folder, shelf

    items = shelf(_built(args) if args.folder is None else read_folder(Path(args.folder)))
    name = room_address() if args.lan else None
    if args.lan and name is None:
        raise ValueError("--lan: this computer is in no network; allowed: without it, for this computer only")

    def ready(port: int) -> None:
        address = f"http://{name or LOOPBACK}:{port}/"
        items["/join.html"] = item("join.html", for_projector(address))
        if name:
            print(for_terminal(address))
        print(f"{address}  ({address}join.html shows it to the room)" if name else f"{address}  for this computer only")
        print(f"{ISOLATED if name else 'For a room: --lan.'}\nCtrl-C ends it.", flush=True)

    try:
        serve(items, EVERYWHERE if args.lan else LOOPBACK, args.port, ready)
    except OSError as error:
        raise ValueError(f"--port {args.port}: {error.strerror}; allowed: another one, or 0 for any") from None
    return DONE

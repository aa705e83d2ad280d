"""`tools/flash bundle make | show | verify | key`: the files that boards are written from.

Place: checkout, MicroPython images -> here -> bundle.making -> a signed file; a file -> words.
"""

import base64
from argparse import Namespace
from pathlib import Path

from tools.flashing.bundle import making, open_bundle, sources
from tools.flashing.bundle.sbom import Maker
from tools.flashing.cli.desk import Desk
from tools.flashing.cli.parser import Parser
from tools.flashing.errors import FlashError
from tools.flashing.texts import say

_SHOWN = ("version", "commit", "dirty", "created", "hash", "firmware", "key", "boards", "profiles")
_ROOT = Path(__file__).resolve().parents[3]


def add_bundle_make(parser: Parser) -> None:
    """Add the options."""
    parser.given("file", "FILE", "option bundle out")
    parser.option("--image", "IMAGE", action="append", default=[])
    parser.option("--download", "IMAGE", action="append", default=[])
    parser.option("--key", "FILE", required=True)
    parser.option("--frozen", "NAME", action="append", default=[])
    parser.option("--checkout", "FOLDER", default=str(_ROOT))


def bundle_make(desk: Desk) -> int:
    """Make and sign a bundle; return the exit code."""
    given = desk.given
    made = making.make(
        Path(given.file),
        _images(given),
        Path(given.key),
        Path(given.checkout),
        given.frozen,
        _maker(desk),
    )
    desk.say("file made", file=given.file)
    desk.say("bundle made", version=made.version, hash=made.hash[:16])
    return 0


def _maker(desk: Desk) -> Maker | None:
    """Return who answers for it, in its list of parts: the operator, where a workshop is set up."""
    if not desk.workshop_folder.is_dir():
        return None
    operator, contact = desk.workshop.operator, desk.workshop.contact
    is_address = "@" in contact or "://" in contact
    return Maker(operator, contact if is_address else "")


def add_bundle_show(parser: Parser) -> None:
    """Add the options."""
    parser.given("file", "FILE", "option bundle file", nargs="?")
    parser.flag("--json")


def bundle_show(desk: Desk) -> int:
    """Show what a bundle says of itself; return the exit code."""
    told = making.show(_path(desk))
    if desk.as_json:
        desk.answer(told)
        return 0
    for name in _SHOWN:
        value = told[name]
        if isinstance(value, bool):
            value = say("yes" if value else "no", desk.lang)
        _line(desk, name, ", ".join(value) if isinstance(value, list) else value)
    for chip, image in told["images"].items():
        text = f"{chip}, {image['version']}, {image['bytes']} B, {image['sha256'][:16]}"
        _line(desk, "image", text + (", frozen" if image["frozen"] else ""))
    return 0


def _line(desk: Desk, name: str, value: object) -> None:
    words = say(f"fact {name}", desk.lang)
    desk.console.print(f"{words:14}{value}", soft_wrap=True)


def add_bundle_verify(parser: Parser) -> None:
    """Add the options."""
    parser.given("file", "FILE", "option bundle file", nargs="?")


def bundle_verify(desk: Desk) -> int:
    """Check a bundle against the keys that the workshop trusts; return the exit code."""
    path = _path(desk)
    found = open_bundle(path, desk.workshop.trusted)
    desk.say("bundle verified", file=path, version=found.version, hash=found.hash[:16])
    return 0


def add_bundle_key(parser: Parser) -> None:
    """Add the options."""
    parser.given("file", "FILE", "option key out")


def bundle_key(desk: Desk) -> int:
    """Make a signing key, and show the public one; return the exit code."""
    public = making.make_key(Path(desk.given.file))
    desk.say("file made", file=desk.given.file)
    desk.say("trust it", key=base64.b64encode(public).decode("ascii"))
    return 0


def _path(desk: Desk) -> Path:
    """Return the bundle that is meant: by its place, by --bundle, or the workshop's."""
    given = desk.given
    named = given.file or given.bundle
    return Path(named) if named else desk.workshop.bundle


def _images(given: Namespace) -> list[sources.Loaded]:
    """Return the images of --image and --download, each `name` or `name=sha256`."""
    if not given.image and not given.download:
        raise FlashError("F804", command="bundle make", what="--image")
    loaded = []
    for word in given.image:
        name, _, sha256 = word.partition("=")
        loaded.append(sources.load(Path(name), sha256 or None))
    for word in given.download:
        name, _, sha256 = word.partition("=")
        loaded.append(sources.download(name, sha256 or None))
    return loaded

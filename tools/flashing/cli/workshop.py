"""`tools/flash init | lab add | lab list`: the folder of a workshop, and its labs.

Place: options -> here -> workshop_making -> the folder.
"""

import base64
import contextlib
from collections.abc import Iterator
from pathlib import Path

from tools.flashing import keys, workshop_making
from tools.flashing.cli.desk import Desk
from tools.flashing.cli.parser import Parser
from tools.flashing.cli.wishes import settings
from tools.flashing.errors import FlashError
from tools.flashing.sealing import key_id
from tools.flashing.tables import listing
from tools.flashing.texts import say

_MOST_BYTES = 65536  # of two lines and what was pasted around them


def add_init(parser: Parser) -> None:
    """Add the options."""
    parser.option("--by", "NAME", required=True)
    parser.option("--operator", "NAME", required=True)
    parser.option("--contact", "TEXT", default="")
    parser.option("--addresses", "RANGE", default="1-999")
    parser.option("--escrow", "FILE")
    parser.option("--trust", "KEY", action="append", default=[])


def init(desk: Desk) -> int:
    """Make the workshop; return the exit code."""
    given = desk.given
    with _as_typed({name: f"--{name}" for name in ("by", "operator", "contact", "addresses")}):
        made = workshop_making.create(
            desk.workshop_folder,
            by=given.by,
            operator=given.operator,
            contact=given.contact,
            addresses=given.addresses,
            escrow=_public("--escrow", given.escrow) if given.escrow else None,
            trusted=[_bare(text) for text in given.trust],
        )
    desk.say("workshop made", folder=made.folder)
    desk.say("technician key", key=base64.b64encode(made.signer().public).decode("ascii"))
    return 0


def add_lab_add(parser: Parser) -> None:
    """Add the options."""
    parser.given("name", "NAME")
    parser.option("--gateway", "FILE", action="append", default=[])
    parser.option("--purpose", "TEXT")
    parser.option("--public-url", "URL")
    parser.option("--set", "SETTING", action="append", default=[])


def lab_add(desk: Desk) -> int:
    """Add a lab; return the exit code."""
    given = desk.given
    places = {
        "labs": say("VALUE NAME", desk.lang),
        f"labs.{given.name}.purpose": "--purpose",
        f"labs.{given.name}.public_url": "--public-url",
    }
    with _as_typed(places):
        workshop_making.add_lab(
            desk.workshop_folder,
            given.name,
            gateways=[_public("--gateway", name) for name in given.gateway],
            settings=settings(given),
            purpose=given.purpose,
            public_url=given.public_url,
        )
    desk.say("lab added", lab=given.name)
    return 0


def add_lab_list(parser: Parser) -> None:
    """Add the options."""
    parser.flag("--json")


def lab_list(desk: Desk) -> int:
    """Show the labs; return the exit code."""
    labs = sorted(desk.workshop.labs.values(), key=lambda lab: lab.name)
    if desk.as_json:
        for lab in labs:
            ids = [key_id(public) for public in lab.gateways]
            line = {"lab": lab.name, "gateways": ids, "settings": lab.settings}
            desk.answer({**line, "purpose": lab.purpose, "public_url": lab.public_url})
        return 0
    rows = [
        (lab.name, ", ".join(key_id(public) for public in lab.gateways), lab.purpose or "")
        for lab in labs
    ]
    desk.console.print(listing(("lab", "gateways", "purpose"), rows, desk.lang))
    return 0


@contextlib.contextmanager
def _as_typed(options: dict[str, str]) -> Iterator[None]:
    """Tell what does not fit into workshop.toml as the option (F825) that it was typed with."""
    try:
        yield
    except FlashError as e:
        option = options.get(str(e.values.get("field")))
        if e.code != "F310" or option is None:
            raise
        example = str(e.values["example"]).strip('"')
        raise FlashError("F825", option=option, value=e.values["value"], example=example) from None


def _public(option: str, name: str) -> bytes:
    """Return the public key of a file with what `neckar-gateway keys show` prints; F822."""
    with Path(name).open("rb") as file:
        public = keys.read_public(file.read(_MOST_BYTES).decode("utf-8", "replace"))
    if public is None:
        raise FlashError("F822", option=option, file=name)
    return public


def _bare(text: str) -> bytes:
    public = keys.read_bare(text)
    if public is None:
        raise FlashError("F825", option="--trust", value=text, example=keys.encoded(bytes(32)))
    return public

"""Makes a workshop, and adds labs to it.

Place: command line -> here -> the workshop's folder.
Guarantee: nothing that is there is replaced, but workshop.toml by one that has a lab more and the
same comments. A cut leaves a folder that `create` completes. What is made is for its owner only.
"""

import contextlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tools.flashing import durable, keys, record_format
from tools.flashing.errors import FlashError
from tools.flashing.record_files import FOLDERS
from tools.flashing.workshop import FILE, SERVICE_KEY, TECHNICIAN_KEY, Workshop, load
from tools.flashing.workshop_file import parse

_LOCK = ".lock"
# Secrets, and what is under way, do not go to others with the records.
_IGNORED = "*.key\n*.password\n.lock\n.*.part\n"
_TEMPLATE = """\
# A workshop of tools/flash: who works here, for which labs, with which addresses.
# Every field is explained in docs/workshop.md. No secret belongs into this file.

# Who works here; stands in the records.
by = {by}
# Both stand on the signs for the public; the contact is a mail address or a telephone number.
operator = {operator}
contact = {contact}

# Addresses that this workshop gives. No other workshop may give any of them.
addresses = {addresses}

# Where the firmware comes from, and who may have signed it (what `bundle key` prints).
bundle = "neckar.bundle"
trusted = [{trusted}]

# The city's escrow key: what `neckar-gateway keys show` prints. See docs/workshop.md.
{escrow}

# Ports beside those of USB, and the speed at which an image is written.
# ports = ["/dev/ttyS*"]
# baud = 921600

# What the printer of labels takes.
# [label]
# width_mm = 62
# height_mm = 29
# dpi = 300

# Where the gateways' results come out, for mounting without a cable.
# [broker]
# host = "broker.stadt.example"
# port = 8883
# tls = true
# user = "werkstatt"
# password_file = "broker.password"
# city = "heilbronn"
"""
_LAB = """
[labs.{name}]
gateways = [{gateways}]
"""


def create(
    folder: Path,
    *,
    by: str,
    operator: str,
    addresses: str = "1-999",
    contact: str = "",
    escrow: bytes | None = None,
    trusted: Iterable[bytes] = (),
) -> Workshop:
    """Make a workshop and return it; F306 where one is there, which is left as it is."""
    content = _TEMPLATE.format(
        by=_quoted(by),
        operator=_quoted(operator),
        contact=_quoted(contact),
        addresses=_quoted(addresses),
        trusted=", ".join(_quoted(keys.encoded(public)) for public in trusted),
        escrow="# escrow = ..." if escrow is None else f"escrow = {_public(escrow)}",
    ).encode()
    path = folder / FILE
    parse(path, content)  # what was typed is checked before anything is made
    durable.make_folder(folder)
    with durable.locked(folder / _LOCK):
        if path.exists():
            raise FlashError("F306", folder=folder)
        for name in FOLDERS:
            durable.make_folder(folder / name)
        for name in (SERVICE_KEY, TECHNICIAN_KEY):
            if not (folder / name).exists():
                keys.make_secret(folder / name)
        with contextlib.suppress(FileExistsError):
            durable.write_new(folder / ".gitignore", _IGNORED.encode(), 0o644)
        durable.write(path, content)  # last: with it the workshop is there
    return load(folder)


def add_lab(
    folder: Path,
    name: str,
    *,
    gateways: Iterable[str | bytes] = (),
    settings: Mapping[str, Any] | None = None,
    purpose: str | None = None,
    public_url: str | None = None,
) -> Workshop:
    """Add a lab at the end of workshop.toml and return the workshop; F307 where it is there.

    `gateways`: what `neckar-gateway keys show` prints at each, or 32 bytes. `settings` go into
    /config.json of the lab's boards.
    """
    path = folder / FILE
    if not record_format.LAB.fullmatch(name):
        raise FlashError("F310", file=path, field="labs", value=name, example="innenstadt")
    load(folder)  # where no workshop is, there is nothing to lock either
    with durable.locked(folder / _LOCK):
        if name in load(folder).labs:
            raise FlashError("F307", lab=name, file=path)
        text = _LAB.format(name=name, gateways=", ".join(map(_public, gateways)))
        for field, value in (("purpose", purpose), ("public_url", public_url)):
            if value is not None:
                text += f"{field} = {_quoted(value)}\n"
        if settings:
            text += f"settings = {_toml(dict(settings))}\n"
        before = path.read_bytes()
        content = before + (b"" if before.endswith(b"\n") else b"\n") + text.encode()
        parse(path, content)
        durable.write(path, content, path.stat().st_mode & 0o777)
    return load(folder)


def _public(key: str | bytes) -> str:
    """Return a public key as a text of several lines, as `keys show` prints it."""
    text = keys.told(key) if isinstance(key, bytes) else key.strip()
    if '"""' in text or "\\" in text:
        return _quoted(text)
    return f'"""\n{text}\n"""'


def _toml(value: Any) -> str:
    """Return a value in TOML, on one line."""
    if isinstance(value, dict):
        items = [f"{_key(name)} = {_toml(item)}" for name, item in value.items()]
        return "{ " + ", ".join(items) + " }" if items else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def _quoted(text: str) -> str:
    """Return a text as TOML writes it on one line; its escapes are those of JSON, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

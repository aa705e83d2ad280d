"""workshop.toml -> what it says, checked whole.

Place: workshop.toml -> `parse` -> Workshop. Every field is explained in docs/workshop.md.
Guarantee: what is wrong is one FlashError that names file, field, value and an example of what
would be right. Nothing is made or opened here.
"""

import datetime
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.flashing import keys, record_format
from tools.flashing.errors import FlashError
from tools.flashing.toml_fields import Table

_RANGE = re.compile(r"(\d{1,5})\s*(?:-|–|\.\.)\s*(\d{1,5})")
_RANGE_EXAMPLE = '"100-299"'
_PUBLIC_EXAMPLE = '"""public key  B64= … key id  85159c613fa2f4ae""" (neckar-gateway keys show)'
_URL = re.compile(r"https?://[^\s\"<>]+")
_HOST = re.compile(r"[0-9A-Za-z.:_-]+")


@dataclass(frozen=True)
class Lab:
    """Where something is tried out: the public keys of its gateways, and settings of its nodes.

    `settings` go into /config.json of every board of this lab.
    """

    name: str
    gateways: list[bytes]
    settings: dict[str, Any]
    purpose: str | None = None
    public_url: str | None = None


@dataclass(frozen=True)
class Broker:
    """Where the gateways' results come out, for mounting without a cable."""

    host: str
    port: int
    user: str | None
    password_file: Path | None
    tls: bool
    city: str


@dataclass(frozen=True)
class LabelSize:
    """What the printer of labels takes."""

    width_mm: float = 62.0
    height_mm: float = 29.0
    dpi: int = 300


@dataclass(frozen=True)
class Settings:
    """All that workshop.toml says."""

    by: str
    operator: str
    contact: str
    addresses: range
    bundle: Path
    ports: list[str] = field(default_factory=list)
    baud: int = 921600
    trusted: list[bytes] = field(default_factory=list)
    escrow: bytes | None = None
    broker: Broker | None = None
    label: LabelSize = LabelSize()
    labs: dict[str, Lab] = field(default_factory=dict)


def parse(file: Path, content: bytes) -> Settings:
    """Return the settings of a file's content."""
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as e:
        raise FlashError("F301", file=file, why=f"byte {e.start} is not UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as e:
        raise FlashError("F301", file=file, why=str(e)) from None
    table = Table(file, "", document)
    settings = Settings(
        by=_by(table),
        operator=table.text("operator", '"Stadt Heilbronn"'),
        contact=table.text("contact", '"sensoren@stadt.example"', ""),
        addresses=_addresses(table),
        bundle=file.parent / table.text("bundle", '"neckar.bundle"', "neckar.bundle"),
        ports=table.texts("ports", '["/dev/ttyS*"]'),
        baud=table.integer("baud", 9600, 4_000_000, 921600),
        trusted=[_bare(table, "trusted", t) for t in table.texts("trusted", '["B64="]')],
        escrow=_escrow(table),
        broker=_broker(table.table("broker"), file.parent) if table.has("broker") else None,
        label=_label(table.table("label")),
        labs=_labs(table.table("labs")),
    )
    table.finish()
    return settings


def _by(table: Table) -> str:
    """Return who works here; the gateway takes no name that looks like a key."""
    by = table.text("by", '"E. Maier"', pattern=record_format.LINE)
    if record_format.looks_like_a_key(by):
        raise table.wrong("by", by, '"E. Maier"')
    return by


def _addresses(table: Table) -> range:
    text = table.text("addresses", _RANGE_EXAMPLE)
    match = _RANGE.fullmatch(text.strip())
    low, high = (int(group) for group in match.groups()) if match else (1, 0)
    if not low <= high <= record_format.MOST_ADDRESS:
        raise table.wrong("addresses", text, _RANGE_EXAMPLE)
    return range(low, high + 1)


def _public(table: Table, key: str, text: str) -> bytes:
    public = keys.read_public(text)
    if public is None:
        raise table.wrong(key, " ".join(text.split()), _PUBLIC_EXAMPLE)
    return public


def _bare(table: Table, key: str, text: str) -> bytes:
    public = keys.read_bare(text)
    if public is None:
        raise table.wrong(key, " ".join(text.split()), '"B64="')
    return public


def _escrow(table: Table) -> bytes | None:
    text = table.text("escrow", _PUBLIC_EXAMPLE, None, re.compile(r"(?s).+"))
    return None if text is None else _public(table, "escrow", text)


def _broker(table: Table, folder: Path) -> Broker:
    password = table.text("password_file", '"broker.password"', None)
    broker = Broker(
        host=table.text("host", '"broker.stadt.example"', pattern=_HOST),
        port=table.integer("port", 1, 65535, 8883),
        user=table.text("user", '"werkstatt"', None),
        password_file=None if password is None else folder / password,
        tls=table.boolean("tls", True),
        city=table.text("city", '"heilbronn"', pattern=record_format.SLUG),
    )
    table.finish()
    return broker


def _label(table: Table) -> LabelSize:
    size = LabelSize(
        width_mm=table.number("width_mm", 10, 300, LabelSize.width_mm),
        height_mm=table.number("height_mm", 10, 300, LabelSize.height_mm),
        dpi=table.integer("dpi", 100, 1200, LabelSize.dpi),
    )
    table.finish()
    return size


def _labs(table: Table) -> dict[str, Lab]:
    labs = {}
    for name in table.names():
        below = table.table(name)
        if not record_format.LAB.fullmatch(name):
            raise table.wrong(name, name, "[labs.innenstadt]")
        labs[name] = Lab(
            name=name,
            gateways=[
                _public(below, "gateways", text)
                for text in below.texts("gateways", f"[{_PUBLIC_EXAMPLE}]")
            ],
            settings=_lab_settings(below),
            purpose=below.text("purpose", '"Luft messen"', None),
            public_url=below.text("public_url", '"https://daten.stadt.example"', None, _URL),
        )
        below.finish()
    return labs


def _lab_settings(table: Table) -> dict[str, Any]:
    """Return what goes into /config.json; TOML knows dates, JSON does not."""
    settings = table.take("settings", (dict,), '{ interval_s = 300, link = "lora" }', {})
    for name, value in _leaves("settings", settings):
        times = (datetime.date, datetime.time)
        if isinstance(value, times) or value != value or value in (float("inf"), -float("inf")):
            raise table.wrong(name, value, '300, true, "text"')
    return settings


def _leaves(name: str, value: Any) -> list[tuple[str, Any]]:
    """Return all values within, with their names."""
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(f"{name}.{key}", item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(name, item)]
    return [(name, value)]

"""A workshop: one folder with the settings, keys and records of a workbench.

    workshop.toml     what people set; no secret is in it
    service.key       opens the consoles of nodes: a secret
    technician.key    signs what was done at a mast: a secret
    claims/ records/ burnt/    see record_files

Place: folder -> `load` -> everything in tools.flashing.
Guarantee: settings are checked whole before anything is done with a board. No secret is in `repr`.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from tools.flashing import durable, keys, workshop_file
from tools.flashing.errors import FlashError
from tools.flashing.records import Records
from tools.flashing.workshop_file import Broker, Lab, LabelSize

FILE = "workshop.toml"
SERVICE_KEY = "service.key"
TECHNICIAN_KEY = "technician.key"
_VARIABLE = "NECKAR_WORKSHOP"
_DEFAULT = ".local/share/neckar/workshop"

__all__ = ["Broker", "Lab", "LabelSize", "Workshop", "default_folder", "load"]


class Workshop:
    """All that `load` found; `labs` by name. Keys are read when they are asked for."""

    def __init__(self, folder: Path, settings: workshop_file.Settings):
        self.folder = folder
        self.by = settings.by
        self.operator = settings.operator
        self.contact = settings.contact
        self.addresses = settings.addresses
        self.labs = settings.labs
        self.escrow = settings.escrow
        self.ports = settings.ports
        self.baud = settings.baud
        self.trusted = settings.trusted
        self.bundle = settings.bundle
        self.broker = settings.broker
        self.label = settings.label
        self.records = Records(folder, settings.addresses)

    def __repr__(self) -> str:
        return f"Workshop({self.folder})"

    def lab(self, name: str) -> Lab:
        """Return a lab by its name; F317 where there is none."""
        if name not in self.labs:
            known = ", ".join(sorted(self.labs)) or "-"
            raise FlashError("F317", lab=name, known=known, file=self.folder / FILE)
        return self.labs[name]

    def recipients(self, lab: str) -> list[bytes]:
        """Return whom nodes' keys of a lab are sealed to: its gateways, and the city's escrow key.

        F318 where no gateway is named: nobody could hear such a node.
        """
        gateways = self.lab(lab).gateways
        if not gateways:
            raise FlashError("F318", lab=lab, folder=self.folder)
        return gateways if self.escrow is None else [*gateways, self.escrow]

    def service_key(self, address: int) -> bytes:
        """Return the 16 bytes that open the locked console of a node."""
        return keys.service_key(keys.read_secret(self.folder / SERVICE_KEY), address)

    def signer(self) -> keys.Signer:
        """Return the technician's key, which signs what was done at a mast."""
        return keys.Signer(keys.read_secret(self.folder / TECHNICIAN_KEY))

    def broker_password(self) -> str | None:
        """Return the password for the broker, or None where none is set."""
        if self.broker is None or self.broker.password_file is None:
            return None
        return keys.read_line(self.broker.password_file)


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return $NECKAR_WORKSHOP, else a folder below the home directory."""
    given = environment.get(_VARIABLE)
    return Path(given) if given else Path.home() / _DEFAULT


def load(folder: Path) -> Workshop:
    """Return the workshop in a folder; F300 where there is none."""
    path = folder / FILE
    if not path.is_file():
        raise FlashError("F300", folder=folder)
    with durable.told(path):
        content = path.read_bytes()
    return Workshop(folder, workshop_file.parse(path, content))

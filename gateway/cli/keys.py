"""`neckar-gateway keys ...`: the gateway's own key pair, which nodes' keys are sealed to.

Place: the operator's shell -> here -> a key file.
Guarantee: the private key is never printed.
"""

import argparse
import base64
import os
from pathlib import Path
from typing import Any

from gateway.cli.registry_file import gateway_key
from gateway.cli.tables import fields
from gateway.config import load
from gateway.registry.gateway_key import GatewayKey, make, read_private

# Where systemd looks for the unit's credentials (systemd.exec(5), LoadCredential=).
_FOLDER = os.environ.get("CREDENTIALS_DIRECTORY") or "/etc/credstore"
_DEFAULT = Path(_FOLDER) / "neckar.key"


def add_parser(subparsers: Any) -> None:
    """Add `keys` and what can be done with them."""
    parser = subparsers.add_parser("keys", description="The gateway's own key pair.")
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)

    act = acts.add_parser("init", help="make the key pair, once")
    act.add_argument(
        "file", type=Path, nargs="?", default=_DEFAULT, help=f"for the private key ({_DEFAULT})"
    )
    act.set_defaults(func=init)

    act = acts.add_parser("show", help="print the public key, which nodes' keys are sealed to")
    act.add_argument("file", type=Path, nargs="?", help="of the private key (the configured one)")
    act.set_defaults(func=show)


def init(options: argparse.Namespace) -> int:
    """Make a private key and print the public one; the configuration need not be there yet."""
    key = make(options.file)
    print(f"{options.file} is made: name it in [registry] as key_file; keep a copy, locked away")
    print(_told(key))
    return 0


def show(options: argparse.Namespace) -> int:
    """Print the public key and its id."""
    if options.file is not None:
        key = GatewayKey(read_private(options.file))
    else:
        key = gateway_key(load(options.config))
    print(_told(key))
    return 0


def _told(key: GatewayKey) -> str:
    public = base64.b64encode(key.public).decode("ascii")
    return fields([("public key", public), ("key id", key.id)])

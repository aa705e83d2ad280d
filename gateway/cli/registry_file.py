"""Opens what the commands of nodes, points, labs and keys work on, and reads what they are given.

Place: under `nodes`, `points`, `labs`, `keys`.
"""

import argparse
import json
import re
import time
from pathlib import Path
from typing import Any

from gateway.config import Config, load
from gateway.errors import ConfigError
from gateway.registry.database import Database
from gateway.registry.errors import RegistryError
from gateway.registry.gateway_key import GatewayKey, read_private
from gateway.registry.records import seconds


def open_database(options: argparse.Namespace) -> Database:
    """Return the registry that the configuration names; the caller closes it."""
    return Database(load(options.config).registry.path)


def gateway_key(config: Config) -> GatewayKey:
    """Return the gateway's key pair; RegistryError where the configuration names none."""
    if config.registry.key_file is None:
        raise RegistryError(
            "registry.key_file is missing in the configuration: make one with"
            " `neckar-gateway keys init FILE`, and name it there"
        )
    return GatewayKey(read_private(config.registry.key_file))


def address(text: str) -> int:
    """Return a node's address; argparse tells what is wrong."""
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        raise argparse.ArgumentTypeError(
            f"{text!r} should be the address of a node, a whole number from 0 to 65535"
        )
    return int(text)


def epoch(text: str) -> int:
    """Return the number of a key; argparse tells what is wrong."""
    if not re.fullmatch("[0-9]{1,10}", text) or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(
            f"{text!r} should be the number of a key, a whole number from 0 to {2**32 - 1}"
        )
    return int(text)


def moment(text: str) -> int:
    """Return Unix time of ISO 8601 with a zone; argparse tells what is wrong."""
    try:
        return seconds("time", text, int(time.time()))
    except ConfigError as e:
        raise argparse.ArgumentTypeError(str(e)) from None


def node_key(path: Path) -> bytes:
    """Return a node's key from a file of 32 hexadecimal digits, which no error shows."""
    try:
        text = path.read_bytes()
    except OSError as e:
        raise RegistryError(f"key file {path} cannot be read: {e.strerror}") from None
    digits = text.strip()
    if not re.fullmatch(rb"[0-9a-fA-F]{32}", digits):
        raise RegistryError(f"key file {path} should hold one key of 32 hexadecimal digits")
    return bytes.fromhex(digits.decode("ascii"))


def print_json(value: Any) -> None:
    """Print JSON as people and programs read it."""
    print(json.dumps(value, ensure_ascii=False, indent=2))

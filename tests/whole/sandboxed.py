"""Runs in the gateway's place, under its unit: tries things, and says in a line each what it may.

Copied into a copy of this machine by test_under_systemd.py. `alive` as an argument: goes on telling
systemd that it moves; else it stops to.
"""

import os
import sqlite3
import sys
import time
from pathlib import Path

sys.path.insert(0, "/usr/lib/neckar")

from gateway.clock import Clock
from gateway.notify import Notifier


def store():
    """Use SQLite as the gateway does."""
    db = sqlite3.connect("/var/lib/neckar/tried.db")
    return db.execute("PRAGMA journal_mode = WAL").fetchone()[0]


def seal():
    """Use the cipher: its library must not need memory that is writable and executable."""
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM

    return len(AESCCM(bytes(16), tag_length=8).encrypt(bytes(13), b"x", b""))


TRIED = {
    "credential": lambda: Path(os.environ["CREDENTIALS_DIRECTORY"], "neckar.key").is_file(),
    "credstore": lambda: list(Path("/etc/credstore").iterdir()),
    "store": store,
    "seal": seal,
    "config": lambda: Path("/etc/neckar/gateway.toml").write_text(""),
    "usb_port": lambda: os.open("/dev/ttyUSB0", os.O_RDWR),
    "other_device": lambda: os.open("/dev/other", os.O_RDWR),
    "dialout_file": lambda: Path("/srv/dialout").read_text(),
    "home": lambda: list(Path("/root").iterdir()),
}

for name, action in TRIED.items():
    try:
        said = action()
    except OSError as e:
        said = e.strerror
    print(f"tried {name}: {said}", flush=True)
notifier = Notifier(os.environ, Clock())
notifier.ready()
notifier.status("moves")
while True:
    if "alive" in sys.argv:
        notifier.alive()
    time.sleep(0.1)

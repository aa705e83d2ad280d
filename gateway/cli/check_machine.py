"""Clock, registry, disk and port: what the gateway needs of its machine.

Place: under `cli/check`.
Guarantee: databases are opened read-only; folders are looked at, not written to.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from gateway.cli import read_only
from gateway.cli.findings import ERROR, OK, WARNING, Finding
from gateway.cli.status import ask
from gateway.config import Config
from gateway.errors import GatewayError
from gateway.http import HOST
from gateway.logs import utc
from gateway.registry.database import sealed_to
from gateway.registry.gateway_key import GatewayKey, read_private

_BUILT_S = 1_767_225_600  # 2026-01-01: this program did not exist before
_DAY_S = 86_400
_TIMESYNC = Path("/run/systemd/timesync")
_MB = 2**20


def clock(config: Config, now_s: float | None = None, timesync: Path = _TIMESYNC) -> Finding:
    """Say whether the clock can be right, and whether something keeps it so."""
    now_s = time.time() if now_s is None else now_s
    said = f"{utc(now_s)}"
    newest_s = max((_changed_s(path) for path in _stores(config)), default=0.0)
    if now_s < _BUILT_S:
        return Finding(ERROR, "clock", f"{said} is in the past: set it, or start an NTP client")
    if newest_s > now_s + _DAY_S:
        text = f"{said}, but files were written at {utc(newest_s)}: one of them is wrong"
        return Finding(WARNING, "clock", text)
    if not timesync.is_dir():
        text = f"{said}; no systemd-timesyncd here, so make sure that something sets the clock"
        return Finding(OK, "clock", text)
    if not (timesync / "synchronized").exists():
        return Finding(WARNING, "clock", f"{said}, not synchronized: timedatectl timesync-status")
    return Finding(OK, "clock", f"{said}, synchronized")


def _stores(config: Config) -> list[Path]:
    return [config.spool.path, config.registry.path]


def _changed_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def registry(config: Config) -> Iterator[Finding]:
    """Say how many nodes are registered, and whether the key is that of the registry."""
    key_id = None
    path = config.registry.key_file
    if path is None:
        text = "registry.key_file is not set, so no key can be opened: neckar-gateway keys init"
        yield Finding(WARNING, "key", text)
    else:
        try:
            key_id = GatewayKey(read_private(path)).id
            yield Finding(OK, "key", f"{path} is key {key_id}")
        except GatewayError as e:
            yield Finding(ERROR, "key", str(e))
    path = config.registry.path
    if not path.exists():
        text = f"{path} is not there yet: neckar-gateway nodes import makes it"
        yield Finding(WARNING, "registry", text)
        return
    try:
        with closing(read_only.connect(path)) as db:
            (count,) = db.execute("SELECT count(*) FROM node WHERE state <> 'retired'").fetchone()
            needed = sealed_to(db)
    except (OSError, sqlite3.Error) as e:
        yield Finding(ERROR, "registry", f"{path}: {e}")
        return
    if key_id and needed not in (None, key_id):
        text = f"{path}: nodes' keys are sealed to {needed}, not to {key_id}: another gateway's?"
        yield Finding(ERROR, "registry", text)
    level = OK if count else WARNING
    yield Finding(level, "registry", f"{path}: {count} nodes may be heard")


def spool(config: Config) -> Iterator[Finding]:
    """Say whether the folder of the spool takes files, and has room for what it may grow to."""
    path, folder = config.spool.path, config.spool.path.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding(ERROR, "spool", f"{folder}: this user may not write there")
        return
    if path.exists():
        if not os.access(path, os.R_OK | os.W_OK):
            yield Finding(ERROR, "spool", f"{path}: this user may not read and write it")
            return
        try:
            with closing(read_only.connect(path)) as db:
                (rows,) = db.execute("SELECT frames FROM total").fetchone()
            yield Finding(OK, "spool", f"{path}: {rows} frames wait for the broker")
        except (OSError, sqlite3.Error, TypeError) as e:
            yield Finding(ERROR, "spool", f"{path} is no spool of this gateway: {e}")
    yield _room(config, folder)
    if _filesystem(folder) in ("tmpfs", "ramfs"):
        text = f"{folder} is in RAM: a power cut loses what waits there"
        yield Finding(WARNING, "spool", text)


def folders(config: Config) -> Iterator[Finding]:
    """Yield an error for each other folder that the gateway writes to, and may not."""
    for name, path in (("registry", config.registry.path), ("commands", config.commands.path)):
        if not os.access(path.parent, os.W_OK | os.X_OK):
            # SQLite keeps an index of the write-ahead log beside it, even to read.
            yield Finding(ERROR, name, f"{path.parent}: this user may not write there")


def _room(config: Config, folder: Path) -> Finding:
    free_mb = shutil.disk_usage(folder).free // _MB
    used_mb = _size(config.spool.path) // _MB
    least, most = int(config.spool.min_free_mb), config.spool.max_mb
    if free_mb <= least:
        text = f"{folder}: {free_mb} MB free, spool.min_free_mb is {least}: nothing can be stored"
        return Finding(ERROR, "disk", text)
    if free_mb + used_mb < most + least:
        text = f"{folder}: {free_mb} MB free, less than spool.max_mb ({most}) and what must be free"
        return Finding(WARNING, "disk", text)
    return Finding(OK, "disk", f"{folder}: {free_mb} MB free, the spool may grow to {most} MB")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _filesystem(folder: Path) -> str:
    """Return the kind of file system that a folder is on."""
    folder = folder.resolve()
    best, kind = -1, ""
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, where, found, *_ = line.split(" ")
        if folder.is_relative_to(where) and len(where) >= best:
            best, kind = len(where), found
    return kind


def http_port(config: Config) -> Finding:
    """Say whether metrics and status have their port, or who has it."""
    where = f"{HOST}:{config.http.port}"
    if not config.http.port:
        return Finding(OK, "http", "off: http.port is 0")
    try:
        running = ask(config)
    except GatewayError as e:
        return Finding(WARNING, "http", f"{e}; metrics and status have no port")
    if running:
        return Finding(OK, "http", f"{where} is this gateway's, which runs (pid {running['pid']})")
    return Finding(OK, "http", f"{where} is free")

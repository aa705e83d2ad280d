"""Ports, sockets and HATs: are they there, may we open them, does somebody else hold them?

Place: under `cli/check`.
Guarantee: no port is opened, for opening one may reset the board behind it; a UDP socket is bound
for a moment and closed again.
"""

import errno
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

from gateway.cli.findings import ERROR, OK, WARNING, Finding
from gateway.links.config import Hat, SerialPort, UdpPort


def link(config: SerialPort | UdpPort | Hat) -> Iterator[Finding]:
    """Yield what is found of one link."""
    if isinstance(config, SerialPort):
        yield _device(config.name, config.path, config.optional, "a port: adduser USER dialout")
    elif isinstance(config, UdpPort):
        yield _udp(config)
    else:
        wanted = "SPI and GPIO: the drop-in of docs/operate.md, adduser USER spi gpio"
        yield _device(config.name, config.spi, config.optional, wanted)
        yield _device(config.name, config.gpiochip, config.optional, wanted)


def _device(name: str, path: Path, optional: bool, wanted: str) -> Finding:
    what = f"link {name}"
    try:
        mode = path.stat().st_mode
    except OSError as e:
        text = f"{path}: {e.strerror}"
        if optional:
            return Finding(WARNING, what, f"{text}; it is optional, and opened when it comes")
        return Finding(ERROR, what, f"{text}; plug it in, or set optional = true")
    if not stat.S_ISCHR(mode):
        return Finding(ERROR, what, f"{path} is no device")
    if not os.access(path, os.R_OK | os.W_OK):
        return Finding(ERROR, what, f"{path}: this user may not open it ({wanted})")
    holders = [(pid, line) for pid, line in holders_of(path) if pid != os.getpid()]
    if not holders:
        sight = "nobody holds it" if os.geteuid() == 0 else "nobody of this user holds it"
        return Finding(OK, what, f"{path} is there, {sight}")
    pid, line = holders[0]
    if is_gateway(line):
        return Finding(OK, what, f"{path} is held by the running gateway (pid {pid})")
    return Finding(ERROR, what, f"{path} is held by {line[:40]!r} (pid {pid}): end it")


def holders_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (pid, command line) of every process that has a file open, as far as we may see."""
    wanted = path.stat()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if any(_is_of(fd, wanted) for fd in (folder / "fd").iterdir()):
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                yield int(folder.name), line.decode("utf-8", "replace").strip()
        except OSError:  # it has ended, or belongs to somebody else
            continue


def _is_of(fd: Path, wanted: os.stat_result) -> bool:
    """Say whether a descriptor is of this device; names will not do, a container has its own."""
    return str(fd.readlink()).startswith("/dev/") and os.path.samestat(fd.stat(), wanted)


def is_gateway(line: str) -> bool:
    """Say whether a command line is that of a gateway."""
    return "neckar" in line or "-m gateway" in line


def _udp(config: UdpPort) -> Finding:
    what = f"link {config.name}"
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    where = f"UDP {config.host}:{config.port}"
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((config.host, config.port))
    except OSError as e:
        if e.errno == errno.EADDRINUSE:
            return Finding(WARNING, what, f"{where} is taken: fine if a gateway runs already")
        return Finding(ERROR, what, f"{where} cannot be had: {e.strerror}")
    count = len(config.concentrators)
    return Finding(OK, what, f"{where} is free, for {count} concentrators")

"""The computer: who works on it, with which groups, and which programs disturb boards.

Place: /proc, /etc/group, the process itself -> `system`, `port` -> Facts.
Guarantee: reads only, opens no port.
"""

import grp
import os
import pwd
import stat
from collections.abc import Iterable
from pathlib import Path

from tools.flashing.doctor.facts import PortFacts, System
from tools.flashing.ports import Holder

# What probes or takes serial ports that it was not asked to. A name in /proc is cut at 15 bytes.
DISTURBING = ("ModemManager", "brltty")


def system(root: Path = Path("/")) -> System:
    """Return what is known of the computer; `root` is for tests."""
    user = _user()
    kernel = _read(root / "proc/version")
    return System(
        kernel=kernel.split("#")[0].strip()[:120],
        user=user,
        is_root=os.geteuid() == 0,
        is_wsl="microsoft" in kernel.lower(),
        groups=tuple(sorted({_group(number) for number in (*os.getgroups(), os.getegid())})),
        listed_groups=_listed(_read(root / "etc/group"), user),
        programs=tuple(_programs(root / "proc")),
    )


def port(path: str, holders: Iterable[Holder]) -> PortFacts:
    """Return what the system says of a port."""
    try:
        status = Path(path).stat()
    except OSError:
        return PortFacts(path, exists=False, may_open=False)
    return PortFacts(
        path,
        owner=_name(status.st_uid),
        group=_group(status.st_gid),
        mode=stat.S_IMODE(status.st_mode),
        may_open=os.access(path, os.R_OK | os.W_OK),
        holders=tuple(holders),
    )


def _programs(proc: Path) -> Iterable[Holder]:
    for folder in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        name = _read(folder / "comm").strip()
        if name in DISTURBING:
            yield Holder(name, int(folder.name))


def _listed(text: str, user: str) -> tuple[str, ...]:
    """Return the groups that /etc/group has a user in (group(5))."""
    found = []
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) == 4 and user in fields[3].split(","):
            found.append(fields[0])
    return tuple(found)


def _user() -> str:
    return _name(os.getuid())


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

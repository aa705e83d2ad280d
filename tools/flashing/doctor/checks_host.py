"""What can be wrong between the computer and the board: USB, driver, permission, other programs.

Place: Facts -> each check -> findings.
Guarantee: pure; a check that lacks a fact finds nothing.
"""

from collections.abc import Iterator

from tools.flashing.doctor.facts import Facts, PortFacts, System, UsbDevice
from tools.flashing.doctor.finding import Finding, Sure, certain, likely, possible
from tools.flashing.doctor.usb import BRIDGES, BRLTTY_TAKES, boards

_GROUP_READS_AND_WRITES = 0o060


def nothing_plugged(facts: Facts) -> Iterator[Finding]:
    """No USB device that is a board, and no port: before it was plugged in anew, or after."""
    if facts.ports or facts.port or boards(facts.usb):
        return
    if facts.system.is_wsl:
        yield certain("F705", facts.system.kernel)
    elif facts.replugged is None:
        yield likely("F701")
    elif not facts.replugged:
        yield likely("F702")


def driver_missing(facts: Facts) -> Iterator[Finding]:
    """A board on USB that has no port."""
    ours = {device.where for device in facts.replugged or ()}
    for device in facts.usb:
        if device.ttys:
            continue
        if device.id in BRIDGES:
            yield from _without_port(device, facts.system)
        elif device.where in ours:
            yield likely("F714", _shown(device), device=device.name or device.id, id=device.id)


def _without_port(device: UsbDevice, system: System) -> Iterator[Finding]:
    bridge = BRIDGES[device.id]
    braille = system.running("brltty")
    if device.id in BRLTTY_TAKES and (braille or device.driver == "usbfs"):
        yield certain("F704", _shown(device), chip=bridge.name)
    elif not device.driver:
        yield certain("F703", _shown(device), chip=bridge.name, module=bridge.module)
    else:
        yield likely("F715", _shown(device), chip=bridge.name, driver=device.driver)


def port_gone(facts: Facts) -> Iterator[Finding]:
    """The port that was named is not there."""
    port = facts.port
    if port is not None and not port.exists:
        yield certain("F711", port=port.path, ports=facts.ports or ("-",))


def several_ports(facts: Facts) -> Iterator[Finding]:
    """Nobody said which of several."""
    if facts.port is None and len(facts.ports) > 1:
        yield certain("F712", ports=facts.ports)


def no_permission(facts: Facts) -> Iterator[Finding]:
    """The user may not open the port."""
    port = facts.port
    if port is None or not port.exists or port.may_open or facts.system.is_root:
        return
    evidence = f"{port.path} {port.owner}:{port.group} {port.mode:04o}"
    user = facts.system.user
    if port.mode & _GROUP_READS_AND_WRITES != _GROUP_READS_AND_WRITES or port.group == "root":
        yield certain("F708", evidence, port=port.path, owner=port.owner, mode=f"{port.mode:04o}")
    elif port.group in facts.system.listed_groups:
        yield certain("F707", evidence, group=port.group, user=user)
    else:
        yield certain("F706", evidence, port=port.path, group=port.group, user=user)


def held(facts: Facts) -> Iterator[Finding]:
    """Another program has the port open."""
    port = facts.port
    if port is None:
        return
    for program in port.holders:
        evidence = f"/proc/{program.pid}/fd -> {port.path}"
        if program.name == "ModemManager":
            yield certain("F710", evidence, port=port.path)
        else:
            yield certain("F709", evidence, port=port.path, name=program.name, pid=program.pid)
    if not port.holders:
        yield from _refused(facts, port)


def _refused(facts: Facts, port: PortFacts) -> Iterator[Finding]:
    """It could not be opened, and nobody is seen who has it: others' programs show to root only."""
    if port.error is not None:
        yield Finding(Sure.CERTAIN, port.error, port.path)


def modem_manager(facts: Facts) -> Iterator[Finding]:
    """ModemManager sends commands to new ports for some ten seconds."""
    program = facts.system.running("ModemManager")
    holds = facts.port is not None and program in facts.port.holders
    if program is not None and facts.port is not None and not holds:
        yield possible("F716", f"ModemManager, {program.pid}", port=facts.port.path)


def _shown(device: UsbDevice) -> str:
    return f"USB {device.where}: {device.id} {device.name}, {device.driver or '-'}"


CHECKS = (
    nothing_plugged,
    port_gone,
    several_ports,
    driver_missing,
    no_permission,
    held,
    modem_manager,
)

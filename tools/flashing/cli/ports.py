"""`tools/flash ports`: what is plugged in, and what kind of chip each is.

Place: system -> here -> a table, or a line of JSON for each port.
"""

from tools.flashing.cli.desk import Desk
from tools.flashing.cli.parser import Parser
from tools.flashing.cli.sockets import look_at_all, row, there
from tools.flashing.messages import text
from tools.flashing.tables import listing


def add_ports(parser: Parser) -> None:
    """Add the options."""
    parser.flag("--json")


def ports(desk: Desk) -> int:
    """Show all ports; return the exit code."""
    seen = look_at_all(there(desk))
    if not desk.as_json:
        rows = [[*row(each, desk.lang), each.port.description] for each in seen]
        columns = ("usb", "port", "mac", "chip", "flash", "about")
        desk.console.print(listing(columns, rows, desk.lang))
        for each in seen:
            if each.error is not None and not each.is_silent:
                desk.console.print(text(each.error, desk.lang), soft_wrap=True)
        return 0
    for each in seen:
        desk.answer(
            {
                "port": each.port.path,
                "usb_path": each.port.usb_path,
                "description": each.port.description,
                "mac": each.mac or None,
                "chip": each.chip or None,
                "flash_size": each.flash_size or None,
                "held_by": each.holder or None,
                "code": each.error.code if each.error else None,
                "error": text(each.error, desk.lang) if each.error else None,
            }
        )
    return 0

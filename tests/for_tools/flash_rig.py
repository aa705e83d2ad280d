"""A bench of boards that are none, for tests of it: each has a MAC, an end, and can be held up.

Place: test_flash_batch -> here -> Bench, Display.
"""

import io
import queue
import threading
from dataclasses import dataclass, field

from rich.console import Console

from tools.flashing.batch import Bench
from tools.flashing.display import Display, Line
from tools.flashing.errors import FlashError
from tools.flashing.outcome import Outcome
from tools.flashing.ports import Port
from tools.flashing.runs import Typical
from tools.flashing.wish import Result, Step, Wish

WISH = Wish("heltec-v3", "air", "innenstadt")
SOON_S = 10.0  # nothing takes that long; whoever waits longer has failed
A = Port("/dev/ttyUSB0", "1-2.1", is_usb=True)
B = Port("/dev/ttyUSB1", "1-2.2", is_usb=True)
C = Port("/dev/ttyUSB2", "1-2.3", is_usb=True)


def native(port: Port, mac: str) -> Port:
    """Return a port of a chip that has its USB inside."""
    return Port(port.path, port.usb_path, serial=mac.upper(), is_usb=True)


@dataclass
class Boards:
    """What provisioning would do: each port has the MAC of the board at it, and an end.

    A board in `held` waits until the test calls `release`.
    """

    macs: dict[str, str] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)
    tells_mac: bool = True
    begun: list[str] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    held: dict[str, threading.Event] = field(default_factory=dict)
    arrived: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)

    def hold(self, *ports: Port) -> None:
        self.held = {port.path: threading.Event() for port in ports}

    def release(self, port: Port) -> None:
        self.held.pop(port.path).set()

    def work(self, port: str, wish: Wish, line: Line) -> Result:
        self.begun.append(port)
        mac = self.macs.get(port, "")
        waiting = self.held.get(port)
        try:
            line.step("look")
            if self.tells_mac:
                line.found(mac)
            self.touched.append(port)
            if port in self.errors:
                raise self.errors[port]
            self.arrived.put(port)
            if waiting is not None:
                assert waiting.wait(SOON_S)
            line.step("image")
            line.progress(1, 2)
        except FlashError as e:
            return Result(port, mac=mac, error=e)
        return Result(port, mac=mac, address=17, epoch=1, steps=[Step("look", 1.0, "done")])


class Rig:
    """A bench with boards that are none, and what it printed."""

    def __init__(self, boards: Boards, **more):
        self.boards = boards
        self.kept: list[Outcome] = []
        self.now_s = 0.0
        self.file = io.StringIO()
        console = Console(file=self.file, width=80, force_terminal=False)
        display = Display(console, "de", Typical(), lambda: self.now_s)
        self.bench = Bench(boards.work, lambda port: WISH, display, self.kept.append, **more)

    def plug(self, *ports: Port) -> None:
        self.bench.look(ports)

    def settle(self) -> None:
        """Wait for all that was begun."""
        while self.bench.running:
            assert self.bench.reap(SOON_S)

    def do(self, *ports: Port) -> list[str]:
        """Plug boards in and wait for them; return the codes of those that ended, `ok` or F..."""
        before = len(self.bench.outcomes)
        self.plug(*ports)
        self.settle()
        ended = self.bench.outcomes[before:]
        return sorted(o.result.error.code if o.result.error else "ok" for o in ended)

    @property
    def printed(self) -> str:
        return self.file.getvalue()


def macs(*ports: Port) -> dict[str, str]:
    return {port.path: f"24:6f:28:aa:bb:{number:02x}" for number, port in enumerate(ports)}

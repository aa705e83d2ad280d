"""What doctor knows before it judges: plain data, gathered first.

Place: host, usb, listening, asking, reading -> here -> the checks, report, bundle.
Guarantee: no key of a board or of a workshop is in here: what reads an identity keeps its number,
its epoch and the check of its key. What a board said may hold one; `redact` takes it out before
anybody is shown it.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from protocol import modem
from protocol.errors import DecodeError
from protocol.stream import RecordReader
from tools.flashing.doctor.bootlog import BootLog, read
from tools.flashing.errors import FlashError
from tools.flashing.ports import Holder

SILENT_PROMPT = "F130"  # of tools.flashing.unlocking: no MicroPython answered
_PROMPT_SIGN = b">>> "


class UsbDevice(NamedTuple):
    """`where` is the kernel's name of its socket, as 1-1.4; `driver` of its first interface."""

    where: str
    vendor: str  # four hexadecimal digits
    product: str
    name: str
    driver: str  # empty: none
    ttys: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Return vendor and product as lsusb writes them."""
        return f"{self.vendor}:{self.product}"


@dataclass(frozen=True)
class System:
    """The computer, and who works on it."""

    kernel: str = ""
    user: str = ""
    is_root: bool = False
    is_wsl: bool = False
    groups: tuple[str, ...] = ()  # of this session
    listed_groups: tuple[str, ...] = ()  # in /etc/group: what the next session has
    programs: tuple[Holder, ...] = ()  # of those that are known to disturb

    def running(self, name: str) -> Holder | None:
        """Return a program of this name, or None."""
        return next((program for program in self.programs if program.name == name), None)


@dataclass(frozen=True)
class PortFacts:
    """One port as the system has it; `error` is why it could not be opened."""

    path: str
    exists: bool = True
    owner: str = ""
    group: str = ""
    mode: int = 0
    may_open: bool = True
    holders: tuple[Holder, ...] = ()
    error: FlashError | None = None


@dataclass(frozen=True)
class Heard:
    """What came from the board by itself, and after a line end, at 115200 baud and at 74880.

    `seconds` is how long somebody listened in all; `was_reset`: the reset line was pulsed;
    `is_lost`: the port vanished meanwhile.
    """

    data: bytes = b""
    echo: bytes = b""
    slow: bytes = b""
    seconds: float = 0.0
    was_reset: bool = False
    is_lost: bool = False

    @cached_property
    def boot(self) -> BootLog:
        """Return what the log says."""
        return read(self.data + self.echo)

    @property
    def has_prompt(self) -> bool:
        """Say whether MicroPython waits for somebody to type."""
        return _PROMPT_SIGN in self.data + self.echo

    @cached_property
    def is_modem(self) -> bool:
        """Say whether there is a record of our modem in it, checksum and all."""
        return any(_is_record(frame) for frame in RecordReader().feed(self.data))


@dataclass(frozen=True)
class Prompted:
    """What the prompt said; `error` where there was none."""

    error: FlashError | None = None
    mac: str = ""
    mcu: str = ""
    micropython: str = ""

    @property
    def is_there(self) -> bool:
        """Say whether something answered, be it a closed door."""
        return self.error is None or self.error.code != SILENT_PROMPT


@dataclass(frozen=True)
class Chipped:
    """What the chip's bootloader said; `error` where it did not answer."""

    error: FlashError | None = None
    kind: str = ""
    mac: str = ""
    flash_size: int = 0


class Line(NamedTuple):
    """A line of the flight recorder; `seconds` since that start, or unix time."""

    boot: int
    seconds: int
    text: str


class Crash(NamedTuple):
    """What a node died of; `firmware` is 8 hexadecimal digits, `more`: further ones, not kept."""

    exception: str
    module: str
    line: int
    firmware: str
    was_told: bool
    more: int


class Identity(NamedTuple):
    """Who a node is; `check` is the fingerprint of its key."""

    node: int
    epoch: int
    check: str


@dataclass(frozen=True)
class OnBoard:
    """What is in the files of the board; None where a file is not there or cannot be read."""

    way: str = "prompt"  # or flash
    is_ours: bool = False  # our packages or the release are there
    has_main: bool = False
    release: dict | None = None
    identity: Identity | None = None
    board: dict | None = None
    config: dict | None = None
    recorder: tuple[Line, ...] = ()
    damaged: int = 0  # files of the recorder with something in them that is no record
    crash: Crash | None = None
    resets: tuple[int, int, int, int] | None = None  # power-on, brown-out, watchdog, crash
    failed: int | None = None  # starts that failed one after the other
    boots: int | None = None

    @property
    def is_modem(self) -> bool:
        """Say whether it was set up as a modem, which has no identity."""
        return self.config is not None and self.config.get("role") == "modem"


@dataclass(frozen=True)
class Recorded:
    """What the workshop knows of this board; `state` is empty where it knows nothing."""

    state: str = ""  # claimed, finished or retired
    address: int = 0
    epoch: int = 0
    check: str = ""


@dataclass(frozen=True)
class Facts:
    """Everything; None: nobody could look."""

    system: System = field(default_factory=System)
    usb: tuple[UsbDevice, ...] = ()
    replugged: tuple[UsbDevice, ...] | None = None  # what came when the board was plugged in anew
    ports: tuple[str, ...] = ()
    port: PortFacts | None = None
    heard: Heard | None = None
    prompt: Prompted | None = None
    chip: Chipped | None = None
    on_board: OnBoard | None = None
    recorded: Recorded | None = None

    @property
    def mac(self) -> str:
        """Return the board's MAC, or nothing where nobody said it."""
        return next((found.mac for found in (self.prompt, self.chip) if found and found.mac), "")

    @property
    def kind(self) -> str:
        """Return the chip's kind as esptool and board files call it, or nothing."""
        return (self.chip and self.chip.kind) or (self.prompt and self.prompt.mcu) or ""


def _is_record(frame: bytes) -> bool:
    try:
        modem.decode(frame)
    except DecodeError:
        return False
    return True

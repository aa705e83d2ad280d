"""Good messages of every kind, at the limits of their fields; what the tests of each kind share."""

from protocol import commands
from protocol.commands import Command, Result
from protocol.fields import TEXT_LIMIT
from protocol.messages import MAX_GAPS, Ack, Gone, Hello, Note, Poll
from protocol.quantities import LIMIT
from protocol.reading import Reading, described
from protocol.reports import Crash, Status, status_fields
from protocol.sampletime import AGE, AT_LEAST, UNIX
from protocol.updates import Block, Offer, Want
from tests.shared.forms import IMAGE, KEY, ack, one

NOW = 1750000000
U24 = (1 << 24) - 1
U32 = (1 << 32) - 1
U48 = (1 << 48) - 1
LONGEST = "\u00fc" * (TEXT_LIMIT // 2)
LONGEST_ARGUMENT = "\u00fc" * 80  # 160 bytes
FIRMWARE = b"\x01\x02\x03\x04"

HELLOS = (
    Hello(0, 0, 0, ""),
    Hello(7, 100, 164, "0.1.0"),
    Hello(7, 100, 164, "0.1.0", 163),
    Hello(U32, U32, U32, LONGEST, U32 - 1),
)
ACKS = (
    Ack(0),
    Ack(23),
    Ack(U32),
    Ack(None),
    Ack(0, 0),
    Ack(None, 1750000000123),
    Ack(U32 - MAX_GAPS, U48, [1] * MAX_GAPS),
    Ack(0, None, [U32]),
    ack(70000, 1750000000123, (3, 1, 70), 80000, True, (-128, 127, 0), True),
)
OTHERS = (Poll(), Note(""), Note("ok"), Note(LONGEST), Gone(0, 1), Gone(U32, 1), Gone(0, U32))
BATCHES = (one(), one(columns=[[1], [None]], quality=[[2], [4]]))

READINGS = (
    Reading(None, UNIX, NOW, 0, {0: 213}),
    Reading(0, UNIX, 0, 7, {0: -LIMIT, 23: LIMIT}),
    Reading((1 << 32) - 1, AGE, (1 << 32) - 1, 3, {13: [1, 2, 3, 4, 5, 6]}),
    Reading(5, AT_LEAST, 0, 7, {0: None, 13: None, 1: 55}, {1: 2}),
    Reading(6, AGE, 30, 2, {0: 213, 1: 55}, {0: 1, 1: 5}),
    Reading(7, UNIX, NOW, 1, {256: described("tilt", "deg", 2, -314), 9000: ["door", "", 0, None]}),
    Reading(8, UNIX, NOW, 1, dict.fromkeys(range(12), 1)),
    Reading(9, UNIX, NOW, 1, {0xFFFF: ["x" * 24, "y" * 12, 7, 1]}, {0xFFFF: 3}),
)
STATUSES = (
    Status({}),
    Status({"uptime_s": 0}),
    Status({"downlink_rssi_dbm": -120, "downlink_snr_q": -31}),
    Status({name: i * 1000 for i, name in enumerate(status_fields())}),
    Status(dict.fromkeys(status_fields(), U48)),
    Status(dict.fromkeys(status_fields(), -U48)),
    Status({"uptime_s": 5, "field_99": -1, "field_65535": U48}),
)
CRASHES = (
    Crash("MemoryError", "app", 42, FIRMWARE),
    Crash("FrameError", "uplink_1", 0xFFFF, b"\xff" * 4),
    Crash("OSError", "", 0, bytes(4)),
)
# The last good arguments of each operation.
ARGUMENTS = (
    (),
    (255, LONGEST_ARGUMENT),
    (),
    (),
    (0xFFFF,),
    (),
    (255,),
    (0xFFFF,),
    (U48,),
    (),
    (0xFFFF,),
    (U32, KEY),
)
COMMANDS = tuple(Command(i * 257, i, ARGUMENTS[i]) for i in range(len(ARGUMENTS)))
RESULTS = (
    Result(0, commands.DONE),
    Result(0xFFFF, commands.BUSY),
    Result(7, commands.DONE, 0),
    Result(7, commands.DONE, U48),
    Result(7, commands.DONE, ""),
    Result(7, commands.FAILED, LONGEST_ARGUMENT),
    Result(7, commands.DONE, b""),
    Result(7, commands.DONE, bytes(160)),
    Result(7, commands.DONE, Reading(None, UNIX, 1750000000, 0, {0: 213, 13: [1] * 6}, {0: 2})),
    Result(7, commands.DONE, Reading(9, UNIX, 1750000000, 0, {300: ["a", "b", 1, -5]})),
)
UPDATES = (
    Offer(IMAGE, 1, 1, ""),
    Offer(IMAGE, U24, 400, "x" * 64),
    Want(IMAGE, 0),
    Want(IMAGE, U24, bytes(range(32))),
    Block(IMAGE, 0, b"x"),
    Block(IMAGE, U24, bytes(range(200)) * 2),
)

FROM_GATEWAY = ACKS + COMMANDS + UPDATES[:2] + UPDATES[4:]
REPEATED = CRASHES + RESULTS + UPDATES[2:4]
FROM_NODE = BATCHES + HELLOS + OTHERS + READINGS + STATUSES + REPEATED

"""What the gateway wants of a node, and what came of it.

Place: under `messages`; a Command is an answer to a frame of the node, a Result a message of it.
Guarantee: what is decoded has the arguments that its operation takes. A command has a number: the
gateway repeats it until a Result has that number, the node carries it out once.

    Command  [5, number, operation, arguments ..]
    Result   [6, number, code, ? value]    value: an integer, text or bytes of at most 160 bytes,
                                           or a map as of a Reading
"""

from protocol._compat import const
from protocol.fields import COMMAND, RESULT, data, require, text, uint

SAMPLE = const(0)  # measure now; the result is a Reading
CONFIG_TRY = const(
    1
)  # wakes, JSON text: use these fields; unless confirmed in so many wakes, revert
CONFIG_CONFIRM = const(2)
CONFIG_REVERT = const(3)
CONFIG_READ = const(4)  # offset: a page of the configuration in use
REBOOT = const(5)
MOUNT_TEST = const(6)  # frames: send so many short frames for a look at the link
LOG_PAGE = const(7)  # page, 0 the newest
TIME = const(8)  # unix ms
WIPE = const(9)  # forget samples and log, not the identity
MAINTENANCE = const(10)  # minutes: mark values as MAINTENANCE; 0 ends it
REKEY = const(11)  # epoch, key of 16 bytes: use them from the next frame on

_TEXT = const(160)

# The bits of each unsigned argument, or -1: text, -2: a key.
_ARGUMENTS = (
    (),
    (8, -1),
    (),
    (),
    (16,),
    (),
    (8,),
    (16,),
    (48,),
    (),
    (16,),
    (32, -2),
)

DONE = const(0)
REFUSED = const(1)  # the arguments make no sense to this node
FAILED = const(2)
UNKNOWN = const(3)  # an operation that this firmware does not have
BUSY = const(4)

_CODES = const(5)


class Command:
    """Operation `op` with its arguments; `number` is 16 bits and new for each command."""

    kind = COMMAND

    def __init__(self, number: int, op: int, arguments=()):
        self.number = number
        self.op = op
        self.arguments = tuple(arguments)

    def plain(self) -> list:
        """Return the CBOR value."""
        return [COMMAND, self.number, self.op] + list(self.arguments)


class Result:
    """What came of command `number`: a code, and for some operations a value."""

    kind = RESULT

    def __init__(self, number: int, code: int, value=None):
        self.number = number
        self.code = code
        self.value = value

    def plain(self) -> list:
        """Return the CBOR value."""
        value = self.value
        if hasattr(value, "plain"):
            value = value.plain()  # of a Reading
        return [RESULT, self.number, self.code] + ([] if value is None else [value])


def command_from(value: list) -> Command:
    """Return the Command of a decoded array; an unknown operation keeps no arguments."""
    require(len(value) >= 3, "command")
    number = uint(value[1], 16)
    op = uint(value[2], 8)
    if op >= len(_ARGUMENTS):
        return Command(number, op)
    kinds = _ARGUMENTS[op]
    require(len(value) == 3 + len(kinds), "command: number of arguments")
    for i in range(len(kinds)):
        argument = value[3 + i]
        if kinds[i] == -1:
            text(argument, _TEXT)
        elif kinds[i] == -2:
            require(len(data(argument, 16)) == 16, "command: key")
        else:
            uint(argument, kinds[i])
    return Command(number, op, value[3:])


def result_from(value: list) -> Result:
    """Return the Result of a decoded array."""
    require(3 <= len(value) <= 4, "result")
    result = Result(uint(value[1], 16), uint(value[2], 8))
    require(result.code < _CODES, "result: unknown code")
    if len(value) == 4:
        result.value = _result_value(value[3])
    return result


def _result_value(value):
    if isinstance(value, dict):
        from protocol import reading

        return reading.from_value(value)
    if isinstance(value, str):
        return text(value, _TEXT)
    if isinstance(value, bytes):
        return data(value, _TEXT)
    return uint(value, 48)

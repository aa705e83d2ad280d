"""Commands and results: each operation with its arguments, and nothing else."""

from protocol import cbor, commands
from protocol.commands import Command, Result
from protocol.errors import DecodeError
from protocol.messages import decode, encode
from tests.shared.damage import changed, is_canonical, survives_all, survives_noise
from tests.shared.examples import ARGUMENTS, COMMANDS, LONGEST_ARGUMENT, RESULTS, U48
from tests.shared.expect import refuses
from tests.shared.forms import CODES, KEY, OPERATIONS, form_of

# For each operation, and each of its arguments: what is just beyond.
BEYOND = (
    (),
    ((-1, 256, None, True, "7"), (LONGEST_ARGUMENT + "x", b"{}", None, 7)),
    (),
    (),
    ((-1, 0x10000, None, True, "7"),),
    (),
    ((-1, 256, None, False),),
    ((-1, 0x10000, None),),
    ((-1, U48 + 1, None),),
    (),
    ((-1, 0x10000, None),),
    ((-1, 1 << 32, None), (KEY[1:], KEY + b"x", "x" * 16, None, 7)),
)


def refused(value) -> None:
    refuses(DecodeError, decode, cbor.dumps(value))


def test_every_command_and_result_comes_back():
    for message in COMMANDS + RESULTS:
        plain = encode(message)
        assert form_of(decode(plain)) == form_of(message)
        assert encode(decode(plain)) == plain


def test_a_changed_command_or_result_is_another_one_or_refused():
    survives_all(COMMANDS + RESULTS)
    heads = (b"\x83\x05\x01", b"\x84\x05\x01", b"\x84\x06\x01")
    survives_noise(decode, is_canonical, 25, 200, 12, heads)


def test_the_number_of_an_operation_and_of_a_code_never_changes():
    assert len(OPERATIONS) == len(ARGUMENTS)
    for code in range(len(OPERATIONS)):
        assert getattr(commands, OPERATIONS[code].upper()) == code
    for code in range(len(CODES)):
        assert getattr(commands, CODES[code].upper()) == code


def test_each_operation_takes_its_arguments_only():
    for op in range(len(ARGUMENTS)):
        good, beyond = ARGUMENTS[op], BEYOND[op]
        assert decode(cbor.dumps([5, 1, op] + list(good))).arguments == good
        for place in range(len(good)):
            for wrong in beyond[place]:
                arguments = changed(good, place, wrong)
                refused([5, 1, op] + arguments)
                refuses(ValueError, encode, Command(1, op, arguments))
        refused([5, 1, op] + list(good) + [0])
        refuses(ValueError, encode, Command(1, op, good + (0,)))
        for end in range(len(good)):
            refused([5, 1, op] + list(good[:end]))
            refuses(ValueError, encode, Command(1, op, good[:end]))


def test_the_head_of_a_command_is_in_range():
    for number in (0, 0xFFFF):
        assert decode(cbor.dumps([5, number, 5])).number == number
    for wrong in (-1, 0x10000, None, True, "7"):
        refused([5, wrong, 5])
        refuses(ValueError, encode, Command(wrong, 5))
    for wrong in (-1, 256, None, True, "7"):
        refused([5, 1, wrong])
        refuses(ValueError, encode, Command(1, wrong))
    refused([5])
    refused([5, 1])


def test_an_operation_of_a_newer_gateway_is_named_by_its_number():
    for op in (12, 255):
        for arguments in ((), (1,), ("x", None, [1, {2: 3}])):
            command = decode(cbor.dumps([5, 9, op] + list(arguments)))
            assert (command.number, command.op, command.arguments) == (9, op, ())


def test_a_result_out_of_range_is_refused():
    for number in (-1, 0x10000, None, True, "7"):
        refused([6, number, 0])
        refuses(ValueError, encode, Result(number, 0))
    for code in (-1, 5, 255, 256, None, True, "7"):
        refused([6, 1, code])
        refuses(ValueError, encode, Result(1, code))
    for value in (-1, U48 + 1, True, LONGEST_ARGUMENT + "x", bytes(161), [], [1]):
        refused([6, 1, 0, value])
        refuses(ValueError, encode, Result(1, 0, value))
    refused([6, 1, 0, None])
    refused([6, 1, 0, {}])
    refused([6, 1, 0, {0: 213}])  # a reading without its time
    refused([6])
    refused([6, 1])
    refused([6, 1, 0, 1, 1])

"""Readings: a sample that explains itself, at every limit of its fields."""

from protocol import cbor, messages, quantities
from protocol.errors import DecodeError
from protocol.quantities import LIMIT
from protocol.reading import MAX_VALUES, Reading, described
from protocol.sampletime import AGE, AT_LEAST, SLOT, UNIX
from tests.shared.damage import is_canonical, survives_all, survives_noise
from tests.shared.examples import NOW, READINGS
from tests.shared.expect import refuses
from tests.shared.forms import form_of

GOOD = {0: 213, -2: [UNIX, NOW, 0]}


def good(**changes) -> dict:
    """Return a map that decodes, changed: keys are `time`, `number`, `quality` and `v<id>`."""
    value = dict(GOOD)
    places = {"time": -2, "number": -1, "quality": -3}
    for name, entry in changes.items():
        value[places[name] if name in places else int(name[1:])] = entry
    return value


def taken(**changes) -> Reading:
    return messages.decode(cbor.dumps(good(**changes)))


def refused(value: dict) -> None:
    refuses(DecodeError, messages.decode, cbor.dumps(value))


def test_every_reading_comes_back():
    for message in READINGS:
        plain = messages.encode(message)
        back = messages.decode(plain)
        assert form_of(back) == form_of(message)
        assert messages.encode(back) == plain
        assert cbor.dumps(cbor.loads(plain)) == plain


def test_a_changed_reading_is_another_reading_or_refused():
    survives_all(READINGS)


def test_noise_is_a_reading_or_refused():
    survives_noise(messages.decode, is_canonical, 21, 200, 20, (b"\xa1", b"\xa2\x00", b"\xa3\x20"))


def test_a_number_is_32_bits_or_none():
    for number in (0, 1, (1 << 32) - 1):
        assert taken(number=number).first == number
        assert taken(number=number).numbers() == [number]
    assert taken().first is None and taken().older is None
    for wrong in (-1, 1 << 32, None, True, "7", b"7", [7]):
        refused(good(number=wrong))


def test_a_time_has_a_form_seconds_and_accuracy():
    for clock in (UNIX, AGE, AT_LEAST):
        assert taken(time=[clock, (1 << 32) - 1, 7]).clock == clock
        assert taken(time=[clock, (1 << 32) - 1, 7]).accuracy == 7
    for place, limit in ((0, 4), (1, 1 << 32), (2, 8)):
        for wrong in (-1, limit, None, True, "7", b"7", [7]):
            time = [UNIX, NOW, 0]
            time[place] = wrong
            refused(good(time=time))
    for wrong in ([], [UNIX, NOW], [UNIX, NOW, 0, 0], [SLOT, 5, 0], None, 7, {0: 1, 1: 2, 2: 3}):
        refused(good(time=wrong))
    refused({0: 213})


def test_a_bound_has_no_accuracy():
    assert taken(time=[AT_LEAST, 100, 7]).accuracy == 7
    for accuracy in range(7):
        refused(good(time=[AT_LEAST, 100, accuracy]))
        refuses(ValueError, messages.encode, Reading(None, AT_LEAST, 100, accuracy, {0: 1}))
        for clock in (UNIX, AGE):
            assert taken(time=[clock, 100, accuracy]).accuracy == accuracy


def test_the_time_is_completed_as_that_of_a_batch():
    assert taken(time=[UNIX, NOW, 1]).newest(NOW + 9) == (NOW, 2)
    assert taken(time=[AGE, 100, 3]).newest(NOW) == (NOW - 100, 15)
    assert taken(time=[AT_LEAST, 100, 7]).newest(NOW) == (NOW - 100, None)


def test_a_value_of_the_registry_has_its_width_and_its_limit():
    for entry in (0, LIMIT, -LIMIT, None):
        assert taken(v0=entry).values[0] == entry
    for wrong in (LIMIT + 1, -LIMIT - 1, 1 << 40, True, "7", b"7", [7], [], {0: 1}):
        refused(good(v0=wrong))
    assert taken(v13=[1, 2, 3, 4, 5, -LIMIT]).values[13] == [1, 2, 3, 4, 5, -LIMIT]
    for wrong in (
        7,
        [1] * 5,
        [1] * 7,
        [1, 2, 3, 4, 5, None],
        [1, 2, 3, 4, 5, LIMIT + 1],
        b"123456",
    ):
        refused(good(v13=wrong))
    for unknown in (quantities.COUNT, 200, 255):
        refused({unknown: 1, -2: [UNIX, NOW, 0]})


def test_a_described_value_has_name_unit_decimals_and_value():
    entry = ["x" * 24, "y" * 12, 7, -LIMIT]
    assert taken(v256=entry).values[256] == entry
    assert taken(v256=["", "", 0, None]).values[256] == ["", "", 0, None]
    for place, wrongs in (
        (0, ("x" * 25, "\u00fc" * 13, b"x", None, 7)),
        (1, ("y" * 13, "\u00fc" * 7, b"x", None, 7)),
        (2, (-1, 8, None, True, "7")),
        (3, (LIMIT + 1, -LIMIT - 1, True, "7", [7])),
    ):
        for wrong in wrongs:
            other = list(entry)
            other[place] = wrong
            refused(good(v256=other))
    for wrong in (None, 7, [], entry[:3], entry + [0], "abcd"):
        refused(good(v256=wrong))


def test_a_reading_has_1_to_16_values():
    assert MAX_VALUES == 16
    refused({-2: [UNIX, NOW, 0]})
    many = {256 + i: ["a", "b", 0, i] for i in range(MAX_VALUES)}
    many[-2] = [UNIX, NOW, 0]
    assert len(messages.decode(cbor.dumps(many)).values) == MAX_VALUES
    many[0] = 1
    refused(many)


def test_a_quality_is_of_a_value_that_is_there_and_never_valid():
    for code in (1, 2, 3, 5):
        assert taken(quality={0: code}).quality == {0: code}
    for wrong in (
        {},
        {1: 1},
        {-1: 1},
        {256: 1},
        {0: 0},
        {0: 6},
        {0: 7},
        {0: 4},  # null says so
        {0: None},
        {0: True},
        [1],
        1,
    ):
        refused(good(quality=wrong))


def test_null_says_fault_by_itself():
    described_null = ["a", "b", 0, None]
    for changes, qid in (({"v1": None}, 1), ({"v13": None}, 13), ({"v256": described_null}, 256)):
        assert taken(**changes).quality == {}
        assert taken(quality={0: 2}, **changes).quality == {0: 2}
        values = dict(taken(**changes).values)
        for code in range(1, 6):
            refused(good(quality={qid: code}, **changes))
            refused(good(quality={0: 2, qid: code}, **changes))
            wrong = Reading(None, UNIX, NOW, 0, values, {qid: code})
            refuses(ValueError, messages.encode, wrong)
    value = Reading(None, UNIX, NOW, 0, {256: ("a", "b", 0, None)}, {256: 1})
    refuses(ValueError, messages.encode, value)


def test_an_id_has_16_bits():
    assert taken(v65535=["a", "b", 0, 1]).values[65535] == ["a", "b", 0, 1]
    for qid in (1 << 16, 1 << 32, (1 << 64) - 1):
        refused({qid: ["a", "b", 0, 1], -2: [UNIX, NOW, 0]})
        wrong = Reading(None, UNIX, NOW, 0, {qid: ["a", "b", 0, 1]})
        refuses(ValueError, messages.encode, wrong)


def test_an_unknown_key_is_refused():
    for key in (-4, -5, -256, -(1 << 64)):
        refused({0: 213, -2: [UNIX, NOW, 0], key: 1})


def test_what_the_other_side_would_refuse_is_not_encoded():
    for wrong in (
        Reading(-1, UNIX, NOW, 0, {0: 213}),
        Reading(1 << 32, UNIX, NOW, 0, {0: 213}),
        Reading(0, SLOT, 5, 0, {0: 213}),
        Reading(0, UNIX, 1 << 32, 0, {0: 213}),
        Reading(0, UNIX, NOW, 8, {0: 213}),
        Reading(0, UNIX, NOW, 0, {}),
        Reading(0, UNIX, NOW, 0, {0: LIMIT + 1}),
        Reading(0, UNIX, NOW, 0, {200: 1}),
        Reading(0, UNIX, NOW, 0, {0: 1}, {1: 1}),
        Reading(0, UNIX, NOW, 0, {0: 1}, {0: 4}),
        Reading(0, UNIX, NOW, 0, {13: [1, 2]}),
    ):
        refuses(ValueError, messages.encode, wrong)
    refuses(ValueError, described, "x" * 25, "", 0, 1)
    refuses(ValueError, described, "", "y" * 13, 0, 1)

"""The quick reader says what the long one says, or nothing: of right batches and of spoilt ones."""

from binascii import unhexlify

from protocol import batch, messages, quantities, quick_reader
from protocol.batch import Batch
from protocol.bits import BitWriter
from protocol.columns import SAME, SECOND
from protocol.errors import DecodeError
from protocol.quality import FAULT, FROZEN
from protocol.quantities import LIMIT
from protocol.sampletime import AGE, AT_LEAST, SLOT, UNIX
from tests.shared.damage import flipped
from tests.shared.expect import Chance, vectors
from tests.shared.forms import form_of, one, width_of


def agrees(plain: bytes) -> bool:
    """Say whether the quick reader took a plaintext; what it takes must be what is said there."""
    found = quick_reader.read(plain)
    if found is None:
        return False
    try:
        right = messages.decode(plain)
    except DecodeError as error:
        raise AssertionError("refused: %s, but taken: %r" % (error, plain))
    assert type(right) is type(found) is Batch
    assert same(right, found), plain
    return True


def same(one_batch, other) -> bool:
    """Say whether two batches are equal in every field."""
    return form_of(one_batch) == form_of(other) and one_batch.count == other.count


def shown(message) -> bytes:
    """Return the plaintext of a batch, after the quick reader was shown it."""
    plain = messages.encode(message)
    quick_reader.learn(messages.decode(plain))
    return plain


def usual(chance, count: int, ids=(0, 1, 2, 3), **changes) -> Batch:
    """Return a batch as sensors make them: values that walk, all of them valid."""
    columns = []
    for _ in range(width_of(ids)):
        value = chance.between(-500, 12000)
        size = chance.between(0, 60)
        column = []
        for _ in range(count):
            column.append(value)
            value += chance.between(-size, size)
        columns.append(column)
    fields = {
        "first": chance.below(70000),
        "ids": ids,
        "columns": columns,
        "interval_s": (10, 60, 900, 7)[chance.below(4)],
        "clock": (SLOT, UNIX)[chance.below(2)],
        "accuracy": chance.below(8),
    }
    fields["seconds"] = chance.below(64) if fields["clock"] == SLOT else 1750000000
    fields.update(changes)
    return one(**fields)


def test_the_batches_that_come_all_day_are_taken():
    chance = Chance(1)
    taken = 0
    for count in (1, 2, 3, 8, 33, 64):
        for _ in range(10):
            taken += agrees(shown(usual(chance, count)))
    # A jump that its column was not made for is written in a longer way, which is not usual.
    assert taken > 50


def test_every_golden_message_is_read_the_same_or_not_at_all():
    taken = 0
    for vector in vectors("messages"):
        plain = unhexlify(vector["plain"])
        message = messages.decode(plain)
        if isinstance(message, Batch):
            quick_reader.learn(message)
        taken += agrees(plain)
    assert taken


def test_a_head_that_was_not_shown_is_not_taken():
    odd = usual(Chance(2), 3, ids=(2, 5), interval_s=4321, clock=UNIX, seconds=1750000000)
    plain = messages.encode(odd)
    assert quick_reader.read(plain) is None
    shown(odd)
    assert agrees(plain)


def test_what_is_not_usual_is_left_to_the_long_reader():
    chance = Chance(3)
    places = usual(chance, 3)
    places.places = [0, 2, 3]
    introduction = usual(chance, 3)
    introduction.older = min(introduction.first, 5)
    stale = usual(chance, 2)
    stale.quality = [[FROZEN, 0], None, None, None]
    hole = usual(chance, 2)
    hole.quality = [[FAULT, 0], None, None, None]
    hole.columns[0][0] = None
    aged = usual(chance, 3, clock=AGE, seconds=30)
    bound = usual(chance, 3, clock=AT_LEAST, seconds=30, accuracy=7)
    for message in (places, introduction, stale, hole, aged, bound):
        plain = shown(message)
        assert quick_reader.read(plain) is None
        assert isinstance(messages.decode(plain), Batch)


def test_the_limits_of_values_numbers_and_times():
    for value in (LIMIT, -LIMIT, LIMIT - 1, 0, -1):
        for count in (1, 2, 64):
            for first in (0, 0xFFFF, 0x10000, 0xFFFFFF):
                columns = [[value] * count]
                agrees(shown(one(ids=(0,), columns=columns, first=first, seconds=2**32 - 1)))
    jumps = [[LIMIT, -LIMIT, LIMIT, -LIMIT]]
    agrees(shown(one(ids=(0,), columns=jumps)))
    agrees(shown(one(ids=(0,), columns=[[0, 1, 3, 6, 10, 15, 21]])))
    assert agrees(shown(one(ids=(0,), columns=[[5]], interval_s=0)))


def crafted(code: int, mode: int = 0, codes=()) -> bytes:
    """Return a batch of one quantity from the codes of its column, whatever they come to."""
    count = 1 + len(codes)
    quick_reader.learn(one(ids=(0,), columns=[[0] * count], interval_s=60))
    writer = BitWriter()
    writer.put(0, 17)
    writer.put_golomb(count - 1, 3)
    writer.put(1, 1)
    batch.put_ids(writer, (0,))
    batch.put_interval(writer, 60)
    writer.put(UNIX, 2)
    writer.put_wide(1750000000 >> 16, 1750000000 & 0xFFFF)
    writer.put(1, 4)  # to the second, all valid
    writer.put_golomb(code, quantities.coding(0)[1])
    if codes:
        writer.put(mode, 4)
    if codes and mode != SAME:
        writer.put_rice(list(codes), mode if mode < SECOND else mode - SECOND)
    return as_plain(writer.to_bytes())


def test_what_a_column_comes_to_is_within_the_limit_or_refused():
    taken = 0
    for code in (2 * LIMIT - 900, 2 * LIMIT, 2 * LIMIT + 2, (1 << 22) - 1000):
        for odd in (0, 1):
            for change in range(-3, 1200, 9):
                taken += agrees(crafted(code + change + odd))
    assert taken > 100
    edge = 2 * (LIMIT - quantities.coding(0)[0])
    for mode in range(16):
        for low in (edge - 60, edge, 1):
            for step in (0, 1, 2, 3, 40, 41, 100, 101):
                taken += agrees(crafted(low, mode, (step,) * 3))
                taken += agrees(crafted(low + 1, mode, (step, step + 1, 5)))
    assert taken > 300


def test_codes_of_any_size_in_any_mode_are_read_right_or_not_at_all():
    chance = Chance(9)
    taken = 0
    for _ in range(1500):
        most = 1 << chance.between(1, 22)
        codes = [chance.below(most) for _ in range(chance.between(1, 5))]
        first = chance.below(1 << chance.between(1, 21))
        taken += agrees(crafted(first, chance.below(16), codes))
    assert taken > 300
    # The escape of a large code, read as a code, would end in the right place.
    for mode in range(16):
        for small in range(16):
            agrees(crafted(20, mode, ((1 << 22) - 2, small)))


def test_every_prefix_is_refused_or_read_right():
    chance = Chance(4)
    for count in (1, 2, 9):
        plain = shown(usual(chance, count))
        for end in range(len(plain)):
            assert not agrees(plain[:end])
            # The head of the byte string made right again: what is missing is bits of the batch.
            bits = plain[1 if len(plain) < 25 else 2 :][:end]
            agrees(as_plain(bits))
            agrees(as_plain(bits + b"\x00"))
        for tail in (b"\x00", b"\x80", b"\xff", plain):
            agrees(plain + tail)
            agrees(as_plain(plain[1:] + tail))


def as_plain(bits: bytes) -> bytes:
    """Return bits as the byte string of CBOR that a message is."""
    size = len(bits)
    if size < 24:
        return bytes([0x40 | size]) + bits
    if size < 256:
        return bytes([0x58, size]) + bits
    return bytes([0x59, size >> 8, size & 0xFF]) + bits


def test_every_bit_changed_is_refused_or_read_right():
    chance = Chance(5)
    taken = 0
    for count in (1, 2, 5, 20):
        for _ in range(2):
            for other in flipped(shown(usual(chance, count))):
                taken += agrees(other)
    assert taken > 100


def test_noise_behind_known_heads_is_refused_or_read_right():
    chance = Chance(6)
    taken = 0
    for count in (1, 2, 6):
        for ids in ((0,), (0, 1, 2, 3), (13,)):
            message = usual(chance, count, ids=ids)
            plain = shown(message)
            for _ in range(150):
                keep = 5 + chance.below(8)
                noise = chance.bytes(chance.below(14))
                taken += agrees(as_plain(plain[1 if len(plain) < 25 else 2 :][:keep] + noise))
    assert taken > 20


def test_noise_is_refused_or_read_right():
    chance = Chance(7)
    for _ in range(600):
        noise = chance.bytes(chance.below(40))
        agrees(noise)
        agrees(as_plain(noise))


def test_heads_are_bounded():
    before = dict(quick_reader._heads)
    try:
        quick_reader._heads.clear()
        for interval_s in range(1, 1500):
            for ids in ((0,), (1,)):
                fields = {"ids": ids, "columns": [[1, 2]], "interval_s": interval_s}
                quick_reader.learn(one(**fields))
        assert len(quick_reader._heads) <= 512
        assert max(len(heads) for heads in quick_reader._heads.values()) <= 16
        again = one(ids=(2,), columns=[[1, 2]], interval_s=60)
        for _ in range(3):
            quick_reader.learn(again)
        bits = [head.bits for heads in quick_reader._heads.values() for head in heads]
        assert len(bits) == len(set(bits))
    finally:
        quick_reader._heads.clear()
        quick_reader._heads.update(before)


def test_a_batch_of_the_quick_reader_encodes_to_the_same_batch():
    chance = Chance(8)
    for count in (1, 4, 64):
        plain = shown(usual(chance, count))
        found = quick_reader.read(plain)
        again = batch.decode(batch.encode(found))
        assert same(again, messages.decode(plain))

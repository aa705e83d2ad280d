"""The quick reader against the long one: batches of every kind, changed, cut and made up."""

from hypothesis import given
from hypothesis import strategies as st

from protocol import messages, quick_reader
from protocol.errors import DecodeError
from protocol.sampletime import SLOT, UNIX
from tests.for_protocol.strategies import batches
from tests.shared.forms import form_of


def shown(message):
    """Return the plaintext of a batch whose head the quick reader was shown."""
    quick_reader._heads.clear()  # they are bounded: with those of all examples it is full
    plain = messages.encode(message)
    quick_reader.learn(messages.decode(plain))
    return plain


def said(plain):
    """Return the form of what the quick reader takes, which must be the long one's; or None."""
    found = quick_reader.read(plain)
    if found is None:
        return None
    try:
        right = messages.decode(plain)
    except DecodeError as error:
        raise AssertionError(f"{plain.hex()} was taken, but is refused: {error}") from error
    assert form_of(found) == form_of(right)
    assert found.ids == right.ids and found.places is found.older is found.quality is None
    return form_of(found)


@given(batches())
def test_a_batch_is_read_the_same_or_not_at_all(message):
    plain = shown(message)
    said(plain)


@given(batches())
def test_a_small_batch_without_anything_special_is_read(message):
    message.older = message.places = message.quality = None
    message.columns = [[0] * message.count for _ in message.columns]
    if message.clock not in (SLOT, UNIX):
        message.clock = UNIX
    plain = shown(message)
    assert said(plain)


@given(batches(), st.data())
def test_a_changed_batch_is_read_right_or_not_at_all(message, data):
    plain = shown(message)
    place = data.draw(st.integers(0, len(plain) - 1))
    byte = data.draw(st.integers(0, 255))
    said(plain[:place] + bytes([byte]) + plain[place + 1 :])
    said(plain[:place])
    said(plain + data.draw(st.binary(max_size=3)))


@given(st.binary(max_size=80), st.integers(0, 2))
def test_noise_is_read_right_or_not_at_all(bits, kind):
    said(bits)
    if len(bits) < 24:
        said(bytes([0x40 | len(bits)]) + bits)
    else:
        said(bytes([0x58, len(bits)]) + bits)

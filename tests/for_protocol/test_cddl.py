"""`protocol/frame.cddl` holds for everything that the encoders write, and for nothing refused.

The validator is Nordic's zcbor. It takes the members of a map in the order of the CDDL, which is
therefore that of their encoding.
"""

import contextlib
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from protocol import messages
from protocol.envelope import TAG_RADIO, TAG_WIRE
from tests.for_protocol import strategies
from tests.shared.pair import envelope

zcbor = pytest.importorskip("zcbor")

ROOT = Path(__file__).parents[2]
CDDL = ROOT / "protocol" / "frame.cddl"
TYPES = zcbor.DataTranslator.from_cddl(
    cddl_string=CDDL.read_text(encoding="utf-8"), default_max_qty=64
).my_types


def load(name: str) -> list[dict]:
    return json.loads((ROOT / "tests" / "vectors" / f"{name}.json").read_text(encoding="utf-8"))


def fits(kind: str, data: bytes) -> bool:
    """Say whether these bytes are of a type of the CDDL."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            TYPES[kind].validate_str(data)
        except Exception:  # zcbor has many ways to refuse
            return False
    return True


def way_of(plain: bytes) -> str:
    return "down" if messages.is_answer(messages.decode(plain)) else "up"


@pytest.mark.parametrize("vector", load("messages"), ids=lambda v: v["name"])
def test_a_golden_message_fits(vector):
    plain = bytes.fromhex(vector["plain"])
    way = way_of(plain)
    assert fits(way, plain)
    assert not fits("up" if way == "down" else "down", plain)


@pytest.mark.parametrize("vector", load("frames"), ids=lambda v: v["name"])
def test_a_golden_frame_fits(vector):
    assert fits("frame", bytes.fromhex(vector["frame"]))


@pytest.mark.parametrize("vector", load("modem"), ids=lambda v: v["name"])
def test_a_golden_record_of_a_modem_fits(vector):
    body = bytes.fromhex(vector["record"])[:-4]
    is_order = vector["message"]["kind"] in ("send", "tune")
    assert fits("to-modem", body) == is_order
    assert fits("from-modem", body) == (not is_order)
    assert not fits("frame", body)


@settings(max_examples=150)
@given(strategies.MESSAGES)
def test_whatever_is_encoded_fits(message):
    plain = messages.encode(message)
    assert fits(way_of(plain), plain)
    for tag in (TAG_RADIO, TAG_WIRE):
        assert fits("frame", envelope(tag).seal_up(70000, plain, asks=True, whole=True))
        assert fits("frame", envelope(tag).seal_answer(70000, plain, more=True))


@pytest.mark.parametrize(
    "data",
    [
        "00",  # no array
        "8300 00",
        "821864 40",
        "831a00010000 00 40",  # a node beyond 16 bits
        "8321 18 18 40",  # 24 is no remainder of 24
        "8300 1b0000000100000000 40",
        "8300 00 60",  # a text is not sealed
    ],
)
def test_what_is_no_frame_does_not_fit(data):
    assert not fits("frame", bytes.fromhex(data.replace(" ", "")))


@pytest.mark.parametrize(
    "data", ["f4", "f5", "810a", "80", "8101", "84036000", "a0", "a100f6", "8504", "8302f600"]
)
def test_what_is_no_message_does_not_fit(data):
    assert not fits("up", bytes.fromhex(data))
    assert not fits("down", bytes.fromhex(data))

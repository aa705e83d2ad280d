"""Whatever bytes and levels a chip is given, it raises nothing, and a reset brings it back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.for_tools.chips import Air, Host62, Host76

FRAME = b"after all that"

# Opcodes and addresses that do something, so that chance gets further than by bytes alone.
OPCODES = [0x02, 0x07, 0x08, 0x0D, 0x0E, 0x12, 0x1D, 0x1E, 0x80, 0x82, 0x83, 0x84, 0x86, 0x88]
OPCODES += [0x89, 0x8A, 0x8B, 0x8C, 0x8E, 0x8F, 0x93, 0x94, 0x95, 0x97, 0x9F, 0xA0, 0xC1, 0xC5]
MODES = [0x80 | number for number in range(8)]

garbage = st.binary(max_size=12)
commands = st.builds(
    lambda opcode, rest: bytes([opcode]) + rest, st.sampled_from(OPCODES), st.binary(max_size=9)
)
writes = st.builds(
    lambda address, rest: bytes([0x80 | address]) + rest,
    st.integers(0, 0x7F),
    st.binary(min_size=1, max_size=9),
)
modes = st.builds(lambda mode: bytes([0x81, mode]), st.sampled_from(MODES))
steps = st.one_of(
    st.tuples(st.just("send"), st.one_of(commands, garbage, writes, modes)),
    st.tuples(st.just("exchange"), garbage),
    st.tuples(st.just("wait"), st.integers(0, 300_000)),
    st.tuples(st.just("select"), st.integers(0, 1)),
    st.tuples(st.just("reset"), st.integers(0, 1)),
    st.tuples(st.just("power"), st.booleans()),
    st.tuples(st.just("peer"), st.binary(max_size=255)),
)


def attack(host, peer, step):
    what, value = step
    chip = host.chip
    if what == "send":
        chip.select(0)
        assert len(chip.exchange(value)) == len(value)
        chip.select(1)
        host.air.wait(200)
    elif what == "wait":
        host.air.wait(value)
    elif what == "peer":
        host.air.wait(1_000_000)
        peer.send(value)
    else:
        getattr(chip, what)(value)


def come_back(host):
    """Take supply, reset and NSS as they should be: as a driver would begin."""
    host.chip.power(True)
    host.chip.select(1)
    host.chip.reset(0)
    host.air.wait(1000)
    host.chip.reset(1)
    host.air.wait(10_000)


def heard_by(peer, send):
    peer.command(0x02, 0xFF, 0xFF)
    peer.packet(255)
    peer.receive()
    send()
    peer.air.wait(100_000)
    return peer.frame()


@pytest.mark.parametrize("tuned", [False, True])
@given(st.lists(steps, max_size=25))
@settings(max_examples=150)
def test_an_sx1262_survives(tuned, history):
    air = Air()
    host, peer = Host62(air), Host62(air)
    peer.tune()
    if tuned:
        host.tune()
    for step in history:
        attack(host, peer, step)
    come_back(host)
    air.wait(1_000_000)
    host.tune()
    assert heard_by(peer, lambda: host.send(FRAME)) == FRAME


@pytest.mark.parametrize("tuned", [False, True])
@given(st.lists(steps, max_size=25))
@settings(max_examples=150)
def test_an_sx1276_survives(tuned, history):
    air = Air()
    host, peer = Host76(air), Host62(air)
    peer.tune()
    if tuned:
        host.tune()
    for step in history:
        attack(host, peer, step)
    come_back(host)
    air.wait(1_000_000)
    host.tune()
    assert heard_by(peer, lambda: host.send(FRAME)) == FRAME

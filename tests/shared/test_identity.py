"""The second copy of an identity: of use, and no danger."""

from node import counters, identity
from node.errors import NodeError
from tests.shared.expect import TMP, refuses
from tests.shared.own_files import emptied, move_to, write

ROOT = TMP + "identity"
KEY = "000102030405060708090a0b0c0d0e0f"
FIRST = '{"node": 17, "epoch": 1, "key": "%s", "service_key": "ab"}' % KEY


class _Who:
    """What `load` sets."""


def _begin(text=FIRST, counter="0"):
    emptied(ROOT)
    move_to(ROOT)
    write(identity.PATH, text)
    write(counters.FRAME_COUNTER, counter)


def _run_once(frames=1):
    """Start, keep the copy, send; return who it was and what was wrong."""
    who = _Who()
    problem = identity.load(who)
    identity.keep_copy()
    counter = counters.frame_counter()
    for _ in range(frames):
        counter.take()
    return who, problem


def test_a_node_goes_on_with_the_second_copy_and_says_so():
    _begin()
    _run_once()
    for damaged in (None, "{", FIRST.replace("0001", "xyzw"), FIRST.replace("17", "70000")):
        write(identity.PATH, damaged)
        who, problem = _run_once()
        assert (who.node, who.epoch, who.key) == (17, 1, bytes(range(16)))
        assert "/identity.json" in problem and KEY not in problem


def test_without_a_copy_the_first_is_named():
    _begin("{")
    error = refuses(NodeError, identity.load, _Who())
    assert "/identity.json" in str(error)


def test_a_copy_is_no_use_where_a_hand_has_set_the_counter_to_zero():
    """A typing error in a new identity must not bring the old key back, with its old numbers."""
    _begin()
    _run_once()
    write(identity.PATH, FIRST.replace("1,", "x,"))
    write(counters.FRAME_COUNTER, "0")
    refuses(NodeError, identity.load, _Who())


def test_a_copy_of_another_identity_than_the_counter_counts_for_is_no_use():
    _begin()
    _run_once()
    with open(identity._COPY, "rb") as f:
        copy = f.read()
    write(identity.PATH, FIRST.replace("0001", "ffff"))
    write(counters.FRAME_COUNTER, "0")
    _run_once(300)
    write(identity._COPY, copy)  # flash did not take the new copy
    write(identity.PATH, "{")
    refuses(NodeError, identity.load, _Who())


def test_a_new_key_keeps_the_rest_and_counts_on():
    _begin()
    _run_once(300)
    before = counters.frame_counter().take()
    identity.replace(9, bytes(16))
    who, problem = _run_once()
    assert (who.node, who.epoch, who.key, problem) == (17, 9, bytes(16), None)
    assert counters.frame_counter().take() > before
    assert identity._checked(identity.PATH)["service_key"] == "ab"
    write(identity.PATH, "{")
    who, problem = _run_once()
    assert (who.epoch, who.key) == (9, bytes(16)) and problem


def test_the_copy_is_written_only_where_it_differs():
    _begin()
    _run_once()
    write(identity.PATH, FIRST.replace("17", "18"))
    _run_once()
    write(identity.PATH, None)
    assert _run_once()[0].node == 18

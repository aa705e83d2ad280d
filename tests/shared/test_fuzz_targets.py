"""Every decoder and session keeps its promises for mutated inputs, and memory does not grow.

The same targets run for long with `make fuzz`; here it is short, seeded, and on a board too.
"""

import gc

from protocol import cbor
from tests.shared.expect import Chance, refuses
from tests.shared.fuzz import TARGETS, corpus, inputs, run
from tests.shared.mutation import LIMIT, Histories, Mutator, steps_of, told
from tests.shared.pair import Gateway, Node

SEED = 20
RUNS = 150
SLACK = 2048  # objects or bytes: far less than one for each of so many inputs
REFUSED = 3000


def held() -> int:
    """Return what the heap holds: bytes on MicroPython, objects on CPython."""
    gc.collect()
    gc.collect()
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else len(gc.get_objects())


def refused_inputs(name: str, count: int):
    """Yield what a target refuses, of `count` inputs."""
    source = inputs(name, SEED)
    for _ in range(count):
        data = source.next()
        if not TARGETS[name][0](data):
            yield data


def test_every_target_keeps_its_promise_and_takes_some_inputs():
    for name in TARGETS:
        taken = run(name, RUNS, SEED)
        assert 0 < taken < RUNS, (name, taken)


def test_every_target_takes_what_nothing_is_wrong_with():
    for name in ("cbor", "batch", "message", "frame", "record", "stream", "segment"):
        for data in corpus(name):
            assert TARGETS[name][0](data), name


def test_a_seed_repeats_its_inputs_and_another_does_not():
    one, same, other = (inputs("message", seed) for seed in (1, 1, 2))
    first = [one.next() for _ in range(50)]
    assert first == [same.next() for _ in range(50)]
    assert first != [other.next() for _ in range(50)]
    assert max(len(data) for data in first) <= LIMIT


def test_inputs_are_the_same_on_every_runtime():
    chance = Chance(4)
    seeds = [cbor.dumps({key: [key, b"ab"] for key in range(9)}), b"\xff\x00\x07"]
    source = Histories(Mutator(seeds, chance), chance)
    total = 0
    for _ in range(100):
        for byte in source.next():
            total = (total * 31 + byte) % 65521
    assert total == 50180


def test_a_history_is_read_as_it_was_told_and_any_bytes_are_one():
    steps = [(0, b""), (127, b"a" * 511), (5, b"bc")]
    assert steps_of(told(steps)) == steps
    assert steps_of(b"\x09\x02abc") == [(1, b"abc")]
    assert steps_of(b"\x09") == steps_of(b"") == []


def test_refused_inputs_leave_nothing_on_the_heap():
    for name in TARGETS:
        count = REFUSED // (10 if name.startswith("at_") else 1)
        for _ in refused_inputs(name, 50):
            pass
        before = held()
        for _ in refused_inputs(name, count):
            pass
        assert held() - before < SLACK, name


def test_sessions_that_refuse_for_ever_do_not_grow():
    node, gateway = Node(), Gateway()
    node.append(1)
    assert node.poll(0) is not None
    source = inputs("frame", SEED)

    def feed(count):
        for _ in range(count):
            data = source.next()
            node.session.receive(data, 0)
            gateway.receive(data)
            gateway.commit()

    feed(50)
    before = held()
    feed(REFUSED // 3)
    assert held() - before < SLACK
    fed = 50 + REFUSED // 3
    assert sum(node.session.refused.values()) == fed
    # Golden frames are of this node: each that came whole was taken, once.
    taken = len(gateway.kinds)
    assert sum(gateway.session.refused.values()) + gateway.malformed == fed - taken
    assert taken < 10


def test_a_broken_promise_ends_a_run():
    name = "cbor"
    kept = TARGETS[name]

    def broken(data):
        assert len(data) < 30
        return True

    TARGETS[name] = (broken, kept[1], kept[2])
    try:
        refuses(AssertionError, run, name, RUNS, SEED)
    finally:
        TARGETS[name] = kept

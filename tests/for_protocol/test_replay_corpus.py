"""Everything that was ever on the air, sent again in any order: nothing happens but a count.

A frame that was lost on its way is no replay when it comes at last, so each is delivered once
before the corpus is shuffled.
"""

import random

import pytest

from protocol.envelope import parse
from protocol.errors import BAD_TAG, REPLAYED, UNKNOWN_NODE
from protocol.window import REPLAY_SPAN
from tests.for_protocol.simulation import World
from tests.for_protocol.test_session_under_faults import KINDS, long_history

SEEDS = range(4)
STEPS = 1000


def recorded(kind: str, seed: int, steps: int = STEPS) -> World:
    """Return a world at rest after a history, where every frame that could arrive has."""
    world = World()
    world.run(long_history(seed, kind, steps))
    world.calm()
    for frame in list(world.old_up):
        world.gateway.receive(frame, world.now)
    world.gateway_commits(0)
    world.check_all_is_home()
    assert len(world.old_up) > 20 and len(world.old_down) > 20
    return world


def shuffled(frames: list[bytes], seed: int) -> list[bytes]:
    """Return the frames in any order, some of them twice."""
    chance = random.Random(seed)
    return chance.sample(frames * 2, len(frames) * 3 // 2)


def disk_of(gateway) -> tuple:
    """Return all that a gateway has stored, and what it told its owner."""
    kept = (gateway.windows, dict(gateway.stored), list(map(tuple, gateway.lost_ranges)))
    return *kept, list(gateway.kinds), len(gateway.contents)


def state_of(node) -> tuple:
    """Return what a node has and waits for."""
    session, journal = node.session, node.journal
    held = (journal.oldest, list(journal.values), journal.dropped, journal.renumbered, node.limit)
    return *held, session.deadline(), session.retries, session.frames_sent


def refusal_of(frame: bytes, top: int) -> str:
    """Return how a replayed uplink is refused by a window whose highest counter is `top`.

    Only 16 bits of a counter travel. Below the window they are completed to a counter that may
    still come, and for that one the tag is wrong.
    """
    return REPLAYED if parse(frame).low > top - REPLAY_SPAN else BAD_TAG


def replay_up(world: World, seed: int) -> None:
    """Send every uplink again; the gateway refuses each and has nothing to say."""
    gateway = world.gateway
    frames = shuffled(world.old_up, seed)
    before, refused = disk_of(gateway), dict(gateway.session.refused)
    malformed = gateway.malformed
    for frame in frames:
        refused[refusal_of(frame, gateway.windows[0])] += 1
        gateway.receive(frame, world.now)
    assert gateway.session.next_event() is None
    assert gateway.commit(world.now) == []
    assert disk_of(gateway) == before
    assert gateway.session.refused == refused
    assert gateway.malformed == malformed


def refusal_of_answer(frame: bytes, waits_for: int | None) -> str:
    """Return how a replayed answer is refused by a node that waits for the answer to an uplink.

    An answer tells its counter modulo 24. Where that fits by chance, the tag is of another nonce.
    """
    fits = waits_for is not None and parse(frame).low == waits_for % 24
    return BAD_TAG if fits else REPLAYED


def replay_down(world: World, seed: int, waits_for: int | None = None) -> None:
    """Send every answer again; the node refuses each, waiting for one or not."""
    node = world.node
    node.events()  # of the time before
    frames = shuffled(world.old_down, seed)
    before, refused = state_of(node), dict(node.session.refused)
    for frame in frames:
        refused[refusal_of_answer(frame, waits_for)] += 1
        node.session.receive(frame, world.now)
    assert node.events() == []
    assert state_of(node) == before
    assert node.session.refused == refused


def asked(world: World) -> int:
    """Let the node ask; return the counter of what it asked."""
    frame = world.node.poll(world.now)
    assert frame is not None
    parsed = parse(frame)
    assert parsed.more
    return parsed.low


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_uplinks_again_change_nothing_before_and_after_restarts_of_the_gateway(kind, seed):
    world = recorded(kind, seed)
    replay_up(world, seed)
    for again in range(3):
        world.gateway.restart()
        replay_up(world, 10 + again)
    world.check_all_is_home()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_answers_again_change_nothing_at_a_node_that_waits_or_not(kind, seed):
    world = recorded(kind, seed)
    replay_down(world, seed)
    world.sample(5)
    replay_down(world, seed + 10, asked(world))
    world.node.restart()
    replay_down(world, seed + 20)
    replay_down(world, seed + 30, asked(world))


@pytest.mark.parametrize("seed", SEEDS)
def test_frames_sent_back_to_where_they_came_from_are_nobodys(seed):
    world = recorded("everything", seed)
    world.sample(3)
    assert world.node.poll(world.now) is not None
    world.node.events()
    gateway, node = world.gateway, world.node
    disk, state = disk_of(gateway), state_of(node)
    refused = gateway.session.refused[UNKNOWN_NODE], node.session.refused[UNKNOWN_NODE]
    for frame in world.old_down:
        gateway.receive(frame, world.now)
    for frame in world.old_up:
        node.session.receive(frame, world.now)
    assert gateway.commit(world.now) == [] and node.events() == []
    assert (disk_of(gateway), state_of(node)) == (disk, state)
    assert gateway.session.refused[UNKNOWN_NODE] == refused[0] + len(world.old_down)
    assert node.session.refused[UNKNOWN_NODE] == refused[1] + len(world.old_up)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_corpus_that_is_longer_than_the_window_is_refused_whole(seed):
    world = recorded("a bad link", seed, 6000)
    assert len(world.old_up) > REPLAY_SPAN
    kinds = {refusal_of(frame, world.gateway.windows[0]) for frame in world.old_up}
    assert kinds == {REPLAYED, BAD_TAG}
    replay_up(world, seed)
    world.gateway.restart()
    replay_up(world, seed + 10)


@pytest.mark.parametrize("seed", SEEDS)
def test_life_goes_on_after_a_replay(seed):
    world = recorded("everything", seed)
    for again in range(3):
        replay_up(world, again)
        world.sample(7)
        world.calm()
        replay_down(world, again)
    assert world.gateway.windows[2][0] == world.node.journal.next_number

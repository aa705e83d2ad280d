"""Lockout: how many weak tags a forger can try, and that the real node is never shut out."""

from protocol.lockout import ALLOWED, REFILL_MS, Lockout

NOW = 1750000000000


def spent(tokens: int, now_ms: int = NOW) -> Lockout:
    lockout = Lockout()
    for _ in range(tokens):
        assert not lockout.is_locked(now_ms)
        lockout.spend(now_ms)
    return lockout


def tries(lockout: Lockout, start_ms: int, end_ms: int, step_ms: int) -> int:
    """Return how many bad tags a forger gets tried who sends one every `step_ms`."""
    count = 0
    for now_ms in range(start_ms, end_ms, step_ms):
        if not lockout.is_locked(now_ms):
            lockout.spend(now_ms)
            count += 1
    return count


def test_a_fresh_lockout_is_open():
    assert not Lockout().is_locked(0)
    assert not Lockout().is_locked(NOW)


def test_it_locks_with_the_last_token():
    lockout = spent(ALLOWED - 1)
    assert not lockout.is_locked(NOW)
    lockout.spend(NOW)
    assert lockout.is_locked(NOW)
    assert lockout.is_locked(NOW + REFILL_MS - 1)


def test_one_token_comes_back_at_a_time():
    lockout = spent(ALLOWED)
    assert not lockout.is_locked(NOW + REFILL_MS)
    lockout.spend(NOW + REFILL_MS)
    assert lockout.is_locked(NOW + REFILL_MS)
    assert lockout.is_locked(NOW + 2 * REFILL_MS - 1)
    assert not lockout.is_locked(NOW + 2 * REFILL_MS)


def test_a_part_of_the_wait_is_not_lost_by_asking():
    lockout = spent(ALLOWED)
    for ms in range(0, REFILL_MS, 1000):
        assert lockout.is_locked(NOW + ms)
    late = NOW + REFILL_MS * 3 // 2
    assert not lockout.is_locked(late)
    lockout.spend(late)
    assert lockout.is_locked(late) and not lockout.is_locked(NOW + 2 * REFILL_MS)


def test_a_forger_gets_no_more_tries_than_the_guarantee_says():
    hours = 24
    for step_ms in (100, 1000, 35999, 36000):
        span = 3600000 * (hours if step_ms > 100 else 1)
        most = ALLOWED + span // REFILL_MS
        assert tries(Lockout(), NOW, NOW + span, step_ms) <= most
    year = ALLOWED + 365 * 24 * 3600000 // REFILL_MS
    assert year / (1 << 32) < 3 / 10000


def test_an_hour_of_silence_brings_all_back():
    lockout = spent(ALLOWED)
    later = NOW + ALLOWED * REFILL_MS
    assert not lockout.is_locked(later)
    assert tries(lockout, later, later + ALLOWED * 2, 1) == ALLOWED


def test_tokens_do_not_pile_up():
    lockout = spent(3)
    later = NOW + 10**12
    assert not lockout.is_locked(later)
    assert tries(lockout, later, later + ALLOWED * 2, 1) == ALLOWED


def test_a_single_bad_tag_after_a_long_time_starts_its_own_wait():
    lockout = Lockout()
    lockout.spend(0)
    assert not lockout.is_locked(NOW)
    for _ in range(ALLOWED):
        lockout.spend(NOW)
    assert lockout.is_locked(NOW + REFILL_MS - 1)


def test_a_clock_that_was_set_back_does_not_stop_the_refill():
    lockout = spent(ALLOWED)
    early = NOW - 10**11
    assert lockout.is_locked(early)
    assert not lockout.is_locked(early + REFILL_MS)


def test_spending_more_than_there_is_does_no_harm():
    lockout = spent(ALLOWED)
    for _ in range(50):
        lockout.spend(NOW)
    assert lockout.is_locked(NOW)
    assert not lockout.is_locked(NOW + REFILL_MS)

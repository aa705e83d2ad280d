"""Power goes at every single write while settings and keys change: nothing is lost or used twice.

Runs in MicroPython only, on its LittleFS; CPython has no filesystem whose power it could cut.
"""

import sys

from node import counters, identity, settings
from node.errors import NodeError

if sys.implementation.name == "micropython":
    from tests.shared.cut_flash import MOUNT, cut_everywhere
    from tests.shared.own_files import move_to, write

    OLD = {"profile": "air", "uart": 1}
    NEW = {"profile": "noise", "uart": 1}
    KEYS = ("00" * 16, "11" * 16, "22" * 16)

    def _check_settings(given):
        if given.get("profile") not in ("air", "noise"):
            raise NodeError("profile")

    def _prepare():
        move_to(MOUNT)
        write(settings.CONFIG, settings.canonical(OLD))

    def _read():
        given, source, problem = settings.read(_check_settings)
        assert problem is None, problem
        return given, source

    def _both_ways(*parts):
        for torn in (False, True):
            assert cut_everywhere(*parts, torn) >= 1

    def test_a_trial_is_there_or_not():
        def life():
            settings.start_trial(3, '{"profile": "noise"}', _check_settings, _check_settings)

        def check(reached):
            given, source = _read()
            whole = (NEW, settings.TRIAL)
            assert (given, source) == whole or (not reached and given == OLD)

        _both_ways(_prepare, life, check)

    def test_no_cut_gives_a_trial_more_wakes():
        def prepare():
            _prepare()
            settings.start_trial(3, '{"profile": "noise"}', _check_settings, _check_settings)

        def life():
            settings.count_wake()
            settings.count_wake()

        def check(reached):
            starts = 0
            while not settings.count_wake() and _read()[1] == settings.TRIAL:
                assert _read() == (NEW, settings.TRIAL)
                starts += 1
            assert starts <= 3
            assert _read() == (OLD, settings.CONFIRMED)

        _both_ways(prepare, life, check)

    def test_a_trial_is_confirmed_or_still_on_trial():
        def prepare():
            _prepare()
            settings.start_trial(1, '{"profile": "noise"}', _check_settings, _check_settings)
            settings.keep_good(OLD)
            settings.count_wake()

        def life():
            settings.confirm(_check_settings)
            settings.keep_good(NEW)

        def check(reached):
            assert _read()[0] == NEW
            if reached:
                assert _read()[1] == settings.CONFIRMED
            was_confirmed = settings._untried(_check_settings)[0] == NEW
            settings.count_wake()
            assert _read() == (NEW if was_confirmed else OLD, settings.CONFIRMED)

        _both_ways(prepare, life, check)

    def test_a_trial_is_reverted_or_still_on_trial():
        def prepare():
            _prepare()
            settings.start_trial(9, '{"profile": "noise"}', _check_settings, _check_settings)

        def check(reached):
            given, source = _read()
            assert given == (OLD if source == settings.CONFIRMED else NEW)
            assert source == settings.CONFIRMED or not reached

        _both_ways(prepare, settings.revert, check)

    class _Who:
        """What `identity.load` sets."""

    def _boot(used, frames):
        """Start, send frames; `used` holds what must never repeat."""
        who = _Who()
        assert identity.load(who) is None
        counter = counters.frame_counter()
        for _ in range(frames):
            nonce = (who.epoch, who.key, counter.take())
            assert nonce not in used, nonce
            used.add(nonce)
        return who, counter

    def _first_key():
        move_to(MOUNT)
        write(identity.PATH, '{"node": 7, "epoch": 1, "key": "%s"}' % KEYS[0])
        write(counters.FRAME_COUNTER, "0")

    def test_no_cut_of_a_new_key_uses_a_nonce_twice_or_loses_the_node():
        used = set()

        def life():
            used.clear()
            _, counter = _boot(used, 3)
            identity.keep_copy()
            for epoch in (2, 3):
                identity.replace(epoch, bytes([0x11 * (epoch - 1)]) * 16)
                for _ in range(300):
                    nonce = (epoch, bytes([0x11 * (epoch - 1)]) * 16, counter.take())
                    assert nonce not in used
                    used.add(nonce)

        def check(reached):
            who, _ = _boot(used, 300)
            assert 1 <= who.epoch <= 3 and (who.epoch == 3 or not reached)
            assert who.key == bytes([0x11 * (who.epoch - 1)]) * 16
            # And should the first copy spoil now: no number of the key it falls back to repeats.
            write(identity.PATH, "{")
            try:
                identity.load(_Who())
            except NodeError:
                return
            counter = counters.frame_counter()
            who = _Who()
            identity.load(who)
            for _ in range(300):
                nonce = (who.epoch, who.key, counter.take())
                assert nonce not in used
                used.add(nonce)

        _both_ways(_first_key, life, check)

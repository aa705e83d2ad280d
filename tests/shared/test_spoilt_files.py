"""Small files that flash has spoilt so that they still say something: wrong types, wild numbers.

A start, a status and some frames have to work all the same, or the node would start for ever.
"""

import os

from node import causes, commands, counters, crash, maintenance, settings
from node.errors import NodeError
from node.identity import keep_copy
from protocol.commands import CONFIG_TRY
from protocol.reports import Status
from tests.shared.commanded import START_S, App, new_node
from tests.shared.expect import TMP, refuses
from tests.shared.own_files import emptied, write

ROOT = TMP + "spoilt"
_BYTES = (0x00, 0x20, 0x2D, 0x39, 0x40, 0x60, 0x80, 0x82, 0xA0, 0xF6, 0xFF)
_TEXTS = (b"", b"-5 -5 -5 -5", b"0 99999999999", b"9" * 20, b"99999999999 0 0 0", b"-7", b"\xf6")


def _begin():
    """Make the files of a node that has lived for a while."""
    for folder in (ROOT + "/journal", ROOT):
        emptied(folder)
    new_node(ROOT)
    causes.PATH = ROOT + "/state/resets"
    crash.PATH = ROOT + "/state/crash"
    app = App(ROOT, counters.count_boot())
    app.counter.take()
    app.sample(2)
    app.journal.append(5, False, [1], None)
    app.journal._mark_unsure(2)
    app.clock.set(1000 * (START_S + 10))
    app.journal.clock_was_set()
    app.maintenance.begin(60)
    causes.count(causes.counts(), causes.POWER_ON)
    crash.keep(("OSError", "sps30", 44), b"abcd")
    settings.start_trial(5, '{"interval_s":5}', lambda given: None, lambda given: None)
    settings.keep_good({"profile": "air"})
    keep_copy()
    commands._store([3, None, CONFIG_TRY, 4, '{"interval_s":9}'])


def _live():
    """Start, take a sample, say how it is, and send for a while."""
    app = App(ROOT, counters.count_boot())
    app.resume()
    app.clock.set(1000 * (START_S + 700))
    for count in causes.counts() + [app.maintenance.left_s()]:
        app.session.send(Status({"maintenance": count}), 0)
    waiting = crash.waiting()
    if waiting is not None:
        app.session.send(waiting, 0)
    app.sample(1)
    app.session.flush()
    for _ in range(6):
        app.ticks.now += 100000
        app.session.handle_timeout(app.ticks.now)
        app.session.data_to_send(app.ticks.now)
    return app


def _spoilt(data):
    """Yield what may be left of a file."""
    for text in _TEXTS:
        yield text
    yield bytes(len(data))
    for end in (len(data) // 2, len(data) - 1):
        yield data[:end]
    for at in range(min(len(data), 8)):
        for byte in _BYTES:
            yield data[:at] + bytes([byte]) + data[at + 1 :]


def _survives(name):
    _begin()
    path = ROOT + name
    with open(path, "rb") as f:
        data = f.read()
    assert data
    for spoilt in _spoilt(data):
        write(path, spoilt)
        try:
            _live()
        except Exception as e:
            raise AssertionError("%s as %r: %r" % (name, spoilt, e))
        write(path, data)


def test_counts_of_boots_and_resets_begin_anew():
    for name in ("/state/boots", "/state/resets"):
        _survives(name)


def test_a_maintenance_that_never_was_marks_nothing():
    _survives("/state/maintenance")
    write(maintenance._PATH, "9999999999 9999999999")
    assert not _live().maintenance.is_on()


def test_a_crash_and_a_command_that_nobody_can_read_are_none():
    for name in ("/state/crash", "/state/command"):
        _survives(name)


def test_the_journal_opens_whatever_its_small_files_say():
    for name in ("/journal/numbering", "/journal/anchors"):
        _survives(name)
    for name in ("/journal/numbering", "/journal/anchors"):
        _begin()
        write(ROOT + name, b"\x82\x82\x00\x40\x00")
        assert App(ROOT).journal.damaged == 1, name


def test_settings_and_identity_have_their_copies():
    for name in ("/config.json", "/config.try", "/config.good", "/identity.json", "/identity.bak"):
        _survives(name)


def test_a_counter_of_frames_beyond_all_counters_is_lost_and_not_used():
    _begin()
    for wild in (b"-256 x", b"4294967296 x", b"9" * 20):
        write(counters.FRAME_COUNTER, wild)
        assert "is lost" in str(refuses(NodeError, counters.frame_counter))


def test_maintenance_ends_though_the_gateways_clock_goes_back_by_years():
    _begin()
    app = App(ROOT)
    app.clock.set(1000 * (START_S + 400_000_000))
    app.maintenance.begin(60)
    app.clock.set(1000 * START_S)
    assert app.maintenance.left_s() == 3600
    app.ticks.now += 3_599_000
    assert app.maintenance.is_on()
    app.ticks.now += 1000
    assert not app.maintenance.is_on()


def test_flash_that_takes_nothing_does_not_stop_a_maintenance_from_being_asked():
    _begin()
    app = App(ROOT)
    app.maintenance.begin(60)

    def refuse():
        raise OSError(28)

    app.maintenance._store = refuse
    app.clock.set(1000 * START_S)
    assert app.maintenance.is_on()


def test_a_new_key_that_only_the_first_copy_took_is_in_use():
    from node import files, identity

    _begin()
    write_atomic = files.write_atomic

    def refuse(path, data):
        if path != identity.PATH:
            raise OSError(28)
        write_atomic(path, data)

    files.write_atomic = refuse
    try:
        identity.replace(2, bytes(16))  # and the node seals with it from now on
    finally:
        files.write_atomic = write_atomic
    app = _live()
    assert (app.config.epoch, app.config.key) == (2, bytes(16))
    os.remove(identity.PATH)
    refuses(NodeError, _live)  # its copy is of the old key, and numbers are those of the new one

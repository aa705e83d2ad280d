"""Power goes at every single write of a command: at the next start it is done once, or not at all.

Runs in MicroPython only, on its LittleFS; CPython has no filesystem whose power it could cut.
"""

import sys

from node import commands, settings
from protocol.commands import (
    CONFIG_CONFIRM,
    CONFIG_REVERT,
    CONFIG_TRY,
    DONE,
    FAILED,
    REBOOT,
    REKEY,
    WIPE,
)
from tests.shared.expect import TMP

if sys.implementation.name == "micropython":
    from tests.shared.commanded import App, new_node, order
    from tests.shared.cut_flash import MOUNT, cut_everywhere

    def _prepare():
        new_node(MOUNT)
        App(MOUNT).sample(10)

    def _carry_out(op, *arguments):
        """Return a life that carries command 5 out, and is cut wherever a write fails."""

        def life():
            result = order(App(MOUNT, 2), 5, op, *arguments)
            if result.code == FAILED:
                raise OSError(5)

        return life

    def _settled():
        """Start until no command restarts the node any more; return it and how often it did."""
        for starts in range(4):
            app = App(MOUNT, 3)
            if not app.resume():
                return app, starts
        raise AssertionError("it restarts for ever")

    def _cut_everywhere(prepare, life, check):
        for torn in (False, True):
            assert cut_everywhere(prepare, life, check, torn) >= 1

    def test_a_wipe_is_whole_and_no_number_comes_again():
        def check(reached):
            app, _ = _settled()
            assert app.journal.next_number == 10
            wiped = app.journal.waiting() == 0
            assert wiped or app.journal.waiting() == 10, app.journal.waiting()
            assert wiped == (app.told() == (5, DONE))
            assert wiped or not reached
            app.sample(1)
            assert App(MOUNT, 4).journal.next_number == 11

        _cut_everywhere(_prepare, _carry_out(WIPE), check)

    def test_a_trial_that_was_told_is_in_use_and_no_other():
        def check(reached):
            app, _ = _settled()
            is_tried = app.config.source == settings.TRIAL
            assert app.config.uart == (2 if is_tried else 1)
            assert is_tried == (app.told() == (5, DONE))
            assert is_tried or not reached

        _cut_everywhere(_prepare, _carry_out(CONFIG_TRY, 9, '{"uart": 2}'), check)

    def _on_trial():
        _prepare()
        order(App(MOUNT, 2), 4, CONFIG_TRY, 2, '{"uart": 2}')

    def test_what_was_told_to_be_confirmed_stays_for_ever():
        def check(reached):
            app, _ = _settled()
            is_told = app.told() == (5, DONE)
            assert is_told or not reached
            for _ in range(4):
                app = App(MOUNT, 3)
            assert app.config.source == settings.CONFIRMED
            assert app.config.uart == 2 or not is_told

        _cut_everywhere(_on_trial, _carry_out(CONFIG_CONFIRM), check)

    def test_what_was_told_to_be_reverted_is_gone():
        def check(reached):
            app, _ = _settled()
            is_told = app.told() == (5, DONE)
            assert is_told or not reached
            assert app.config.uart == (1 if is_told else 2)

        _cut_everywhere(_on_trial, _carry_out(CONFIG_REVERT), check)

    def test_a_reboot_is_told_or_did_not_begin():
        def check(reached):
            app, restarts = _settled()
            assert restarts == 0
            assert app.told() == ((5, DONE) if reached else (None, None)) or not reached

        _cut_everywhere(_prepare, _carry_out(REBOOT), check)

    def test_a_new_key_that_was_told_is_in_use():
        def check(reached):
            app, _ = _settled()
            assert app.config.epoch == 2 or not reached
            assert app.config.key == (bytes(16) if app.config.epoch == 2 else bytes(range(16)))
            result = order(app, 5, REKEY, 2, bytes(16))
            assert result.code == DONE and App(MOUNT, 4).config.epoch == 2

        _cut_everywhere(_prepare, _carry_out(REKEY, 2, bytes(16)), check)

    def test_a_command_that_kills_the_node_is_tried_once_more_and_never_again():
        root = TMP + "commands"
        new_node(root)
        commands._store([5, None, WIPE])
        tries = []

        def die(self):
            tries.append(1)
            raise KeyboardInterrupt  # what nobody catches, as a watchdog's reset

        wipe = commands.Commands._wipe
        commands.Commands._wipe = die
        try:
            for _ in range(3):
                app = App(root)
                try:
                    app.resume()
                except KeyboardInterrupt:
                    pass
        finally:
            commands.Commands._wipe = wipe
        assert len(tries) == 1
        assert app.told() == (5, FAILED)

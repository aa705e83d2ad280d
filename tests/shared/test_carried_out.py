"""Commands that come twice, come too late, make no sense: each is carried out once, or refused."""

from node import settings
from protocol import cbor, messages
from protocol.commands import (
    BUSY,
    CONFIG_CONFIRM,
    CONFIG_READ,
    CONFIG_REVERT,
    CONFIG_TRY,
    DONE,
    FAILED,
    LOG_PAGE,
    MAINTENANCE,
    MOUNT_TEST,
    REBOOT,
    REFUSED,
    REKEY,
    SAMPLE,
    TIME,
    UNKNOWN,
    WIPE,
    Command,
)
from tests.shared.commanded import START_S, App, finished, new_node, order
from tests.shared.expect import TMP
from tests.shared.own_files import emptied

ROOT = TMP + "commands"


def _node():
    for folder in ("/journal", "/log", ""):
        emptied(ROOT + folder)
    new_node(ROOT)
    return App(ROOT)


def _again():
    """Start again; return (node, whether what it did before makes it restart once more)."""
    app = App(ROOT, 2)
    return app, app.resume()


def test_an_operation_of_a_later_firmware_is_unknown():
    assert order(_node(), 1, 12).code == UNKNOWN
    assert order(_node(), 1, 255).code == UNKNOWN


def test_every_refusal_names_what_is_wrong_and_fits_a_result():
    app = _node()
    for op, arguments, words in (
        (CONFIG_TRY, (3, '{"uarts": 1}'), "uarts is not a field"),
        (CONFIG_TRY, (3, '{"uart": 7}'), "uart is 7"),
        (CONFIG_TRY, (3, '{"profile": "fire"}'), "fire.json is missing"),
        (CONFIG_TRY, (3, '{"link": "lora", "radio": {"channels": [[1, 9]]}}'), "radio.channels[0]"),
        (CONFIG_TRY, (3, '{"role": "modem"}'), "role is 'modem'"),
        (CONFIG_TRY, (3, '{"power": "steam"}'), "power is 'steam'"),
        (CONFIG_TRY, (3, '{"profile": "%s"}' % ("\u20ac" * 40)), "profile"),
        (CONFIG_TRY, (3, "no"), "JSON"),
        (CONFIG_TRY, (0, "{}"), "wakes"),
        (CONFIG_CONFIRM, (), "no trial"),
        (CONFIG_REVERT, (), "no trial"),
        (MOUNT_TEST, (0,), "frames"),
        (MOUNT_TEST, (51,), "frames"),
        (TIME, (1000,), "unix ms"),
        (TIME, ((1 << 48) - 1,), "unix ms"),
        (REKEY, (1, bytes(16)), "epoch"),
        (REKEY, (0, bytes(16)), "epoch"),
    ):
        result = order(app, 7, op, *arguments)
        assert result.code == REFUSED and words in result.value, (arguments, result.value)
        messages.decode(messages.encode(result))
    assert settings.read(lambda given: None)[1] == settings.CONFIRMED
    assert not _again()[1]


def test_a_trial_is_answered_with_the_digest_it_will_have_and_then_restarts():
    app = _node()
    result = order(app, 5, CONFIG_TRY, 2, '{"uart": 2}')
    assert result.code == DONE
    app, restarts = _again()
    assert not restarts
    assert (app.config.uart, app.config.source, app.config.digest) == (2, 1, result.value)
    assert app.told() == (5, DONE)


def test_what_is_confirmed_in_use_stays_and_what_is_not_goes():
    for confirms in (True, False):
        order(_node(), 5, CONFIG_TRY, 1, '{"uart": 2}')
        app, _ = _again()
        if confirms:
            assert order(app, 6, CONFIG_CONFIRM).code == DONE
            assert app.config.source == settings.CONFIRMED
        app, _ = _again()
        assert (app.config.uart, app.config.source) == (2 if confirms else 1, settings.CONFIRMED)


def test_a_trial_is_not_confirmed_before_it_is_in_use():
    app = _node()
    order(app, 5, CONFIG_TRY, 2, '{"uart": 2}')
    assert order(app, 6, CONFIG_CONFIRM).code == REFUSED


def test_a_trial_that_is_reverted_restarts_without_it():
    order(_node(), 5, CONFIG_TRY, 9, '{"uart": 2}')
    app, _ = _again()
    assert order(app, 6, CONFIG_REVERT).code == DONE
    app, restarts = _again()
    assert (app.config.uart, app.config.source, restarts) == (1, settings.CONFIRMED, False)
    assert app.told() == (6, DONE)


def test_the_settings_can_be_read_back_and_hold_no_secret():
    app = _node()
    text = ""
    while True:
        page = order(app, 8, CONFIG_READ, len(text)).value
        text += page
        if not page:
            break
    assert text == '{"profile":"air","uart":1}'
    assert "0102" not in text


def test_a_reboot_is_done_once():
    app = _node()
    assert order(app, 9, REBOOT).code == DONE
    app, restarts = _again()
    assert not restarts and app.told() == (9, DONE)
    assert not app.session.outbox.is_new(Command(9, REBOOT))
    assert app.session.outbox.is_new(Command(10, REBOOT))


def test_what_the_file_of_commands_holds_never_keeps_a_node_from_starting():
    from node import commands

    for value in (
        None,
        5,
        [],
        [1],
        ["a", 0],
        [1, "x"],
        [1, None],
        [1, None, 77],
        [1, None, REBOOT],
        [1, None, CONFIG_TRY],
        [1, None, CONFIG_TRY, "x", 3],
        [1, None, "op"],
    ):
        app = _node()
        with open(commands.PATH, "wb") as f:
            f.write(cbor.dumps(value))
        assert not app.resume(), value
    with open(commands.PATH, "wb") as f:
        f.write(b"\xff\xff")
    assert not app.resume()


def test_a_wipe_forgets_samples_and_log_and_no_number():
    app = _node()
    app.sample(11)
    app.life.recorder.append("something")
    assert order(app, 3, WIPE).code == DONE
    assert (app.journal.oldest, app.journal.next_number, app.journal.waiting()) == (11, 11, 0)
    assert "something" not in app.life.recorder.page(0)
    app, _ = _again()
    assert (app.journal.oldest, app.journal.next_number) == (11, 11)
    app.sample(3)
    app, _ = _again()
    assert (app.journal.oldest, app.journal.next_number) == (11, 14)
    assert app.journal.run(11, 5, 0).first == 11


def test_the_time_is_set_and_not_a_second_time_when_it_is_old():
    app = _node()
    assert order(app, 4, TIME, 1000 * START_S).code == DONE
    assert app.clock.is_set
    app, _ = _again()
    assert app.told() == (4, DONE) and not app.clock.is_set


def test_a_new_key_is_used_from_the_next_frame_on_and_may_come_again():
    app = _node()
    first = app.session.data_to_send(0)
    app.session.handle_timeout(100000)
    assert order(app, 2, REKEY, 2, bytes(16)).code == DONE
    assert order(app, 2, REKEY, 2, bytes(16)).code == DONE
    second = app.session.data_to_send(200000)
    assert first and second
    app, _ = _again()
    assert (app.config.epoch, app.config.key, app.config.node) == (2, bytes(16), 42)
    assert order(app, 2, REKEY, 2, bytes(16)).code == DONE
    assert order(app, 3, REKEY, 2, bytes([1]) * 16).code == REFUSED


def test_maintenance_begins_ends_by_a_command_and_by_itself():
    app = _node()
    app.clock.set(1000 * START_S)
    assert order(app, 1, MAINTENANCE, 10).code == DONE
    assert app.maintenance.left_s() == 600
    app.ticks.now += 599_000
    assert app.maintenance.is_on()
    app.ticks.now += 1_000
    assert not app.maintenance.is_on()
    order(app, 2, MAINTENANCE, 10)
    order(app, 3, MAINTENANCE, 0)
    assert not app.maintenance.is_on()
    assert not _again()[0].maintenance.is_on()


def test_maintenance_outlives_a_restart_and_ends_when_it_should():
    app = _node()
    app.clock.set(1000 * START_S)
    order(app, 1, MAINTENANCE, 10)
    app, _ = _again()
    assert app.maintenance.left_s() == 600  # nobody knows how long the node was off
    app.clock.set(1000 * (START_S + 400))
    assert app.maintenance.left_s() == 200
    app.clock.set(1000 * (START_S + 601))
    assert not app.maintenance.is_on()


def test_maintenance_begun_without_a_clock_ends_once_there_is_one():
    app = _node()
    order(app, 1, MAINTENANCE, 10)
    app.ticks.now += 60_000
    app.clock.set(1000 * START_S)
    assert app.maintenance.left_s() == 540
    app, _ = _again()
    app.clock.set(1000 * (START_S + 600))
    assert not app.maintenance.is_on()


def test_flash_that_takes_nothing_fails_the_command_and_nothing_is_done():
    from node import files

    app = _node()
    app.sample(2)
    write = files.write_atomic

    def refuse(path, data):
        raise OSError(28)

    files.write_atomic = refuse
    try:
        for op, arguments in ((WIPE, ()), (REBOOT, ()), (CONFIG_TRY, (1, "{}"))):
            assert order(app, 1, op, *arguments).code == FAILED
        assert order(app, 1, REKEY, 2, bytes(16)).code == FAILED
    finally:
        files.write_atomic = write
    assert app.journal.waiting() == 2 and app.config.epoch == 1
    assert _again()[0].config.epoch == 1


def test_a_node_about_to_restart_takes_no_more_orders():
    app = _node()
    app.uplink.is_leaving = True
    assert order(app, 2, WIPE).code == BUSY
    assert order(app, 3, LOG_PAGE, 0).code == DONE


def test_a_page_of_the_log_tells_of_commands():
    app = _node()
    order(app, 1, MAINTENANCE, 5)
    page = order(app, 2, LOG_PAGE, 0).value
    assert "command 1 maintenance: 0" in page
    assert order(app, 3, LOG_PAGE, 99).value == ""


def test_a_sample_without_sensors_fails():
    app = _node()
    app.sampler = None
    result = order(app, 1, SAMPLE)
    assert result.code == REFUSED and "measures nothing" in result.value


def test_a_result_is_sent_and_kept_for_who_asks_again():
    from node.commands import Commands

    app = _node()
    command = Command(6, CONFIG_READ, (0,))
    app.session.outbox.is_new(command)
    finished(Commands(app).carry_out(command))
    assert app.told() == (6, DONE) and app.uplink.woken == 1

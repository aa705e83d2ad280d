"""Settings on trial, confirmed, reverted, and files that say nothing."""

import json

from node import settings
from node.errors import NodeError
from tests.shared.expect import TMP, refuses
from tests.shared.own_files import emptied, move_to, write

ROOT = TMP + "settings"
OLD = {"profile": "air", "radio": {"erp_dbm": 14, "every": 8}}


def _check(given):
    """Take settings of a profile that is text, as `config.check` does and more."""
    if not isinstance(given.get("profile"), str):
        raise NodeError("profile is %r" % (given.get("profile"),))


def _begin(config=OLD, good=None):
    emptied(ROOT)
    move_to(ROOT)
    for path, given in ((settings.CONFIG, config), (settings._GOOD, good)):
        if given is not None:
            write(path, given if isinstance(given, str) else json.dumps(given))


def _wake():
    """Return the settings that the next start uses."""
    settings.count_wake()
    return settings.read(_check)[:2]


def test_settings_have_one_text_and_it_is_the_same_on_every_runtime():
    value = {"b": [1, True, None, {}, []], "a": {"\u00fc": 'say "\\', "~": "\x01\u20ac\U0001f600"}}
    text = settings.canonical(value)
    assert text == (
        '{"a":{"~":"\\u0001\\u20ac\\ud83d\\ude00","\\u00fc":"say \\"\\\\"},"b":[1,true,null,{},[]]}'
    ), text
    # printf '{"profile":"air"}' | sha256sum
    assert settings.digest({"profile": "air"}) == 0x1E14A0AD
    assert settings.digest({"b": 1, "a": 2}) == settings.digest({"a": 2, "b": 1})
    assert settings.digest({"a": 1}) != settings.digest({"a": 2})


def test_a_fraction_has_no_one_text():
    refuses(NodeError, settings.canonical, {"a": 1.5})


def test_pages_of_the_settings_make_the_whole_text():
    given = {"profile": "x" * 300, "uart": 2}
    text = settings.canonical(given)
    offset = 0
    pages = []
    while settings.page(given, offset):
        pages.append(settings.page(given, offset))
        offset += len(pages[-1])
    assert "".join(pages) == text and len(pages) == 3
    assert max([len(page) for page in pages]) == 160


def test_a_trial_is_laid_over_field_by_field_and_null_takes_a_field_away():
    assert settings.merged(OLD, {"radio": {"every": 4}, "uart": 1}) == {
        "profile": "air",
        "radio": {"erp_dbm": 14, "every": 4},
        "uart": 1,
    }
    assert settings.merged(OLD, {"radio": None}) == {"profile": "air"}
    assert settings.merged(OLD, {"radio": 5, "no": None}) == {"profile": "air", "radio": 5}
    assert OLD["radio"]["every"] == 8


def test_a_trial_lasts_the_wakes_it_was_given_and_is_reverted_then():
    _begin()
    settings.start_trial(2, '{"profile": "noise"}', _check, _check)
    tried = {"profile": "noise", "radio": OLD["radio"]}
    assert _wake() == (tried, settings.TRIAL)
    assert _wake() == (tried, settings.TRIAL)
    assert _wake() == (OLD, settings.CONFIRMED)
    assert _wake() == (OLD, settings.CONFIRMED)


def test_the_wake_that_ends_a_trial_says_so_once():
    _begin()
    assert not settings.count_wake()
    settings.start_trial(1, '{"uart": 2}', _check, _check)
    assert [settings.count_wake() for _ in range(3)] == [False, True, False]


def test_what_is_confirmed_stays():
    _begin()
    digest = settings.start_trial(1, '{"profile": "noise"}', _check, _check)
    _wake()
    settings.confirm(_check)
    for _ in range(3):
        given, source = _wake()
        assert (given["profile"], source) == ("noise", settings.CONFIRMED)
        assert settings.digest(given) == digest


def test_what_is_reverted_is_gone_at_once():
    _begin()
    settings.start_trial(9, '{"profile": "noise"}', _check, _check)
    _wake()
    settings.revert()
    assert _wake() == (OLD, settings.CONFIRMED)


def test_without_a_trial_nothing_is_confirmed():
    _begin()
    assert "no trial" in str(refuses(NodeError, settings.confirm, _check))


def test_a_trial_that_would_not_load_is_refused_with_its_field_and_never_kept():
    _begin()
    assert "profile" in str(
        refuses(NodeError, settings.start_trial, 3, '{"profile": 7}', _check, _check)
    )
    for text in ("[]", "7", "{", "", '{"profile": "a"} x'):
        assert "JSON" in str(refuses(NodeError, settings.start_trial, 3, text, _check, _check)), (
            text
        )
    for wakes in (0, 256):
        assert "wakes" in str(refuses(NodeError, settings.start_trial, wakes, "{}", _check, _check))
    refuses(NodeError, settings.start_trial, 3, '{"uart": 1.5}', _check, _check)
    assert _wake() == (OLD, settings.CONFIRMED)


def test_a_second_trial_replaces_the_first():
    _begin()
    settings.start_trial(5, '{"uart": 1}', _check, _check)
    settings.start_trial(5, '{"baud": 9600}', _check, _check)
    assert _wake()[0] == settings.merged(OLD, {"baud": 9600})


def test_a_corrupt_file_gives_way_to_the_last_good_copy_and_that_to_nothing():
    for damaged in ("{", "", "[1]", "\xff\x00", '{"profile": 7}', None):
        _begin(damaged, {"profile": "water"})
        given, source, problem = settings.read(_check)
        assert (given, source) == ({"profile": "water"}, settings.GOOD), damaged
        assert problem
        write(settings._GOOD, damaged)
        given, source, problem = settings.read(_check)
        assert (given, source) == ({}, settings.DEFAULTS)
        assert problem


def test_a_corrupt_trial_is_none():
    texts = ("{", "", "[]", '{"left": 3}', '{"left": -1, "set": {}}', '{"left": "3", "set": {}}')
    for damaged in texts + ('{"left": 300, "set": {}}', '{"left": 3, "set": []}'):
        _begin()
        write(settings._TRIAL, damaged)
        assert _wake() == (OLD, settings.CONFIRMED), damaged


def test_a_trial_mends_what_was_corrupt():
    _begin("{", None)
    settings.start_trial(2, '{"profile": "noise"}', _check, _check)
    assert _wake() == ({"profile": "noise"}, settings.TRIAL)
    settings.confirm(_check)
    assert _wake() == ({"profile": "noise"}, settings.CONFIRMED)


def test_a_trial_that_cannot_be_counted_down_is_over():
    _begin()
    settings.start_trial(9, '{"profile": "noise"}', _check, _check)
    store = settings._store_trial

    def refuse(left, changes):
        raise OSError(28)

    settings._store_trial = refuse
    try:
        assert settings.count_wake()
    finally:
        settings._store_trial = store
    assert _wake() == (OLD, settings.CONFIRMED)


def test_the_good_copy_is_written_only_where_it_differs():
    _begin()
    settings.keep_good(OLD)
    write_at = settings._write
    written = []
    settings._write = lambda path, value: written.append(path)
    try:
        settings.keep_good(OLD)
        settings.keep_good({"profile": "noise"})
    finally:
        settings._write = write_at
    assert written == [settings._GOOD]

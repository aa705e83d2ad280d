"""Measuring points and clocks: a record that the gateway could not fit in is not made."""

import pytest

from tests.for_tools.workshops import LAB, NOW, claim, files, finished, mac, records, refused
from tools.flashing import record_format


@pytest.fixture
def store(tmp_path):
    return records(tmp_path / "workshop")


def test_what_was_replaced_and_is_not_known_here_is_no_free_address(store):
    assert claim(store, 1, point="air-1", replaces=10).address == 11
    assert claim(store, 2).address == 12


def test_hardware_takes_a_point_only_from_whom_it_says(store):
    finished(store, 1, point="air-1")
    error = refused("F345", claim, store, 2, point="air-1")
    assert (error.values["point"], error.values["address"]) == ("air-1", 10)
    refused("F345", claim, store, 2, point="air-1", replaces=99)
    finished(store, 1, point="air-1")  # itself
    finished(store, 2, point="air-1", replaces=10)
    refused("F345", claim, store, 1, point="air-1")
    store.retire(mac(2), {}, NOW, "Uli")
    finished(store, 1, point="air-1")
    refused("F349", claim, store, 3, replaces=10)
    refused("F348", claim, store, 1, point="air-1", replaces=10)
    error = refused("F347", claim, store, 1, point="air-1", lab="bahnhof")
    assert (error.values["lab"], error.values["there"]) == ("bahnhof", LAB)


def test_a_lab_that_was_typed_wrong_is_no_trouble_until_a_board_is_finished(store):
    claim(store, 1, point="air-1", lab="bahnhof")
    claim(store, 1, point="air-1")
    made = claim(store, 1, point="air-1", lab="bahnhof")
    store.finish(made, {}, NOW)
    refused("F347", claim, store, 1, point="air-1")


def test_a_place_that_was_only_begun_to_be_taken_is_taken_from_who_is_there(store):
    finished(store, 1, point="air-1")
    begun = claim(store, 2, point="air-1", replaces=10)
    made = finished(store, 3, point="air-1", replaces=11)
    assert made.record["replaces"] == 10  # of node 11 the gateway never heard
    error = refused("F345", store.finish, begun, {}, NOW)
    assert (error.values["point"], error.values["address"]) == ("air-1", 12)
    assert store.known(mac(2)).state == "claimed"


def test_a_board_that_is_begun_again_still_takes_the_place_that_it_was_to_take(store):
    finished(store, 1, point="air-1")
    claim(store, 2, point="air-1", replaces=10)
    again = claim(store, 2, point="air-1")
    assert again.record["replaces"] == 10
    store.finish(again, {}, NOW)
    assert "replaces" not in finished(store, 2, point="air-1").record


def test_a_point_that_got_its_lab_meanwhile_keeps_it(store):
    begun = claim(store, 1, point="air-1", lab="bahnhof")
    finished(store, 2, point="air-1", replaces=10)
    refused("F347", store.finish, begun, {}, NOW)
    assert files(store) == {"claims/10-1.json", "records/11-1.json"}


def test_a_board_that_was_only_begun_keeps_its_point_until_it_is_given_up(store):
    begun = claim(store, 1, point="air-1")
    refused("F345", claim, store, 2, point="air-1")
    store.burn(begun)
    assert finished(store, 2, point="air-1").address == 11


@pytest.mark.parametrize("act", ["claim", "finish", "retire"])
def test_a_clock_that_was_never_set_is_refused(store, act):
    begun = claim(store, 1)
    before = files(store)
    acts = {
        "claim": lambda now: claim(store, 2, now),
        "finish": lambda now: store.finish(begun, {}, now),
        "retire": lambda now: store.retire(mac(1), {}, now, "x"),
    }
    for now in (0, record_format.OLDEST_S - 1):
        assert refused("F340", acts[act], now).values == {"now": record_format.time_text(now)}
    assert files(store) == before


def test_a_clock_behind_an_earlier_record_is_refused(store):
    finished(store, 1, point="air-1")
    error = refused("F341", claim, store, 1, NOW - 61)
    assert error.values["made"] == record_format.time_text(NOW)
    refused("F341", claim, store, 2, NOW - 61, point="air-1", replaces=10)
    refused("F341", store.retire, mac(1), {}, NOW - 61, "x")
    finished(store, 3, NOW - 61)  # nothing comes before it
    times = [record_format.seconds(finished(store, 1).record["made"]) for _ in range(3)]
    assert times == [NOW + 1, NOW + 2, NOW + 3]

"""Addresses, epochs, points and times: what a claim gives, and what it refuses."""

import secrets

import pytest

from tests.for_tools.workshops import (
    LAB,
    NOW,
    RECIPIENTS,
    claim,
    files,
    finished,
    mac,
    records,
    refused,
)
from tools.flashing import record_format, sealing

MINUTE = 60


@pytest.fixture
def store(tmp_path):
    return records(tmp_path / "workshop")


def test_a_claim_is_on_disk_with_everything_the_gateway_needs(store):
    place = {"lat": 49.1, "lon": 9.2, "pole": "L 12"}
    made = claim(store, 1, point="air-17", place=place)
    assert (made.address, made.epoch, made.hardware) == (10, 1, mac(1))
    assert len(made.key) == 16
    assert made.check == sealing.check_of(made.key)
    known = store.known(mac(1))
    assert (known.state, known.check, known.record) == ("claimed", made.check, made.record)
    assert known.record == {
        "record": "neckar/node/1",
        "address": 10,
        "epoch": 1,
        "hardware": mac(1),
        "board": "heltec-v3",
        "radio": True,
        "lab": LAB,
        "point": "air-17",
        "profile": "air",
        "place": place,
        "made": record_format.time_text(NOW),
        "by": "Uli",
        "sealed": known.record["sealed"],
        "extra": {"flash": {"check": made.check, "claimed": record_format.time_text(NOW)}},
    }
    assert files(store) == {"claims/10-1.json"}


def test_boards_get_the_lowest_free_addresses_and_keep_them_for_ever(store):
    assert [finished(store, board).address for board in (1, 2, 3)] == [10, 11, 12]
    store.retire(mac(2), {}, NOW, "Uli")
    store.burn(claim(store, 4))
    assert finished(store, 5).address == 14
    assert [finished(store, board).address for board in (3, 2, 1, 4)] == [12, 11, 10, 13]


def test_an_epoch_is_above_every_one_that_ever_was(store):
    epochs = [finished(store, 1).epoch]
    store.burn(claim(store, 1))
    epochs.append(claim(store, 1).epoch)  # nobody finishes it
    epochs.append(finished(store, 1).epoch)
    store.retire(mac(1), {}, NOW + MINUTE, "Uli")
    epochs.append(finished(store, 1, NOW + 2 * MINUTE).epoch)
    assert epochs == [1, 3, 4, 5]
    assert files(store) == {
        "records/10-1.json",
        "burnt/10-2.json",
        "burnt/10-3.json",
        "records/10-4.json",
        "records/10-4-retired.json",
        "records/10-5.json",
    }


def test_a_board_is_the_same_in_every_way_of_writing_its_mac(store):
    first = finished(store, 0xAB)
    upper = mac(0xAB).upper().replace(":", "-")
    again = store.claim(
        upper, LAB, board=None, radio=False, profile=None, by="x", recipients=RECIPIENTS, now=NOW
    )
    assert (again.address, again.epoch, again.hardware) == (first.address, 2, mac(0xAB))
    assert store.known(mac(0xAB).replace(":", "")).epoch == 2


def test_finishing_twice_is_once_and_keeps_what_was_told_first(store):
    made = claim(store, 1)
    path = store.finish(made, {"flash": {"release": "1"}, "photo": "a.jpg"}, NOW + 5)
    content = path.read_bytes()
    assert store.finish(made, {"flash": {"release": "2"}}, NOW + 9) == path
    assert store.finish(store.known(mac(1)), {}, NOW + 9) == path
    assert path.read_bytes() == content
    record = store.by_address(10).record
    assert record["made"] == record_format.time_text(NOW)
    assert record["extra"] == {
        "photo": "a.jpg",
        "flash": {
            "check": made.check,
            "claimed": record_format.time_text(NOW),
            "finished": record_format.time_text(NOW + 5),
            "release": "1",
        },
    }
    assert files(store) == {"records/10-1.json"}


def test_a_claim_can_be_finished_by_a_later_run_that_has_no_key(store):
    made = claim(store, 1)
    later = records(store.folder)
    later.finish(later.known(mac(1)), {}, NOW + 5)
    assert later.known(mac(1)).check == made.check


def test_what_was_burnt_replaced_or_retired_is_finished_no_more(store):
    burnt = claim(store, 1)
    store.burn(burnt)
    store.burn(burnt)
    refused("F342", store.finish, burnt, {}, NOW)
    old = claim(store, 2)
    claim(store, 2)
    refused("F342", store.finish, old, {}, NOW)
    wiped = claim(store, 3)
    store.retire(mac(3), {}, NOW, "Uli")
    refused("F342", store.finish, wiped, {}, NOW)
    refused("F342", store.burn, finished(store, 4))
    claimed = claim(store, 5)
    path = store.folder / "claims" / f"{claimed.address}-1.json"
    content = path.read_bytes()
    store.retire(mac(5), {}, NOW, "Uli")
    path.write_bytes(content)  # as after a cut
    refused("F342", store.finish, claimed, {}, NOW)


def test_only_burnt_keys_are_no_state_of_a_board(store):
    store.burn(claim(store, 1))
    assert store.known(mac(1)) is None
    assert store.by_address(10) is None
    finished(store, 1)
    store.burn(claim(store, 1))
    assert (store.known(mac(1)).epoch, store.known(mac(1)).state) == (2, "finished")
    assert store.known(mac(2)) is None


def test_a_retired_board_says_what_proves_it_and_twice_is_once(store):
    finished(store, 1, point="air-17")
    path = store.retire(mac(1), {"read": "erased", "bytes": 4194304}, NOW, "E. Maier")
    assert store.retire(mac(1), {"other": 1}, NOW + 9, "x") == path
    record = store.known(mac(1)).record
    assert record["extra"] == {"flash": {"wiped": {"read": "erased", "bytes": 4194304}}}
    assert (record["state"], record["by"], record["epoch"]) == ("retired", "E. Maier", 1)
    assert record["made"] == record_format.time_text(NOW + 1)  # after it began to hang there
    assert "sealed" not in record
    assert refused("F343", store.retire, mac(2), {}, NOW, "x").values == {"hardware": mac(2)}


def test_an_address_that_was_asked_for_is_given_once(store):
    assert claim(store, 1, address=50).address == 50
    assert claim(store, 1, address=50).epoch == 2
    assert refused("F351", claim, store, 2, address=50).values["address"] == 50
    error = refused("F350", claim, store, 1, address=51)
    assert (error.values["address"], error.values["wanted"]) == (50, 51)
    error = refused("F352", claim, store, 2, address=9)
    assert error.values == {"address": 9, "addresses": "10-99"}
    assert files(store) == {"claims/50-2.json", "burnt/50-1.json"}


def test_addresses_end_with_a_word(tmp_path):
    store = records(tmp_path / "workshop", range(10, 12))
    finished(store, 1)
    finished(store, 2)
    assert refused("F353", claim, store, 3).values == {"addresses": "10-11"}
    assert finished(store, 2).address == 11


def test_chance_that_repeats_itself_is_refused(store, monkeypatch):
    first = finished(store, 1)
    monkeypatch.setattr(secrets, "token_bytes", lambda _: first.key)
    error = refused("F344", claim, store, 2)
    assert error.values["file"].name == "10-1.json"
    refused("F344", claim, store, 1)
    assert files(store) == {"records/10-1.json"}


def test_a_board_without_a_number_of_its_own_gets_no_address(store):
    for hardware in ("00:00:00:00:00:00", "FFFFFFFFFFFF"):
        refused(
            "F346", store.claim, hardware, LAB, board=None, radio=False, profile=None, by="x",
            recipients=RECIPIENTS, now=NOW,
        )  # fmt: skip


def test_nothing_is_sealed_to_nobody(store):
    assert refused("F318", claim, store, 1, recipients=[]).values["lab"] == LAB
    assert files(store) == set()


@pytest.mark.parametrize(
    ("code", "field", "changes"),
    [
        ("F310", "point", {"point": "node-17"}),
        ("F310", "point", {"point": "Am Markt"}),
        ("F310", "lab", {"lab": "unknown"}),
        ("F310", "board", {"board": "Heltec V3"}),
        ("F310", "profile", {"profile": "Luft!"}),
        ("F310", "by", {"by": "two\nlines"}),
        ("F313", "by", {"by": "0123456789abcdef0123456789ABCDEF"}),
        ("F313", "by", {"by": "Elisabeth-Maier-Amt-61"}),
        ("F310", "radio", {"radio": 1}),
        ("F310", "place.lat", {"place": {"lat": 91, "lon": 9}}),
        ("F310", "place.lat", {"place": {"lat": True, "lon": 9}}),
        ("F310", "place", {"place": {"lat": 49.1}}),
        ("F310", "place.pole", {"place": {"pole": ""}}),
        ("F312", "place.street", {"place": {"street": "Allee"}}),
        ("F310", "replaces", {"point": "air-1", "replaces": 65536}),
    ],
)
def test_what_the_gateway_would_refuse_is_refused_before_a_key_is_made(store, code, field, changes):
    error = refused(code, claim, store, 1, **changes)
    assert error.values["field"] == field
    assert files(store) == set()


@pytest.mark.parametrize(
    ("code", "extra"),
    [
        ("F313", {"flash": {"note": "0123456789abcdef0123456789abcdef"}}),
        ("F313", {"api_token": "x"}),
        ("F310", {"note": "x" * 8200}),
        ("F310", {"note": float("nan")}),
        ("F310", {"note": "\ud800"}),
    ],
)
def test_extra_that_the_gateway_would_refuse_leaves_the_claim_as_it_is(store, code, extra):
    made = claim(store, 1)
    refused(code, store.finish, made, extra, NOW)
    assert files(store) == {"claims/10-1.json"}
    store.finish(made, {}, NOW)


def test_a_workshop_says_that_it_is_ready_before_a_board_is_touched(store):
    store.ready()
    assert files(store) == set()
    (store.folder / "records" / "17-1.json").write_text("{")
    refused("F330", store.ready)

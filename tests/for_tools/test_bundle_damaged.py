"""Bundles that somebody changed, cut, signed with another key, or made to hurt."""

import base64
import io
import json
import random
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.for_tools.flashing_bundle import PUBLIC, SECRET, bundle_in
from tools.flashing.bundle import archive, manifest, open_bundle
from tools.flashing.bundle.opening import TOOL
from tools.flashing.errors import FlashError
from tools.flashing.keys import Signer

OURS = Signer(SECRET)
THEIRS = Signer(bytes(32))
PATH = Path("x.bundle")
MEMBERS = {"lib/node/app.mpy": b"M\6code", "boards/a.json": b"{}", "empty": b""}
FACTS = {"tool": "0.1.0", "version": "1.2.3", "commit": "c", "dirty": False}


def signed(members=MEMBERS, facts=FACTS, signer=OURS):
    return manifest.seal(facts, members, signer)


def checked(content, trusted=(PUBLIC,), tool=TOOL):
    """Return the manifest, as open_bundle does it."""
    return manifest.check(archive.unpack(content, PATH), trusted, tool, PATH)


def code_of(content, **how):
    with pytest.raises(FlashError) as told:
        checked(content, **how)
    return told.value.code


def sealed_by_hand(text):
    """Return a bundle of nothing but this manifest, rightly signed."""
    signature = {"key": OURS.public, "signature": OURS.sign(text)}
    told = {name: base64.b64encode(value).decode() for name, value in signature.items()}
    return archive.pack({manifest.MANIFEST: text, manifest.SIGNATURE: manifest.encode(told)})


def with_name(name):
    """Return a bundle whose one member has this name, in bytes."""
    instead = "a" * len(name)
    return archive.pack({instead: b"x"}).replace(instead.encode(), name)


def test_what_nobody_touched_is_taken():
    assert checked(archive.pack(signed()))["version"] == "1.2.3"


def test_every_single_bit_counts():
    good = archive.pack(signed())
    for at in range(len(good)):
        for bit in range(8):
            bad = bytearray(good)
            bad[at] ^= 1 << bit
            with pytest.raises(FlashError):
                checked(bytes(bad))


def test_every_prefix_is_refused():
    good = archive.pack(signed())
    for end in range(len(good)):
        assert code_of(good[:end]) in ("F202", "F204")


def test_what_stands_before_or_behind_is_refused():
    good = archive.pack(signed())
    for more in (b"\0", b"x" * 100, good):
        assert code_of(good + more) == "F204"
        assert code_of(more + good) in ("F202", "F204")


def test_bytes_of_a_whole_bundle_are_refused_wherever_they_flip(tmp_path):
    path, public = bundle_in(tmp_path)
    good = path.read_bytes()
    choice = random.Random(7)
    places = [*range(30), *choice.sample(range(len(good)), 60)]
    for at in places:
        bad = bytearray(good)
        bad[at] ^= 1 << choice.randrange(8)
        path.write_bytes(bad)
        with pytest.raises(FlashError):
            open_bundle(path, [public])
    for end in choice.sample(range(len(good)), 20):
        path.write_bytes(good[:end])
        with pytest.raises(FlashError):
            open_bundle(path, [public])


def test_a_key_that_nobody_trusts_is_named():
    content = archive.pack(signed(signer=THEIRS))
    for trusted in ((), (PUBLIC,)):
        with pytest.raises(FlashError) as told:
            checked(content, trusted)
        assert told.value.code == "F206"
        assert told.value.values["key"] == base64.b64encode(THEIRS.public).decode()


def test_any_of_several_trusted_keys_will_do():
    assert checked(archive.pack(signed(signer=THEIRS)), (PUBLIC, THEIRS.public))


def test_a_signature_of_something_else_is_refused():
    members = signed()
    other = signed(facts={**FACTS, "version": "9.9.9"})
    members[manifest.SIGNATURE] = other[manifest.SIGNATURE]
    assert code_of(archive.pack(members)) == "F207"


def test_a_stranger_cannot_sign_in_our_name():
    members = signed(signer=THEIRS)
    found = json.loads(members[manifest.SIGNATURE])
    found["key"] = base64.b64encode(PUBLIC).decode()
    members[manifest.SIGNATURE] = manifest.encode(found)
    assert code_of(archive.pack(members)) == "F207"


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"key":1,"signature":2}',
        b'{"key":"","signature":""}',
        b'{"key":"AAAA","signature":"AAAA"}',
        signed()[manifest.SIGNATURE].strip(),
        signed()[manifest.SIGNATURE].replace(b",", b", "),
    ],
)
def test_a_signature_that_is_none_is_refused(signature):
    members = {**signed(), manifest.SIGNATURE: signature}
    assert code_of(archive.pack(members)) == "F205"


def test_a_bundle_without_a_signature_or_a_manifest_is_refused():
    for name in (manifest.MANIFEST, manifest.SIGNATURE):
        members = signed()
        del members[name]
        assert code_of(archive.pack(members)) == "F205"


def test_a_member_that_was_changed_added_or_taken_away_is_named():
    changed = {**signed(), "boards/a.json": b"[]"}
    added = {**signed(), "boards/b.json": b"{}"}
    taken = signed()
    del taken["boards/a.json"]
    for members, code, name in (
        (changed, "F211", "boards/a.json"),
        (added, "F210", "boards/b.json"),
        (taken, "F210", "boards/a.json"),
    ):
        with pytest.raises(FlashError) as told:
            checked(archive.pack(members))
        assert (told.value.code, told.value.values["name"]) == (code, name)


@pytest.mark.parametrize(
    "text",
    [
        b'{"kind": "neckar/bundle", "format": 0}',
        b'{"kind": "neckar/bundle", "format": 2, "members": []}',
        b'{"kind": "neckar/node", "format": 1}',
        b'{"kind": "neckar/bundle"}',
        b"{}",
        b"[]",
        b"7",
        b"",
        b"\xff",
    ],
)
def test_a_format_of_another_day_is_said(text):
    assert code_of(sealed_by_hand(text)) == "F208"


def test_a_bundle_for_newer_tools_is_refused_and_one_for_older_is_not():
    content = archive.pack(signed(facts={**FACTS, "tool": "0.10.0"}))
    assert code_of(content, tool="0.9.9") == "F209"
    for tool in ("0.10.0", "0.10.1", "1.0"):
        assert checked(content, tool=tool)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/x",
        "../x",
        "a/../x",
        "a//b",
        "a/",
        ".x",
        "a\\b",
        "c:x",
        "a b",
        "ä",
        "a\0b",
        "a" * 201,
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name):
    assert code_of(with_name(name.encode())) == "F204"


def test_a_name_that_leads_nowhere_is_refused():
    assert code_of(archive.pack({"": b"x"})) == "F204"


def test_members_in_another_order_are_refused():
    content = archive.pack({"a1": b"x", "a2": b"x"})
    swapped = content.replace(b"a2", b"a3").replace(b"a1", b"a2").replace(b"a3", b"a1")
    assert code_of(swapped) == "F204"


def test_two_members_of_one_name_are_refused():
    content = archive.pack({"a1": b"x", "a2": b"x"}).replace(b"a2", b"a1")
    assert code_of(content) == "F204"


def test_other_zips_are_refused_before_anything_is_unfolded():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("manifest.json", bytes(10_000_000))
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as file:
        for name, data in signed().items():
            file.writestr(name, data)
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    assert code_of(bomb.getvalue()) == "F204"
    assert code_of(stored.getvalue()) == "F204"
    assert code_of(empty.getvalue()) == "F202"


def test_a_size_that_lies_reserves_nothing():
    content = bytearray(archive.pack({"a": b"x"}))
    struct.pack_into("<LL", content, 18, 0xFFFFFFF0, 0xFFFFFFF0)
    assert code_of(bytes(content)) == "F204"


def test_too_much_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(archive, "MOST_MEMBERS", 3)
    assert code_of(archive.pack({str(n): b"" for n in range(4)})) == "F204"
    monkeypatch.setattr(archive, "MOST_BYTES", 1000)
    path = tmp_path / "large"
    path.write_bytes(bytes(1001))
    with pytest.raises(FlashError) as told:
        open_bundle(path, [PUBLIC])
    assert told.value.code == "F203"


def test_what_is_no_file_is_said(tmp_path):
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(FlashError) as told:
            open_bundle(path, [PUBLIC])
        assert (told.value.code, told.value.values["path"]) == ("F201", path)
    for content in (b"", b"PK", b"#!/bin/sh\n", b"\x7fELF"):
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(FlashError) as told:
            open_bundle(tmp_path / "other", [PUBLIC])
        assert told.value.code == "F202"


NAMES = st.from_regex(r"[A-Za-z0-9_]{1,8}(/[A-Za-z0-9_.-]{1,8}){0,2}", fullmatch=True).filter(
    archive._NAME.fullmatch
)


@given(st.dictionaries(NAMES, st.binary(max_size=50), min_size=1, max_size=6))
def test_other_programs_read_what_we_pack(members):
    content = archive.pack(members)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.testzip() is None
        assert {name: file.read(name) for name in file.namelist()} == members
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert archive.unpack(content, PATH) == members
    assert archive.pack(dict(reversed(members.items()))) == content


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_noise_is_an_error_and_nothing_else(noise, more):
    for content in (noise, b"PK\3\4" + noise, archive.pack({"a": noise})[:-22] + more):
        with pytest.raises(FlashError):
            archive.unpack(content, PATH)

"""Keys: where they are, who can open what, and that none is ever in clear."""

import base64
import logging

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.for_tools.workshops import (
    ESCROW,
    GATEWAY,
    LAB,
    NOW,
    RECIPIENTS,
    SECOND,
    STRANGER,
    claim,
    finished,
    forms,
    mac,
    make,
    private,
    public,
    records,
)
from tools.flashing import inventory, keys, record_format, sealing, workshop
from tools.flashing.errors import FlashError


def test_no_key_is_in_clear_in_any_file_or_text_of_a_workshop(tmp_path, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    made = make(tmp_path / "workshop")
    store = made.records
    claims = [finished(store, board, point=f"air-{board}") for board in range(1, 6)]
    claims += [claim(store, 6), finished(store, 1, point="air-1")]
    burnt = claim(store, 7)
    store.burn(burnt)
    claims.append(burnt)
    store.retire(mac(2), {"erased": True}, NOW, "Uli")
    known = store.read().known
    texts = [repr(item) for item in (*claims, *known, made, store, *made.labs.values())]
    texts += [repr(inventory.rows(known)), inventory.exported(known).decode()]
    with pytest.raises(FlashError) as e:
        store.finish(claims[5], {"flash": {"key": claims[5].key.hex()}}, NOW)
    texts += [str(e.value), repr(e.value), capfd.readouterr().out, caplog.text]
    kept = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    kept |= {name: text.encode() for name, text in enumerate(texts)}
    assert len(kept) > 20
    for made_claim in claims:
        for form in forms(made_claim.key):
            assert [name for name, content in kept.items() if form in content] == []


def test_the_canary_would_be_seen():
    key = bytes(range(0xA0, 0xB0))
    for text in (key, key.hex().encode(), base64.b64encode(b"12" + key), repr(key).encode()):
        assert any(form in b"..." + text + b"..." for form in forms(key))


@pytest.mark.parametrize("number", range(3))
def test_each_recipient_opens_a_key_and_nobody_else(tmp_path, number):
    made = finished(records(tmp_path / "workshop"), 1)
    recipients = [GATEWAY, SECOND, ESCROW]
    sealed = made.record["sealed"]
    assert sealed.keys() == {sealing.key_id(public(key)) for key in recipients}
    key = private(recipients[number])
    assert sealing.open_sealed(sealed, 10, 1, key) == made.key
    assert sealing.open_sealed(sealed, 10, 1, private(STRANGER)) is None
    assert sealing.open_sealed(sealed, 11, 1, key) is None
    assert sealing.open_sealed(sealed, 10, 2, key) is None
    one, other = (sealing.key_id(public(recipients[n])) for n in (number, number - 1))
    assert sealing.open_sealed({one: sealed[other]}, 10, 1, key) is None


def test_what_is_sealed_is_the_rfcs_and_not_only_ours():
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
    (text,) = sealing.seal(bytes(range(16)), 17, 3, [public(GATEWAY)]).values()
    content = base64.b64decode(text)
    assert len(content) == sealing.SEALED_BYTES
    assert suite.decrypt(content, GATEWAY, info=b"neckar key 1 17/3") == bytes(range(16))


def test_a_check_tells_keys_apart():
    assert sealing.check_of(bytes(16)) == "bbce2b78f4703eef"
    assert sealing.check_of(bytes(15) + b"\1") != sealing.check_of(bytes(16))


def test_keys_that_nothing_can_be_sealed_to_are_known():
    assert sealing.is_public(public(GATEWAY))
    assert not sealing.is_public(bytes(32))  # RFC 7748, section 6.1
    assert not sealing.is_public(b"\1" + bytes(31))
    assert not sealing.is_public(bytes(31))


def test_a_service_key_follows_from_the_secret_and_the_address(tmp_path):
    made = make(tmp_path / "workshop")
    secret = keys.read_secret(made.folder / "service.key")
    info = b"neckar service 17"
    wanted = HKDF(hashes.SHA256(), 16, salt=None, info=info).derive(secret)
    assert made.service_key(17) == wanted
    assert len({made.service_key(address) for address in range(50)}) == 50
    other = make(tmp_path / "other")
    assert other.service_key(17) != wanted


def test_a_technicians_signature_holds_for_what_was_signed_only(tmp_path):
    signer = make(tmp_path / "workshop").signer()
    signature = signer.sign(b"mounted")
    verifier = Ed25519PublicKey.from_public_bytes(signer.public)
    verifier.verify(signature, b"mounted")
    with pytest.raises(InvalidSignature):
        verifier.verify(signature, b"Mounted")
    assert repr(signer) == f"Signer({signer.id})"


def test_secret_files_are_for_their_owner_and_never_overwritten(tmp_path):
    made = make(tmp_path / "workshop")
    for name in ("service.key", "technician.key"):
        path = made.folder / name
        assert path.stat().st_mode & 0o777 == 0o600
        before = path.read_bytes()
        with pytest.raises(FlashError) as e:
            keys.make_secret(path)
        assert (e.value.code, e.value.values) == ("F302", {"path": path})
        assert path.read_bytes() == before
    assert made.folder.stat().st_mode & 0o777 == 0o700
    ignored = (made.folder / ".gitignore").read_text().split()
    assert {"*.key", "*.password", ".lock"} <= set(ignored)


@pytest.mark.parametrize(
    ("code", "content", "mode"),
    [
        ("F303", None, None),
        ("F304", keys.encoded(bytes(32)).encode(), 0o644),
        ("F304", keys.encoded(bytes(32)).encode(), 0o640),
        ("F305", b"", 0o600),
        ("F305", b"\xff" * 44, 0o600),
        ("F305", keys.encoded(bytes(31)).encode(), 0o600),
    ],
)
def test_a_secret_file_that_is_gone_open_or_damaged_is_named(tmp_path, code, content, mode):
    made = make(tmp_path / "workshop")
    path = made.folder / "service.key"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    with pytest.raises(FlashError) as e:
        made.service_key(17)
    assert (e.value.code, e.value.values["path"]) == (code, path)
    assert not content or content.decode("latin-1") not in str(e.value)


def test_a_password_is_read_when_it_is_asked_for(tmp_path):
    made = make(tmp_path / "workshop")
    assert made.broker_password() is None
    path = made.folder / "workshop.toml"
    table = '[broker]\nhost = "b"\ncity = "x"\npassword_file = "b.password"\n'
    path.write_text(path.read_text() + table)
    made = workshop.load(made.folder)
    for content, mode, code in ((None, 0, "F303"), ("a\nb", 0o600, "F305"), ("a", 0o644, "F304")):
        secret = made.folder / "b.password"
        if content is not None:
            secret.write_text(content)
            secret.chmod(mode)
        with pytest.raises(FlashError) as e:
            made.broker_password()
        assert e.value.code == code
    secret.chmod(0o600)
    assert made.broker_password() == "a"
    assert "geheim" not in repr(made.broker)


def test_keys_are_sealed_again_only_by_whom_they_are_sealed_to(tmp_path):
    store = records(tmp_path / "workshop")
    made = finished(store, 1)
    begun = claim(store, 2, recipients=RECIPIENTS[:1])
    before = {p: p.read_bytes() for p in store.folder.rglob("*.json")}
    wanted = [public(GATEWAY), public(STRANGER)]
    for key in (STRANGER, ESCROW):  # the claim of board 2 is not sealed to the escrow key
        with pytest.raises(FlashError) as e:
            store.seal_again(private(key), lambda _: wanted)
        assert e.value.code == "F354"
        assert {p: p.read_bytes() for p in store.folder.rglob("*.json")} == before
    assert store.seal_again(private(GATEWAY), lambda _: wanted) == 2
    assert store.seal_again(private(GATEWAY), lambda _: wanted) == 0
    for one in (made, begun):
        known = store.by_address(one.address)
        sealed = known.record["sealed"]
        assert sealing.open_sealed(sealed, one.address, one.epoch, private(STRANGER)) == one.key
        assert record_format.same(known.record, store.known(one.hardware).record)
        assert sealed.items() >= one.record["sealed"].items()


def test_a_lab_decides_whom_its_keys_are_sealed_to_again(tmp_path):
    store = records(tmp_path / "workshop")
    finished(store, 1)
    finished(store, 2, lab="bahnhof")
    assert LAB != "bahnhof"
    of = {LAB: RECIPIENTS, "bahnhof": [*RECIPIENTS, public(STRANGER)]}
    assert store.seal_again(private(ESCROW), of.__getitem__) == 1
    assert len(store.by_address(10).record["sealed"]) == 3
    assert len(store.by_address(11).record["sealed"]) == 4


def test_a_gateway_that_comes_later_gets_all_keys_of_its_lab(tmp_path):
    made = make(tmp_path / "workshop")
    one = finished(made.records, 1)
    path = made.folder / "workshop.toml"
    new = f"gateways = ['''{keys.told(public(STRANGER))}''', "
    path.write_text(path.read_text().replace("gateways = [", new))
    escrow = tmp_path / "escrow.key"
    escrow.touch(0o600)
    escrow.write_text(keys.encoded(private(ESCROW)))
    assert inventory.seal_again(workshop.load(made.folder), escrow) == 1
    sealed = made.records.by_address(one.address).record["sealed"]
    assert sealing.open_sealed(sealed, one.address, one.epoch, private(STRANGER)) == one.key

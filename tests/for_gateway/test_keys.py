"""Keys lie open nowhere: not on disk, in a message, a log, an export or an error."""

import base64
import hashlib
import hmac
import logging
import traceback

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.registry import gateway_key, service, views
from gateway.registry.database import Database
from gateway.registry.errors import RegistryError
from gateway.registry.gateway_key import GatewayKey, make, read_private
from gateway.registry.record_files import parse
from gateway.registry.registry import Registry
from gateway.registry.sealing import SEALED_BYTES, open_sealed, seal
from tests.for_gateway.registered import GATEWAY, NOW_S, PRIVATE, key_of, lines, record, take


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    """RFC 9180, 4: LabeledExtract."""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, hashlib.sha256)


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """RFC 9180, 4: LabeledExpand, for up to 32 bytes."""
    text = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, text + b"\x01", hashlib.sha256)[:length]


def _open_by_the_rfc(private: bytes, info: bytes, sealed: bytes) -> bytes:
    """RFC 9180, 4.1, 5.1 and 6.1, written down again."""
    enc, ciphertext = sealed[:32], sealed[32:]
    recipient = X25519PrivateKey.from_private_bytes(private)
    shared = recipient.exchange(X25519PublicKey.from_public_bytes(enc))
    kem = b"KEM\x00\x20"
    context = enc + recipient.public_key().public_bytes_raw()
    shared = _expand(kem, _extract(kem, b"", b"eae_prk", shared), b"shared_secret", context, 32)
    suite = b"HPKE\x00\x20\x00\x01\x00\x01"
    context = b"\x00" + _extract(suite, b"", b"psk_id_hash", b"")
    context += _extract(suite, b"", b"info_hash", info)
    secret = _extract(suite, shared, b"secret", b"")
    nonce = _expand(suite, secret, b"base_nonce", context, 12)
    return AESGCM(_expand(suite, secret, b"key", context, 16)).decrypt(nonce, ciphertext, b"")


def test_sealing_is_what_the_rfc_says():
    sealed = seal(GATEWAY.public, 17, 3, key_of(17))
    assert len(sealed) == SEALED_BYTES
    assert _open_by_the_rfc(PRIVATE, b"neckar key 1 17/3", sealed) == key_of(17)


def test_a_sealed_key_opens_only_for_its_gateway_node_and_epoch():
    sealed = seal(GATEWAY.public, 17, 3, key_of(17))
    assert open_sealed(PRIVATE, 17, 3, sealed) == key_of(17)
    assert open_sealed(bytes(32), 17, 3, sealed) is None
    assert open_sealed(PRIVATE, 18, 3, sealed) is None
    assert open_sealed(PRIVATE, 17, 4, sealed) is None
    assert open_sealed(PRIVATE, 173, 3, sealed) is None


@pytest.mark.parametrize("at", [0, 31, 32, 47, 48, 63])
def test_a_damaged_or_cut_sealed_key_does_not_open(at):
    sealed = bytearray(seal(GATEWAY.public, 17, 3, key_of(17)))
    assert open_sealed(PRIVATE, 17, 3, bytes(sealed[:at])) is None
    sealed[at] ^= 1
    assert open_sealed(PRIVATE, 17, 3, bytes(sealed)) is None


def test_a_sealed_key_of_another_length_is_none():
    assert open_sealed(PRIVATE, 17, 3, seal(GATEWAY.public, 17, 3, bytes(32))) is None


def test_a_wrapped_key_opens_only_under_its_gateway_for_its_node_and_epoch():
    wrapped = GATEWAY.wrap(17, 3, key_of(17))
    assert GATEWAY.unwrap(17, 3, wrapped) == key_of(17)
    assert wrapped != GATEWAY.wrap(17, 3, key_of(17))
    assert GatewayKey(bytes(32)).unwrap(17, 3, wrapped) is None
    assert GATEWAY.unwrap(17, 4, wrapped) is None
    assert GATEWAY.unwrap(18, 3, wrapped) is None
    for at in range(len(wrapped)):
        assert GATEWAY.unwrap(17, 3, wrapped[:at]) is None
        damaged = wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :]
        assert GATEWAY.unwrap(17, 3, damaged) is None


def _derived(purpose: bytes) -> bytes:
    """RFC 5869 without salt, for up to 32 bytes."""
    extracted = hmac.digest(bytes(32), PRIVATE, hashlib.sha256)
    return hmac.digest(extracted, purpose + b"\x01", hashlib.sha256)[:16]


def test_what_lies_on_disk_can_be_read_by_any_version():
    wrapped = GATEWAY.wrap(17, 3, key_of(17))
    storage = AESGCM(_derived(b"neckar registry storage 1"))
    assert storage.decrypt(wrapped[:12], wrapped[12:], b"17/3") == key_of(17)
    marking = _derived(b"neckar registry mark 1")
    assert GATEWAY.mark(key_of(17)) == hmac.digest(marking, key_of(17), hashlib.sha256)[:16]


def test_a_mark_tells_equal_keys_and_depends_on_the_gateway():
    assert GATEWAY.mark(key_of(17)) == GATEWAY.mark(key_of(17))
    assert GATEWAY.mark(key_of(17)) != GATEWAY.mark(key_of(18))
    assert GATEWAY.mark(key_of(17)) != GatewayKey(bytes(32)).mark(key_of(17))


def test_a_key_id_is_the_beginning_of_the_hash_of_the_public_key():
    public = X25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw()
    assert GATEWAY.public == public
    assert GATEWAY.id == hashlib.sha256(public).hexdigest()[:16]
    assert repr(GATEWAY) == f"GatewayKey({GATEWAY.id})"


def test_a_key_file_is_for_its_owner_only_and_is_never_overwritten(tmp_path):
    path = tmp_path / "neckar.key"
    made = make(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert GatewayKey(read_private(path)).id == made.id
    before = path.read_bytes()
    with pytest.raises(RegistryError, match="is there already: it is never overwritten"):
        make(path)
    assert path.read_bytes() == before
    assert make(tmp_path / "b").id != made.id


def test_a_key_file_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gateway_key.os, "write", full)
    with pytest.raises(RegistryError, match="cannot be written: No space left"):
        make(tmp_path / "neckar.key")
    assert not (tmp_path / "neckar.key").exists()
    with pytest.raises(RegistryError, match="cannot be made: No such file"):
        make(tmp_path / "no" / "neckar.key")


@pytest.mark.parametrize("content", [b"", b"AAAA", b"\xff" * 44, base64.b64encode(bytes(31))])
def test_a_bad_key_file_is_refused_and_never_shown(tmp_path, content):
    path = tmp_path / "neckar.key"
    path.write_bytes(content)
    with pytest.raises(RegistryError, match="holds no private key; one is made by") as e:
        read_private(path)
    assert not content or content.decode("latin-1") not in str(e.value)
    with pytest.raises(RegistryError, match="cannot be read: No such file"):
        read_private(tmp_path / "none")


def _forms(secret: bytes) -> list[bytes]:
    """Return what a secret may look like in a text or a file."""
    encoded = base64.b64encode(secret).rstrip(b"=")[:-1]  # the last depends on what follows
    return [
        secret,
        secret.hex().encode(),
        secret.hex().upper().encode(),
        encoded,
        repr(secret)[2:-1].encode(),
    ]


SECRETS = [PRIVATE, key_of(17), key_of(18), key_of(17, 2)]


def _assert_clean(where: str, content: bytes) -> None:
    for secret in SECRETS:
        for form in _forms(secret):
            assert form not in content, f"a secret in {where}"


def test_no_key_is_in_a_file_an_export_a_log_or_an_error(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    newer = record(17, 2, made="2025-06-02T12:00:00Z")
    with Database(tmp_path / "registry.db", "ops", NOW_S) as database:
        take(database, record(17), record(18), newer)
        told.append(repr(parse("a.json", lines(record(17)), NOW_S)))
        for spoilt in (
            record(19, sealed=record(17)["sealed"]),
            record(17, board="x"),
            record(18, 2, point="air-17"),
            record(17, 3, hardware="other"),
        ):
            with pytest.raises(RegistryError) as e:
                take(database, spoilt)
            told.append("".join(traceback.format_exception(e.value)))
        registry = Registry(database.path, PRIVATE)
        told += [repr(registry.find(17)), repr(registry.find(18))]
        told += [repr(line) for line in views.export(database)]
        told += [repr(views.node(database, 17)), repr(views.nodes(database))]
        service.revoke(database, 17, "stolen")
        with database.change() as change:
            change.execute("UPDATE node_key SET wrapped = x'00' WHERE address = 18")
        registry.find(18)
        _assert_clean("the registry's object", repr(vars(registry)).encode())
        for path in tmp_path.iterdir():
            _assert_clean(path.name, path.read_bytes())
        assert {path.suffix for path in tmp_path.iterdir()} == {".db", ".db-wal", ".db-shm"}
        registry.close()
    _assert_clean("the closed file", (tmp_path / "registry.db").read_bytes())
    _assert_clean("what was told", "\n".join(told).encode())
    _assert_clean("the log", caplog.text.encode())
    assert "damaged" in caplog.text


def test_an_export_holds_nothing_sealed_wrapped_or_marked(tmp_path):
    with Database(tmp_path / "registry.db", "ops", NOW_S) as database:
        take(database, record(17))
        names = {name for line in views.export(database) for name in line}
    assert not names & {"sealed", "wrapped", "mark", "key", "record"}


@pytest.mark.parametrize("name", ["key", "board", "by", "extra", "place", "sealed", "lab", "made"])
@pytest.mark.parametrize("form", range(3))
def test_a_key_in_clear_in_a_record_is_not_shown(name, form):
    secret = [key_of(17).hex(), key_of(17).hex().upper(), base64.b64encode(key_of(17)).decode()][
        form
    ]
    for value in (secret, {"note": secret}, {secret: 1}, [secret], {"0123456789abcdef": secret}):
        try:
            parse("a.json", lines({**record(17), name: value}), NOW_S)
        except RegistryError as e:
            assert secret not in "".join(traceback.format_exception(e))

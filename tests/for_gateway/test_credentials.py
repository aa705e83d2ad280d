"""Secrets that are missing, open to others, of the wrong form, or about to be shown."""

import traceback

import pytest

from gateway import config, credentials
from gateway.errors import ConfigError

SECRET = "hunter2-ä"  # noqa: S105


def _load(tmp_path, good, fields):
    path = tmp_path / "gateway.toml"
    path.write_text(good.replace("[mqtt]", f'[mqtt]\nusername = "u"\n{fields}'))
    return config.load(path)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the folder of systemd's credentials."""
    path = tmp_path / "credentials"
    path.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(path))
    return path


def test_a_credential_of_systemd_is_read(tmp_path, good, folder):
    (folder / "mqtt-password").write_text(f"{SECRET}\n")
    (folder / "mqtt-password").chmod(0o400)
    loaded = _load(tmp_path, good, 'password_file = "credential:mqtt-password"')
    assert loaded.mqtt.password == SECRET
    assert SECRET not in repr(loaded)
    assert loaded.warnings == ()


def test_a_credential_that_the_unit_does_not_load_says_what_to_add(tmp_path, good, folder):
    with pytest.raises(ConfigError) as e:
        _load(tmp_path, good, 'password_file = "credential:mqtt-password"')
    assert str(e.value) == (
        "mqtt.password_file is 'credential:mqtt-password', should be a credential of the service: "
        "add LoadCredential=mqtt-password:FILE to its unit"
    )


def test_a_credential_outside_of_systemd_says_so(tmp_path, good, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ConfigError, match=r"\$CREDENTIALS_DIRECTORY is not set"):
        _load(tmp_path, good, 'password_file = "credential:mqtt-password"')


@pytest.mark.parametrize("name", ["", ".", "..", "../17.key", "a/b", "a b", "x\\u0000", "x" * 300])
def test_a_name_cannot_leave_the_folder_of_credentials(tmp_path, good, folder, name):
    with pytest.raises(ConfigError) as e:
        _load(tmp_path, good, f'password_file = "credential:{name}"')
    assert str(e.value).startswith("mqtt.password_file is ")
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("path", ["x" * 5000, "a\\u0000b"])
def test_a_path_that_no_system_takes_is_a_file_that_is_not_there(tmp_path, good, path):
    with pytest.raises(ConfigError, match=r"mqtt\.password_file"):
        _load(tmp_path, good, f'password_file = "{path}"')


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", "one line"),
        (b" \n", "one line"),
        (b"hunter2\nhunter3\n", "one line"),
        (b"hunter2\xff", "UTF-8"),
    ],
)
def test_a_file_of_the_wrong_form_is_refused_and_not_shown(tmp_path, good, content, wanted):
    (tmp_path / "pw").write_bytes(content)
    with pytest.raises(ConfigError, match=wanted) as e:
        _load(tmp_path, good, 'password_file = "pw"')
    assert str(e.value).startswith("mqtt.password_file is ")
    assert "hunter" not in "".join(traceback.format_exception(e.value))


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o666, 0o660, 0o601])
@pytest.mark.parametrize(("field", "table"), [("password_file", "mqtt"), ("key_file", "registry")])
def test_a_secret_that_others_can_reach_is_a_warning(tmp_path, good, field, table, mode):
    (tmp_path / "pw").write_text(SECRET)
    (tmp_path / "pw").chmod(mode)
    path = tmp_path / "gateway.toml"
    user = 'username = "u"\n' if table == "mqtt" else ""
    path.write_text(good.replace(f"[{table}]", f'[{table}]\n{user}{field} = "pw"'))
    (warning,) = config.load(path).warnings
    assert warning.startswith(f"{table}.{field}: {tmp_path / 'pw'} is open to others")
    assert f"chmod 0600 {tmp_path / 'pw'}" in warning
    assert SECRET not in warning


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o440, 0o640])
def test_a_secret_of_the_owner_and_its_group_is_none(tmp_path, mode):
    (tmp_path / "pw").write_text(SECRET)
    (tmp_path / "pw").chmod(mode)
    assert credentials.too_open("f", tmp_path / "pw") is None


@pytest.mark.parametrize("key", ["password", "passwrd", "api_token", "key", "private_key", "psk"])
def test_what_sounds_like_a_secret_is_veiled(key):
    assert credentials.veiled(key, SECRET) == "***"


@pytest.mark.parametrize("key", ["path", "keyfile_name", "hotkey_count", "max_mbb"])
def test_what_does_not_is_shown(key):
    assert credentials.veiled(key, 5) == 5

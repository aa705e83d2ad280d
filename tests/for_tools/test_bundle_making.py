"""A bundle in the making: keys, sums, networks and checkouts that are not as they should be."""

import hashlib
import http.server
import shutil
import socket
import stat
import subprocess
import threading

import pytest

from tests.for_tools.flashing_bundle import PUBLIC, ROOT, key_in, loaded, small_checkout
from tools.flashing.bundle import archive, making, manifest, open_bundle, sources
from tools.flashing.errors import FlashError
from tools.rig.interpreter import find_mpy_cross

needs_compiler = pytest.mark.skipif(find_mpy_cross() is None, reason="no mpy-cross installed")
NAME = "ESP32_GENERIC-20251209-v1.27.0.bin"


@pytest.fixture
def checkout(tmp_path):
    return small_checkout(tmp_path)


def code_of(call, *arguments, **more):
    with pytest.raises(FlashError) as told:
        call(*arguments, **more)
    return told.value.code


@needs_compiler
def test_the_same_commit_gives_the_same_bytes(checkout, tmp_path):
    key, made = key_in(tmp_path), []
    for name in ("a", "b"):
        images = [loaded("esp32"), loaded("esp32s3")]
        making.make(tmp_path / name, images[:: -1 if made else 1], key, checkout)
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    bundle = open_bundle(tmp_path / "a", [PUBLIC])
    assert (bundle.is_dirty, bundle.boards) == (False, ["esp32-wired", "heltec-v3"])
    told = subprocess.run(
        ["git", "-C", checkout, "log", "-1", "--format=%H %cd", "--date=format-local:%Y-%m-%dT%TZ"],
        env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == [bundle.commit, bundle.created]


@needs_compiler
@pytest.mark.parametrize("place", ["firmware/node/app.py", "protocol/new.py"])
def test_a_checkout_with_changes_says_so(checkout, tmp_path, place):
    clean = making.make(tmp_path / "a", [loaded("esp32")], key_in(tmp_path), checkout)
    with (checkout / place).open("a") as source:
        source.write("# changed\n")
    bundle = making.make(tmp_path / "a", [loaded("esp32")], key_in(tmp_path), checkout)
    assert bundle.is_dirty
    assert bundle.commit == clean.commit
    assert bundle.hash != clean.hash


@needs_compiler
def test_what_is_not_on_boards_makes_no_checkout_dirty(checkout, tmp_path):
    (checkout / "notes.txt").write_text("x")
    assert not making.make(tmp_path / "a", [loaded("esp32")], key_in(tmp_path), checkout).is_dirty


@needs_compiler
def test_firmware_that_does_not_compile_makes_no_bundle(checkout, tmp_path):
    (checkout / "firmware/node/app.py").write_text("def broken(:\n")
    call = (making.make, tmp_path / "a", [loaded("esp32")], key_in(tmp_path), checkout)
    assert code_of(*call) == "F237"
    assert not (tmp_path / "a").exists()


def test_no_checkout_is_an_error(checkout, tmp_path):
    images, key = [loaded("esp32")], key_in(tmp_path)
    (tmp_path / "empty").mkdir()
    for root in (tmp_path / "empty", tmp_path / "nothing"):
        assert code_of(making.make, tmp_path / "a", images, key, root) == "F234"
    version = checkout / "firmware/node/version.py"
    version.write_text('VERSION = version_of("git")\n')
    assert code_of(making.make, tmp_path / "a", images, key, checkout) == "F238"
    version.unlink()
    assert code_of(making.make, tmp_path / "a", images, key, checkout) == "F238"


def test_without_git_there_is_no_bundle(checkout, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert code_of(sources.commit, checkout) == "F234"


def test_one_image_for_each_chip(tmp_path):
    key = key_in(tmp_path)
    twice = [loaded("esp32"), loaded("esp32", has_vfs=False)]
    assert code_of(making.make, tmp_path / "a", twice, key, ROOT) == "F235"
    assert code_of(making.make, tmp_path / "a", [], key, ROOT) == "F236"
    call = (making.make, tmp_path / "a", [loaded("esp32")], key, ROOT)
    assert code_of(*call, frozen=["esp32s3"]) == "F236"


def test_a_key_is_its_owners_and_is_never_overwritten(tmp_path):
    path = tmp_path / "bundle.key"
    public = making.make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    assert code_of(making.make_key, path) == "F302"
    assert path.read_bytes() == before
    assert making.make_key(tmp_path / "other.key") != public
    assert len(public) == 32


def test_a_key_that_others_can_read_signs_nothing(tmp_path):
    key = key_in(tmp_path)
    key.chmod(0o644)
    assert code_of(making.make, tmp_path / "a", [loaded("esp32")], key, ROOT) == "F304"
    call = (making.make, tmp_path / "a", [loaded("esp32")], tmp_path / "none", ROOT)
    assert code_of(*call) == "F303"


@needs_compiler
def test_openssl_says_the_same_of_the_signature(checkout, tmp_path):
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("no openssl installed")
    making.make(tmp_path / "a", [loaded("esp32")], key_in(tmp_path), checkout)
    members = archive.read(tmp_path / "a")
    _, signature = manifest._signature(members, tmp_path / "a")
    head = bytes.fromhex("302a300506032b6570032100")  # RFC 8410, section 4
    for name, data in (
        ("key", head + PUBLIC),
        ("text", members[manifest.MANIFEST]),
        ("sig", signature),
    ):
        (tmp_path / name).write_bytes(data)
    command = [program, "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin"]
    files = ["-inkey", tmp_path / "key", "-in", tmp_path / "text", "-sigfile", tmp_path / "sig"]
    subprocess.run([*command, *files], check=True, capture_output=True)


def test_a_file_has_to_have_the_sum_that_was_given(tmp_path):
    path = tmp_path / "x.bin"
    path.write_bytes(b"image")
    sums = hashlib.sha256(b"image").hexdigest()
    assert sources.load(path).data == b"image"
    assert sources.load(path, sums.upper()) == sources.Loaded("x.bin", b"image")
    for wrong in ("", "0" * 64, sums[:-1], sums + " "):
        assert code_of(sources.load, path, wrong) == "F231"
    assert code_of(sources.load, tmp_path / "none") == "F230"
    assert code_of(sources.load, tmp_path) == "F230"


@pytest.fixture
def server():
    """A server that has one file; returns its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path != f"/{NAME}":
                self.send_error(404)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"image")

        def log_message(self, *_):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()
        thread.join()


def test_what_is_downloaded_has_to_have_the_sum_that_was_given(server):
    sums = hashlib.sha256(b"image").hexdigest()
    assert sources.download(NAME, sums, server).data == b"image"
    assert code_of(sources.download, NAME, "0" * 64, server) == "F231"
    assert code_of(sources.download, NAME, None, server) == "F232"


@pytest.mark.parametrize("name", ["", "../x.bin", "x.bin?y", "http://x/y.bin", "x.sh", "a/b.bin"])
def test_only_names_of_images_are_asked_for(name):
    with pytest.raises(FlashError) as told:
        sources.download(name, "0" * 64, "http://127.0.0.1:1/")
    assert told.value.code == "F233"
    assert "no name" in told.value.values["why"]


def test_a_network_that_has_it_not_or_is_none_is_an_error(server):
    for address in (server + "other/", "http://127.0.0.1:1/", "http://nobody.invalid/"):
        assert code_of(sources.download, NAME, "0" * 64, address) == "F233"


def test_a_server_that_speaks_another_language_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            connection, _ = listening.accept()
            connection.recv(4096)
            connection.sendall(b"SSH-2.0-OpenSSH\r\n")
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        assert code_of(sources.download, NAME, "0" * 64, address) == "F233"
        thread.join()

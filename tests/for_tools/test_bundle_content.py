"""What goes onto a board out of a bundle, and the wishes that do not fit together."""

import hashlib
import json
import tomllib

import pytest

from tests.for_tools.flashing_bundle import PUBLIC, ROOT, bundle_in, key_in, loaded, small_checkout
from tools.flashing.bundle import making, open_bundle
from tools.flashing.bundle.opening import ROLES, TOOL
from tools.flashing.errors import FlashError
from tools.rig import boards
from tools.rig.errors import RigError
from tools.rig.firmware import board_files
from tools.rig.interpreter import find_mpy_cross
from tools.rig.profiles import HARDWARE, PROFILES
from tools.rig.selection import purpose

pytestmark = pytest.mark.skipif(find_mpy_cross() is None, reason="no mpy-cross installed")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    path, public = bundle_in(tmp_path_factory.mktemp("bundle"))
    return open_bundle(path, [public])


def refused(bundle, *wish):
    with pytest.raises(FlashError) as told:
        bundle.files(*wish)
    return told.value


def test_it_has_all_boards_profiles_and_chips(bundle):
    assert bundle.boards == boards.names()
    assert set(bundle.profiles) == {*PROFILES, *HARDWARE}
    assert bundle.chips == ["esp32", "esp32s3"]
    assert {bundle.board(name)["mcu"] for name in bundle.boards} == set(bundle.chips)


@pytest.mark.parametrize(
    ("board", "profile"),
    [
        ("heltec-v3", "air-station"),
        ("heltec-v3", None),
        ("esp32-wired", "air"),
        ("heltec-v3", "weather"),
        ("lora32-v21", "parking"),
        ("t-beam-sx1276", "traffic-radar"),
        ("t-beam-sx1262", None),
    ],
)
def test_a_board_gets_from_it_what_it_gets_from_the_checkout(bundle, board, profile):
    role = "node" if profile else "modem"
    files = bundle.files(board, profile, role)
    release = json.loads(files.pop("/release.json"))
    assert files == board_files(ROOT, purpose(ROOT, board, profile, role))
    image = bundle.image(bundle.board(board)["mcu"])
    assert release == {
        "version": bundle.version,
        "commit": bundle.commit,
        "bundle": bundle.hash[:16],
        "image": hashlib.sha256(image.data).hexdigest()[:16],
    }


def test_what_fits_together_is_what_the_checkout_says(bundle):
    for board in bundle.boards:
        for profile in (*bundle.profiles, None):
            role = "node" if profile else "modem"
            try:
                purpose(ROOT, board, profile, role)
            except RigError:
                refused(bundle, board, profile, role)
            else:
                assert bundle.files(board, profile, role)


def test_what_starts_a_board_and_who_it_is_can_be_told_apart(bundle):
    files = bundle.files("heltec-v3", "air")
    assert {"/boot.py", "/main.py", "/firmware.hash"} <= set(files)
    assert not [path for path in files if path.startswith(("/identity", "/config", "/state"))]


@pytest.mark.parametrize(
    ("wish", "code", "values"),
    [
        (("nobody", "air"), "F212", {"board": "nobody"}),
        (("", "air"), "F212", {"known": boards.names()}),
        (("../boards/heltec-v3", "air"), "F212", {}),
        (("heltec-v3", "nothing"), "F213", {"profile": "nothing"}),
        (("heltec-v3", None), "F213", {}),
        (("heltec-v3", "air", "gateway"), "F216", {"role": "gateway", "known": ROLES}),
        (("heltec-v3", "air", "modem"), "F215", {"board": "heltec-v3"}),
        (("esp32-wired", None, "modem"), "F215", {"board": "esp32-wired"}),
        (("lora32-v21", "noise-street"), "F214", {"wire": "i2s", "profile": "noise-street"}),
        (("esp32-rfm95", "weather"), "F214", {"wire": "battery"}),
        (("t-beam-sx1262", "air-station"), "F214", {"wire": "i2c"}),
    ],
)
def test_a_wish_that_does_not_fit_says_what_there_is(bundle, wish, code, values):
    error = refused(bundle, *wish)
    assert error.code == code
    assert {name: error.values[name] for name in values} == values
    if code != "F216":
        assert error.values["known"]


def test_boards_that_can_be_modems_are_named_and_can(bundle):
    known = refused(bundle, "esp32-wired", None, "modem").values["known"]
    assert "esp32-wired" not in known
    for board in known:
        assert "/lib/node/modem/app.mpy" in bundle.files(board, None, "modem")


def test_profiles_that_fit_a_board_are_named_and_do(bundle):
    known = refused(bundle, "esp32-rfm95", "weather").values["known"]
    assert {"air", "air-station"} <= set(known) < set(bundle.profiles)
    for profile in known:
        assert bundle.files("esp32-rfm95", profile)


def test_a_chip_without_an_image_is_said(bundle, tmp_path):
    small = tmp_path / "small.bundle"
    made = making.make(small, [loaded("esp32s3")], key_in(tmp_path), small_checkout(tmp_path))
    assert made.files("heltec-v3", "air")
    for call in (lambda: made.image("esp32"), lambda: made.files("esp32-wired", "air")):
        with pytest.raises(FlashError) as told:
            call()
        assert told.value.code == "F217"
        assert told.value.values == {"chip": "esp32", "known": ["esp32s3"]}
    assert bundle.image("esp32").offset == 0x1000


def test_a_frozen_image_needs_no_libraries(bundle, tmp_path):
    path = tmp_path / "frozen.bundle"
    images, root = [loaded("esp32"), loaded("esp32s3")], small_checkout(tmp_path)
    made = making.make(path, images, key_in(tmp_path), root, frozen=["esp32"])
    assert made.image("esp32").frozen
    assert not made.image("esp32s3").frozen
    files = made.files("esp32-wired", "air")
    assert not [path for path in files if path.startswith("/lib/")]
    kept = {path for path in bundle.files("esp32-wired", "air") if not path.startswith("/lib/")}
    assert set(files) == kept
    assert set(made.files("heltec-v3", "air")) == set(bundle.files("heltec-v3", "air"))


def test_images_come_out_as_they_went_in(bundle):
    for chip, has_vfs in (("esp32", True), ("esp32s3", False)):
        image = bundle.image(chip)
        assert image.data == loaded(chip, has_vfs).data
        assert image.sha256 == hashlib.sha256(image.data).hexdigest()
        assert image.version == "v1.26.0"
        assert image.vfs_size(8 << 20) == (2 << 20 if has_vfs else 6 << 20)


def test_what_is_for_people_comes_along(bundle):
    assert bundle.board("heltec-v3")["sources"]
    assert b"sources" not in bundle.files("heltec-v3", "air")["/board.json"]
    assert bundle.profile("weather")["interval_s"] == 900
    assert "Not* measured" in bundle.text("profiles")
    assert "heltec-v3" in bundle.text("boards")
    assert "Apache License" in bundle.text("licence")


def test_what_it_says_of_itself_can_be_shown_without_trust(bundle, tmp_path):
    path, _ = bundle_in(tmp_path)
    shown = making.show(path)
    assert shown["hash"] == bundle.hash
    assert shown["boards"] == bundle.boards
    assert shown["images"]["esp32"]["version"] == "v1.26.0"
    assert json.loads(json.dumps(shown)) == shown
    with pytest.raises(FlashError, match="F206"):
        open_bundle(path, [bytes(32)])
    assert open_bundle(path, [PUBLIC]).commit == shown["commit"]


def test_our_own_version_is_that_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == TOOL

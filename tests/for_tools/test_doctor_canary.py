"""The keys of a board and of its workshop, which must not get out: the whole way of a board."""

import base64
import json
import zipfile

import pytest

from tests.for_tools.doctored import FLASH_BYTES, VFS_AT
from tests.for_tools.flashing_bench import bench_in
from tools.flashing import filesystem, keys
from tools.flashing.doctor import Means, examine
from tools.flashing.doctor.listening import Patience

pytestmark = pytest.mark.board

MEANS = Means(patience=Patience(0.1, 0.2, 0.1, 0.2, 0.1))
# What a node writes itself while it starts and while somebody opens its console.
ITS_OWN = ("/state/", "/log/", "/journal/", "/config.good", "/identity.bak")


def files_of(board) -> dict[str, bytes]:
    """Return what stands in the filesystem of a board that has no power."""
    return filesystem.read(board.flash.read_bytes()[VFS_AT:], FLASH_BYTES - VFS_AT)


def forms(secret: bytes) -> list[bytes]:
    """Return how a secret may be found in lower case; by other means than `redact` has."""
    inner = [base64.b64encode(bytes(lead) + secret + bytes(3))[4:-6] for lead in range(3)]
    return [form.lower() for form in (secret, secret.hex().encode(), *inner)]


def test_a_board_that_was_set_up_is_examined_without_a_key_getting_out(tmp_path, micropython):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        assert bench.set_up(board).error is None
        board.power_cut()
        before = files_of(board)
        board.power_on()
        told: list[str] = []
        report = examine(
            board.port, bench.workshop, lambda _: False, told.append,
            reset=True, bundle_out=tmp_path / "out.zip", means=MEANS,
        )  # fmt: skip
        board.power_cut()
        after = files_of(board)
    assert [finding.error.code for finding in report.findings] == ["F762"], report.text("en")
    assert report.facts.recorded.state == "finished"

    identity = json.loads(before["/identity.json"])
    secrets = [bytes.fromhex(value) for name, value in identity.items() if name.endswith("key")]
    secrets += [keys.read_secret(path) for path in bench.workshop.folder.glob("*.key")]
    assert len(secrets) >= 4
    shown = json.dumps(report.json()) + report.text("de") + report.text("en") + "\n".join(told)
    with zipfile.ZipFile(report.bundle) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, data in {"shown": shown.encode(), **parts}.items():
        for secret in secrets:
            assert not any(form in data.lower() for form in forms(secret)), name

    kept = {path for path in before if not path.startswith(ITS_OWN)}
    assert {path: after[path] for path in kept} == {path: before[path] for path in kept}
    assert {path for path in after if not path.startswith(ITS_OWN)} == kept

"""A board's filesystem that is read over a cable only where it is looked into."""

import pytest

from tools.flashing import filesystem
from tools.flashing.errors import FlashError

SIZE = 0x200000
PATHS = ("/identity.json", "/identity.bak")
FILES = {f"/lib/node/{number}.mpy": bytes([number]) * 5000 for number in range(60)}


class Flash:
    """Blocks of a partition; `asked` are the places that were read, `fails_at` one that is not."""

    def __init__(self, data, fails_at=None):
        self._data = data.ljust(SIZE, b"\xff")
        self._fails_at = fails_at
        self.asked = []

    def read(self, offset, count):
        """Return bytes, as a chip does."""
        self.asked.append(offset)
        if len(self.asked) == self._fails_at:
            raise FlashError("F104", port="x")
        return self._data[offset : offset + count]


@pytest.mark.parametrize("content", [b'{"node": 1}', b'{"node": 1}' + b" " * 9000])
def test_a_file_is_found_without_reading_all(content):
    flash = Flash(filesystem.build({**FILES, "/identity.json": content}, SIZE))
    assert filesystem.some(flash.read, SIZE, PATHS) == [content]
    assert len(flash.asked) < 20


def test_where_no_filesystem_is_nothing_is_found():
    for data in (b"", bytes(8192), b"\x11littlefs\x22" * 4096):
        assert filesystem.some(Flash(data).read, SIZE, PATHS) == []


def test_a_cable_that_is_pulled_meanwhile_is_told():
    data = filesystem.build({**FILES, "/identity.json": b"{}" * 9000}, SIZE)
    for fails_at in (1, 2, 4):
        with pytest.raises(FlashError) as caught:
            filesystem.some(Flash(data, fails_at).read, SIZE, PATHS)
        assert caught.value.code == "F104"

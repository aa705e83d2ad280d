"""LittleFS v2 as MicroPython mounts it: made from files for a board, read back from its flash.

Place: Bundle.files -> `build` -> chip, together with the image; chip -> `read` -> doctor; chip ->
`without` -> chip; chip -> `some` -> steps.
Guarantee: the same files and size give the same bytes. `build` hands over nothing that it has not
read back itself. Whatever stands in flash, `read` answers with files or one FlashError.

How MicroPython mounts (extmod/vfs_lfs.c and vfs_lfsx.c, v1.23 to v1.29): blocks of 4096 bytes,
read, program and lookahead size 32, cache 4 times that, moved after 100 cycles. On flash only block
size, count and limits stand, but a file that is no longer than the cache lies within its folder's
block, and is read from there through a cache of that size. LittleFS is 2.8 to 2.11 there; all write
version 2.1 on flash. The time of a file, which MicroPython keeps as an attribute, is optional: none
here.
"""

from collections.abc import Callable, Collection, Iterator

from littlefs import LittleFS, UserContext, lfs
from littlefs.errors import LittleFSError

from tools.flashing.errors import FlashError

BLOCK_BYTES = 4096
_UNIT_BYTES = 32  # what MicroPython reads, programs and looks ahead at once
_INLINE_BYTES = 4 * _UNIT_BYTES
_BLOCK_CYCLES = 100
_LEAST_BLOCKS = 4
_MOST_ENTRIES, _DEEPEST = 10_000, 16
_ERASED = b"\xff" * BLOCK_BYTES
_NO_SPACE = -28
_MAGIC = b"littlefs"  # in the first two blocks (SPEC.md of LittleFS, "The superblock")


def build(files: dict[str, bytes], size: int) -> bytes:
    """Return the beginning of a partition of `size` bytes that holds `files`, by absolute path.

    What is behind it in the partition has to be erased. F250 where the files need more room.
    """
    count = size // BLOCK_BYTES
    for blocks in _sizes(files, count):
        flash = _Flash(_ERASED * blocks)
        try:
            _write_all(flash, blocks, count, files)
        except LittleFSError as e:
            if e.code != _NO_SPACE:
                raise
            continue
        image = bytes(flash.buffer).rstrip(b"\xff")
        image += b"\xff" * (-len(image) % BLOCK_BYTES)
        if read(image, size) != files:
            raise RuntimeError("a filesystem does not hold what was written into it")
        return image
    raise FlashError("F250", needed=sum(map(len, files.values())), size=size)


def read(data: bytes, size: int) -> dict[str, bytes]:
    """Return all files by absolute path from a partition of `size` bytes that begins with `data`.

    Empty folders do not show. F251 where there is no filesystem, or a broken one.
    """
    count = size // BLOCK_BYTES
    flash = _Flash(data.ljust(count * BLOCK_BYTES, b"\xff"))
    filesystem = _filesystem(flash, count)
    try:
        filesystem.mount()
        try:
            return dict(_files(filesystem, size))
        finally:
            filesystem.unmount()
    except (LittleFSError, UnicodeDecodeError) as e:
        raise FlashError("F251", why=_reason(e)) from e


def some(read: Callable[[int, int], bytes], size: int, paths: Collection[str]) -> list[bytes]:
    """Return the contents of those of the paths that are in a partition of `size` bytes.

    `read(offset, count)` returns bytes of it, and is asked for the blocks only that it takes. None
    where there is no filesystem, or a broken one.
    """
    head = read(0, 2 * BLOCK_BYTES)
    if _MAGIC not in head:
        return []
    flash = _Remote(read, head)
    filesystem = _filesystem(flash, size // BLOCK_BYTES)
    found = []
    try:
        filesystem.mount()
        names = filesystem.listdir("/")
        for path in paths:
            if path[1:] in names:
                with filesystem.open(path, "rb") as file:
                    found.append(file.read())
        filesystem.unmount()
    except (LittleFSError, UnicodeDecodeError):
        found = []
    if flash.error is not None:
        raise flash.error
    return found


def without(data: bytes, size: int, paths: Collection[str]) -> list[tuple[int, bytes]]:
    """Return the blocks that change where files are removed, as (place, new content).

    Everything else stays where it is, so little is written. F251 as `read`.
    """
    count = size // BLOCK_BYTES
    before = data.ljust(count * BLOCK_BYTES, b"\xff")
    flash = _Flash(before)
    filesystem = _filesystem(flash, count)
    try:
        filesystem.mount()
        for path in paths:
            if path[1:] in filesystem.listdir("/"):
                filesystem.remove(path)
        filesystem.unmount()
    except LittleFSError as e:
        raise FlashError("F251", why=_reason(e)) from e
    places = range(0, len(before), BLOCK_BYTES)
    blocks = ((at, bytes(flash.buffer[at : at + BLOCK_BYTES])) for at in places)
    return [(at, block) for at, block in blocks if block != before[at : at + BLOCK_BYTES]]


class _Flash(UserContext):
    """What LittleFS works on; the package's own writes a line to a log for each access."""

    buffer: bytearray

    def __init__(self, content: bytes):
        super().__init__(buffer=bytearray(content))

    def read(self, cfg: object, block: int, off: int, size: int) -> bytearray:
        """Return some bytes of a block."""
        at = block * BLOCK_BYTES + off
        return self.buffer[at : at + size]

    def prog(self, cfg: object, block: int, off: int, data: bytes) -> int:
        """Write some bytes of an erased block."""
        at = block * BLOCK_BYTES + off
        self.buffer[at : at + len(data)] = data
        return 0

    def erase(self, cfg: object, block: int) -> int:
        """Set all bits of a block."""
        at = block * BLOCK_BYTES
        self.buffer[at : at + BLOCK_BYTES] = _ERASED
        return 0

    def sync(self, cfg: object) -> int:
        """Do nothing: what is written is there."""
        return 0


class _Remote(UserContext):
    """Flash that is read only where LittleFS looks; `error` is what kept it from being read."""

    def __init__(self, read: Callable[[int, int], bytes], head: bytes):
        super().__init__(buffer=bytearray())
        self._read = read
        self._blocks = {0: head[:BLOCK_BYTES], 1: head[BLOCK_BYTES:]}
        self.error: FlashError | None = None

    def read(self, cfg: object, block: int, off: int, size: int) -> bytearray:
        """Return some bytes of a block; LittleFS cannot be told that there are none."""
        if block not in self._blocks and self.error is None:
            try:
                self._blocks[block] = self._read(block * BLOCK_BYTES, BLOCK_BYTES)
            except FlashError as e:
                self.error = e
        return bytearray(self._blocks.get(block, _ERASED)[off : off + size])

    def prog(self, cfg: object, block: int, off: int, data: bytes) -> int:
        """Refuse to write."""
        return _NO_SPACE

    def erase(self, cfg: object, block: int) -> int:
        """Refuse to write."""
        return _NO_SPACE

    def sync(self, cfg: object) -> int:
        """Do nothing: nothing was written."""
        return 0


def _filesystem(flash: UserContext, blocks: int) -> LittleFS:
    return LittleFS(
        flash,
        mount=False,
        block_size=BLOCK_BYTES,
        block_count=blocks,
        read_size=_UNIT_BYTES,
        prog_size=_UNIT_BYTES,
        cache_size=_INLINE_BYTES,
        lookahead_size=_UNIT_BYTES,
        block_cycles=_BLOCK_CYCLES,
    )


def _sizes(files: dict[str, bytes], most: int) -> Iterator[int]:
    """Yield how many blocks to try: what the files should need, then more, up to all there are.

    LittleFS begins anywhere in what it may use, so that flash wears evenly. To have the files at
    the front it first gets a small one, which then grows.
    """
    pairs = 1 + len(_folders(files))
    blocks = 2 * pairs + sum(1 + len(data) // BLOCK_BYTES for data in files.values())
    while blocks < most:
        yield max(blocks, _LEAST_BLOCKS)
        blocks += 1 + blocks // 8
    if most >= _LEAST_BLOCKS:
        yield most


def _folders(files: dict[str, bytes]) -> list[str]:
    """Return the folders of all files, outer ones first."""
    found: set[str] = set()
    for path in files:
        parts = path.split("/")
        found.update("/".join(parts[:count]) for count in range(2, len(parts)))
    return sorted(found)


def _write_all(flash: _Flash, blocks: int, count: int, files: dict[str, bytes]) -> None:
    filesystem = _filesystem(flash, blocks)
    filesystem.format()
    filesystem.mount()
    for folder in _folders(files):
        filesystem.mkdir(folder)
    for path in sorted(files):
        with filesystem.open(path, "wb") as file:
            file.write(files[path])
    if blocks != count:
        lfs.fs_grow(filesystem.fs, count)
    filesystem.unmount()


def _files(filesystem: LittleFS, size: int) -> Iterator[tuple[str, bytes]]:
    """Yield path and content; F251 where they are more than a partition of `size` bytes can have.

    Folders that are within themselves, as somebody might build them, come to that as well.
    """
    waiting, seen = [""], 0
    while waiting:
        folder = waiting.pop()
        for entry in filesystem.scandir(folder or "/"):
            path, seen = f"{folder}/{entry.name}", seen + 1
            size -= entry.size
            if size < 0 or seen > _MOST_ENTRIES or path.count("/") > _DEEPEST:
                raise FlashError("F251", why=f"too much at {path[:80]}")
            if entry.type == lfs.LFSStat.TYPE_DIR:
                waiting.append(path)
                continue
            with filesystem.open(path, "rb") as file:
                yield path, file.read()


def _reason(error: Exception) -> str:
    return str(error).rpartition("LFS_ERR_")[2] or str(error)

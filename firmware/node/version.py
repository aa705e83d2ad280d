"""The version of the firmware, as its Hello tells it, and the hash and commit of what is installed.

Place: /firmware.hash -> `firmware_hash` -> status, crash digests; /release.json -> `commit` ->
status.
Guarantee: a board whose files nobody hashed, or that came from no bundle, says zeros.
"""

VERSION = "0.1.0"


def firmware_hash() -> bytes:
    """Return the first 4 bytes of the SHA-256 over what is installed; the file has 8 hex digits."""
    import binascii  # a short wake wants the version only

    from node import files

    try:
        found = binascii.unhexlify((files.read_bytes("/firmware.hash") or b"").strip())
    except ValueError:
        found = b""
    return found if len(found) == 4 else bytes(4)


def commit() -> int:
    """Return the first 4 bytes of the commit that the bundle was made from, 0 where none is."""
    from node import fields
    from node.errors import NodeError

    try:
        return int(fields.read_object("/release.json")["commit"][:8], 16)
    except (NodeError, KeyError, TypeError, ValueError):
        return 0

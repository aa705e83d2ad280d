"""Who a node is: its address, the epoch of its key, and the key; kept twice.

Place: /identity.json, else /identity.bak -> `load` -> config; `replace` where a new key comes.
Guarantee: no nonce is used twice. The counter of frames never goes back, whatever the key: so a cut
anywhere in `replace` costs nothing, for each key meets numbers only that no key has met. Only a
hand that sets /state/frame_counter to 0 for a new key could break that, if the copy of the old one
came into use then. So the counter says which identity it counts for, and the copy of another is
no use.
"""

import binascii
import json

from node import counters, fields, files
from node.errors import NodeError

PATH = "/identity.json"
_COPY = "/identity.bak"
# field: (type, default or None where it must be given, lowest, highest)
_RULES = {
    "node": (int, None, 0, 65535),
    "epoch": (int, None, 0, 4294967295),
    "key": (str, None, 32, 32),
    "service_key": (str, "", 0, 32),  # of the technician, see `unlock`
}


def load(into):
    """Set `node`, `epoch` and `key` (16 bytes); return None, or what was wrong with the first copy.

    NodeError where neither copy is of use.
    """
    problem = None
    try:
        given = _checked(PATH)
    except NodeError as e:
        given = _copy()
        if given is None:
            raise e
        problem = str(e)
    counters.bind(_mark(given))
    into.node = given["node"]
    into.epoch = given["epoch"]
    into.key = binascii.unhexlify(given["key"])
    return problem


def replace(epoch: int, key: bytes) -> None:
    """Keep a new key before a frame is sealed with it; OSError: the old one stays.

    Once the first copy is new it is in use, whatever happens to the second: the next start makes
    that, and the old one is no danger, see above.
    """
    try:
        given = _checked(PATH)
    except NodeError:
        given = _checked(_COPY)
    given["epoch"] = epoch
    given["key"] = binascii.hexlify(key).decode()
    data = json.dumps(given).encode()
    files.write_atomic(PATH, data)
    counters.bind(_mark(given))
    try:
        files.write_atomic(_COPY, data)
        counters.store_bound()
    except (OSError, NodeError):
        pass


def keep_copy() -> None:
    """Make the second copy like the first, where the first is sound."""
    data = files.read_bytes(PATH)
    if data is None or data == files.read_bytes(_COPY):
        return
    try:
        _checked(PATH)
    except NodeError:
        return  # the node has started with the second
    files.write_atomic(_COPY, data)


def _checked(path: str) -> dict:
    given = fields.checked(path, _RULES)
    try:
        binascii.unhexlify(given["key"])
    except ValueError:
        raise NodeError(path + ": key is no hexadecimal number of 32 digits")
    return given


def _copy():
    try:
        given = _checked(_COPY)
    except NodeError:
        return None
    return given if counters.bound_to() == _mark(given).encode() else None


def _mark(given: dict) -> str:
    text = "%d %d %s" % (given["node"], given["epoch"], given["key"].lower())
    return "%08x" % binascii.crc32(text.encode())

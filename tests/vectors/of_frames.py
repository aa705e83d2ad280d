"""The frames and records of the golden vectors."""

KEY = "000102030405060708090a0b0c0d0e0f"
OTHER_KEY = "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
OK = "626f6b"
ACK = "1a00011170"
POLL = "f6"


def up(node: int, counter: int, plain: str, **changes) -> dict:
    """Return the fields of an uplink."""
    fields = {
        "key": KEY,
        "node": node,
        "direction": "up",
        "epoch": 1,
        "counter": counter,
        "asks": False,
        "whole": False,
        "strong": False,
        "tag_length": 8,
        "plain": plain,
    }
    return fields | changes


def answer(node: int, counter: int, plain: str, **changes) -> dict:
    """Return the fields of an answer."""
    fields = {
        "key": KEY,
        "node": node,
        "direction": "answer",
        "epoch": 1,
        "counter": counter,
        "more": False,
        "tag_length": 8,
        "plain": plain,
    }
    return fields | changes


NODES = (0, 23, 24, 255, 256, 65535)
COUNTERS = (0, 23, 24, 255, 256, 65535, 65536, 70000, 4294967295)

FRAMES = [
    *((f"uplink of node {node}", up(node, 300, OK)) for node in NODES),
    *((f"answer to node {node}", answer(node, 300, ACK)) for node in NODES),
    *((f"uplink {counter}", up(42, counter, OK)) for counter in COUNTERS),
    *((f"uplink {counter}, whole", up(42, counter, OK, whole=True)) for counter in COUNTERS),
    *(
        (f"uplink {counter} that asks", up(42, counter, OK, asks=True, whole=whole))
        for counter, whole in ((0, False), (23, False), (24, False), (65535, False), (70000, True))
    ),
    *((f"answer to uplink {counter}", answer(42, counter, ACK)) for counter in COUNTERS),
    ("answer, and more waits", answer(42, 300, ACK, more=True)),
    ("answer to uplink 23, and more waits", answer(42, 23, ACK, more=True)),
    ("over LoRa, a tag of 4 bytes", up(42, 300, OK, tag_length=4)),
    ("over LoRa, asking", up(42, 300, OK, tag_length=4, asks=True)),
    ("over LoRa, asking in vain", up(42, 300, OK, tag_length=4, asks=True, strong=True)),
    (
        "over LoRa, asking in vain with the whole counter",
        up(42, 70000, OK, tag_length=4, asks=True, strong=True, whole=True),
    ),
    ("an answer over LoRa has 8 bytes too", answer(42, 300, ACK, tag_length=4)),
    ("the first hello of a node", up(42, 0, "850003000065302e312e30", asks=True, whole=True)),
    ("a poll", up(42, 301, POLL, asks=True)),
    ("an empty plaintext", up(42, 5, "")),
    ("three blocks", up(42, 301, bytes(range(48)).hex())),
    ("a text of 24 bytes with its tag", up(42, 301, bytes(16).hex())),
    ("a text of 256 bytes with its tag", up(42, 301, bytes(248).hex())),
    ("epoch 0", up(42, 300, OK, epoch=0)),
    ("the largest epoch", up(42, 300, OK, epoch=4294967295)),
    ("another key", up(42, 300, OK, key=OTHER_KEY)),
    ("an answer in another epoch", answer(42, 300, ACK, epoch=2)),
    (
        "everything at its limit",
        up(65535, 4294967295, OK, epoch=4294967295, asks=True, whole=True),
    ),
]

RECORDS = [
    ("no zero", "11223344"),
    ("one zero", "00"),
    ("only zeros", "000000"),
    ("zero at both ends", "00112200"),
    ("a frame", "83182a19012c4b7171de3a9c7e4b702b6e04"),
    ("253 bytes without a zero", bytes(range(1, 254)).hex()),
    ("a full block", bytes(range(1, 255)).hex()),
    ("a full block and more", bytes(range(1, 256)).hex() + "00"),
    ("a full block before a zero", "07" * 254 + "00" + "08" * 20),
    ("two full blocks", "07" * 508),
]

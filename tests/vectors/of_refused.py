"""What must be refused: (why, bytes) of messages and records, and frames with who reads them."""

from protocol import cbor
from tests.shared.forms import IMAGE
from tests.shared.handmade import batch_bits, bits, golomb

U32 = (1 << 32) - 1
SAME = golomb(0, 6) + "1111"
TIME = {0: 213, -2: [1, 1750000000, 0]}

RAW = [
    ("nothing at all", ""),
    ("a head that is cut", "19"),
    ("a number that is not the shortest", "1817"),
    ("bytes after the item", "f6f6"),
    ("a text without end", "7f6161ff"),
    ("a text that is not UTF-8", "61ff"),
    ("a text with an overlong form", "62c080"),
    ("a text with a surrogate", "63eda080"),
    ("a text with a code point beyond Unicode", "64f4908080"),
    ("undefined", "f7"),
    ("false", "f4"),
    ("a float", "f93c00"),
    ("a tag", "c11a514b67b0"),
    ("a negative number", "20"),
    ("an array longer than the data", "9a7fffffff00"),
    ("map keys in another order than bytewise", "a22183011a684ee180000018d5"),
    ("a map key twice", "a30018d50018d52183011a684ee18000"),
    ("nested deeper than 4", "82018181818100"),
]

ITEMS = [
    ("ack beyond 32 bits", 1 << 32),
    ("no kind", []),
    ("an unknown kind", [10, 1]),
    ("true is not kind 1", [True, None]),
    ("hello without a firmware", [0, 1, 0, 0]),
    ("hello: oldest after next", [0, 1, 2, 1, ""]),
    ("hello: boot beyond 32 bits", [0, 1 << 32, 0, 0, ""]),
    ("hello: text longer than 64 bytes", [0, 1, 0, 0, "x" * 65]),
    ("hello: unsure at next", [0, 1, 0, 5, "", 5]),
    ("hello: one item too many", [0, 1, 0, 5, "", 4, 0]),
    ("ack that is not the shortest", [1, 5]),
    ("ack with no fields", [1, 5, {}]),
    ("ack: no gaps", [1, 5, {1: []}]),
    ("ack: a gap of 0", [1, 5, {1: [1, 0]}]),
    ("ack: more than 32 gaps", [1, 5, {1: [1] * 33}]),
    ("ack: gaps beyond 32 bits", [1, 5, {1: [U32 - 4]}]),
    ("ack: 32 gaps beyond 32 bits", [1, 0, {1: [U32] * 32}]),
    ("ack: gaps and nothing expected", [1, None, {1: [1]}]),
    ("ack: unreadable is only ever true", [1, 5, {3: False}]),
    ("ack: strong is only ever true", [1, 5, {7: 1}]),
    ("ack: a link without margin", [1, 5, {4: -60, 5: 40}]),
    ("ack: a level below -128", [1, 5, {4: -129, 5: 0, 6: 0}]),
    ("ack: a level that is true", [1, 5, {4: True, 5: 0, 6: 0}]),
    ("ack: time beyond 48 bits", [1, 5, {0: 1 << 48}]),
    ("status without its map", [2]),
    ("status: number beyond 48 bits", [2, {0: 1 << 48}]),
    ("status: a number that is true", [2, {0: True}]),
    ("status: a negative field", [2, {-1: 0}]),
    ("crash: module of 9 bytes", [3, 1, "123456789", 1, bytes(4)]),
    ("crash: line beyond 16 bits", [3, 1, "main", 1 << 16, bytes(4)]),
    ("crash: firmware of 3 bytes", [3, 1, "main", 1, bytes(3)]),
    ("gone: nothing", [4, 5, 0]),
    ("gone: beyond the last number", [4, U32, 2]),
    ("command: one argument too many", [5, 1, 5, 0]),
    ("command: an argument is missing", [5, 1, 1, 3]),
    ("command: argument beyond its bits", [5, 1, 6, 256]),
    ("command: a key of 15 bytes", [5, 1, 11, 1, bytes(15)]),
    ("command: text longer than 160 bytes", [5, 1, 1, 3, "x" * 161]),
    ("result: an unknown code", [6, 1, 5]),
    ("result: null is no value", [6, 1, 0, None]),
    ("result: a negative number", [6, 1, 0, -1]),
    ("result: more than 160 bytes", [6, 1, 0, bytes(161)]),
    ("result: a map that is no reading", [6, 1, 0, {0: 213}]),
    ("offer: no size", [7, IMAGE, 0, 1, ""]),
    ("offer: blocks of more than 400 bytes", [7, IMAGE, 1, 401, ""]),
    ("offer: image of 7 bytes", [7, IMAGE[1:], 1, 1, ""]),
    ("want: more than 32 bytes of bitmap", [8, IMAGE, 0, bytes(33)]),
    ("block: empty", [9, IMAGE, 0, b""]),
    ("block: more than 400 bytes", [9, IMAGE, 0, bytes(401)]),
    ("note longer than 64 bytes", "x" * 65),
    ("reading without a time", {0: 213}),
    ("reading without values", {-2: [1, 0, 0]}),
    ("reading: slot time", TIME | {-2: [0, 5, 0]}),
    ("reading: accuracy beyond 7", TIME | {-2: [1, 0, 8]}),
    ("reading: a bound with an accuracy", TIME | {-2: [3, 0, 6]}),
    ("reading: an unknown quantity", TIME | {200: 1}),
    ("reading: a quantity beyond 16 bits", TIME | {1 << 16: ["", "", 0, 1]}),
    ("reading: a value beyond the limit", TIME | {0: 524288}),
    ("reading: a histogram with 5 values", TIME | {13: [1] * 5}),
    ("reading: quality of nothing", TIME | {-3: {1: 1}}),
    ("reading: quality that says valid", TIME | {-3: {0: 0}}),
    ("reading: quality that says fault", TIME | {-3: {0: 4}}),
    ("reading: null, and a quality that says fault", TIME | {1: None, -3: {1: 4}}),
    ("reading: null, and another quality", TIME | {1: None, -3: {1: 2}}),
    ("reading: described null, and a quality", TIME | {256: ["", "", 0, None], -3: {256: 1}}),
    ("reading: an unknown key", TIME | {-4: 1}),
    ("reading: 17 values", TIME | {256 + i: ["", "", 0, 1] for i in range(16)}),
    ("reading: a name of 25 bytes", TIME | {256: ["x" * 25, "", 0, 1]}),
]

BATCHES = [
    ("batch: no bits", b""),
    ("batch: bits end early", batch_bits()[:-1]),
    ("batch: a byte after the last", batch_bits() + b"\x00"),
    ("batch: a one in the last byte", batch_bits(columns=golomb(0, 6) + "000001")),
    ("batch: 65 places", batch_bits(span=golomb(64, 3), columns=SAME)),
    ("batch: no sample in the first place", batch_bits(span=golomb(2, 3), presence="0011")),
    ("batch: no sample in the last place", batch_bits(span=golomb(2, 3), presence="0110")),
    (
        "batch: a presence that leaves nothing out",
        batch_bits(span=golomb(1, 3), presence="011", columns=SAME),
    ),
    (
        "batch: more older samples than numbers",
        batch_bits(number="1" + bits(5, 32) + golomb(6, 6)),
    ),
    (
        "batch: more older samples than any writer tells",
        batch_bits(number="1" + bits(U32, 32) + golomb((1 << 22) - 63, 6)),
    ),
    (
        "batch: a sample beyond the last number",
        batch_bits(number="1" + bits(U32, 32) + golomb(0, 6), span=golomb(1, 3), columns=SAME),
    ),
    ("batch: an unknown quantity", batch_bits(ids=golomb(0, 1) + golomb(200, 2))),
    ("batch: 33 quantities", batch_bits(ids=golomb(32, 1) + golomb(0, 2) + "1" * 32)),
    ("batch: an interval that has a code", batch_bits(interval="1111" + bits(60, 20))),
    (
        "batch: slot time without an interval",
        batch_bits(interval="1111" + bits(0, 20), time="00" + bits(5, 6) + "000"),
    ),
    (
        "batch: two places without an interval",
        batch_bits(interval="1111" + bits(0, 20), span=golomb(1, 3), columns=SAME),
    ),
    ("batch: an age beyond the longest", batch_bits(time="10" + golomb(4194273, 5) + "000")),
    ("batch: quality that says nothing", batch_bits(quality="01")),
    ("batch: quality 6", batch_bits(quality="001" + "110")),
    ("batch: all of one code, and it is valid", batch_bits(quality="001" + "000")),
    (
        "batch: the same code for each value",
        batch_bits(span=golomb(1, 3), quality="000" + "001" * 2, columns=SAME),
    ),
    ("batch: a first value beyond the limit", batch_bits(columns=golomb(2 * 524138, 6))),
    (
        "batch: a later value beyond the limit",
        batch_bits(
            span=golomb(1, 3),
            columns=golomb(2 * (524287 - 150), 6) + "0000" + "110",
        ),
    ),
    ("batch: an Exp-Golomb code too long", batch_bits(columns="0" * 40 + "1")),
]

MESSAGES = (
    [(why, bytes.fromhex(text)) for why, text in RAW]
    + [(why, cbor.dumps(item)) for why, item in ITEMS]
    + [(why, cbor.dumps(data)) for why, data in BATCHES]
)

# The reader is node 42 in epoch 1 on a wire; the gateway's window is at counter 299, the node
# waits for the answer to uplink 300.
MALFORMED_FRAMES = [
    ("nothing at all", ""),
    ("an array of two", "82182a18c8"),
    ("an array without end", "9f182a18c840ff"),
    ("an address that is not the shortest", "8319002a18c840"),
    ("an address beyond 16 bits", "831a0001000018c840"),
    ("an address that is text", "83612a18c840"),
    ("a count that is not the shortest", "83182a1900c840"),
    ("a count beyond 32 bits", "83182a1b000000010000000040"),
    ("an answer with a count of 24", "833829181840"),
    ("a sealed part that is text", "83182a18c860"),
    ("a sealed part that is cut", "83182a18c842aa"),
    ("a byte after the sealed part", "83182a18c84000"),
    ("a sealed part with a long length", "83182a18c8580100"),
]

RECORDS = [
    ("a code beyond the end", "051122"),
    ("a code in the middle beyond the end", "02110922"),
    ("longer than any record", "01" * 600),
]

"""The two MQTT packets that run for every message: PUBLISH out, PUBACK in. Pure.

Place: broker -> Encoder -> socket; socket -> Splitter -> acknowledgements to broker, rest to paho.
Guarantee: `Splitter` takes bytes cut anywhere, keeps at most one unfinished packet of `LONGEST`
bytes, and raises PacketError for what is malformed, or longer and no PUBLISH. A longer PUBLISH is
cut: in MQTT 3.1.1 nobody can tell a broker how much we take, and one that nobody acknowledges comes
again with each connection, for ever.

paho makes an object with a lock, three mutexes and a Python list of properties for every message,
and reads each PUBACK with three calls of recv(): 66 µs a message. Formats: MQTT 5.0 (OASIS, 2019),
1.5 data types, 2.1 packet, 3.3 PUBLISH, 3.4 PUBACK; MQTT 3.1.1 (2014), the same sections.
"""

LONGEST = 262_144  # of what a broker sends us: commands are short
_CUT_TO = 131_072  # a longer PUBLISH: room for any topic, and more payload than commands take

_PUBLISH = 0x30
_PUBLISH_QOS_1 = 0x32
_RETAIN = 0x01
_PUBACK = 0x40
_REFUSED_FROM = 0x80  # MQTT 5.0, 2.4: reason codes from here on are errors

_CONTENT_TYPE = 0x03
_MESSAGE_EXPIRY = 0x02
_USER_PROPERTY = 0x26
_HEADS = 4096  # topics remembered in encoded form


class PacketError(ConnectionError):
    """The broker sends what is no MQTT, or more than we take."""


class Encoder:
    """Makes PUBLISH packets of QoS 1. Properties are encoded once, topics when they are new.

    `expiry_s` is how long the broker may keep a message that is not retained; 0: for ever.
    """

    def __init__(self, is_5: bool, expiry_s: int = 0, schema: str = ""):
        lasting = _text(_CONTENT_TYPE, "application/json") + _text(_USER_PROPERTY, "schema", schema)
        expiring = bytes((_MESSAGE_EXPIRY,)) + expiry_s.to_bytes(4, "big") if expiry_s else b""
        # A retained status has to outlive its gateway: it never expires.
        self._properties = {
            True: _with_length(lasting) if is_5 else b"",
            False: _with_length(expiring + lasting) if is_5 else b"",
        }
        self._heads: dict[str, bytes] = {}

    def overhead(self, topic: str) -> int:
        """Return how many bytes a packet may have beyond its payload."""
        return 5 + 2 + len(topic.encode()) + 2 + len(self._properties[False])

    def parts(self, topic: str, payload: bytes, mid: int, retain: bool) -> tuple[bytes, ...]:
        """Return the bytes of a packet, to be joined."""
        head = self._heads.get(topic)
        if head is None:
            head = self._remember(topic)
        properties = self._properties[retain]
        first = _PUBLISH_QOS_1 | retain
        length = len(head) + 2 + len(properties) + len(payload)
        if length < 128:
            fixed = bytes((first, length))
        elif length < 16384:
            fixed = bytes((first, length & 127 | 128, length >> 7))
        else:
            fixed = bytes((first,)) + _varint(length)
        return fixed, head, mid.to_bytes(2, "big"), properties, payload

    def _remember(self, topic: str) -> bytes:
        if len(self._heads) >= _HEADS:
            self._heads.clear()
        head = self._heads[topic] = _string(topic)
        return head


class Splitter:
    """Takes acknowledgements out of what a broker sends; the rest stays in order.

    `acks` are (packet identifier, reason code) since they were last taken away; codes from 128 on
    are refusals. `rest` are whole packets for somebody else.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._cut_off = 0  # bytes to come of a PUBLISH that was cut
        self.acks: list[tuple[int, int]] = []
        self.rest = bytearray()

    def feed(self, data: bytes) -> None:
        """Take bytes; PacketError where they cannot be MQTT."""
        if self._cut_off:
            gone = min(self._cut_off, len(data))
            self._cut_off -= gone
            data = data[gone:]
        self._data += data
        taken, end = 0, len(self._data)
        while taken < end:
            size = self._size(taken)
            if size > LONGEST:
                if end - taken < _CUT_TO:
                    break
                self._cut(taken)
                self._cut_off = max(taken + size - end, 0)
                taken = min(taken + size, end)
                continue
            if not size or taken + size > end:
                break
            if self._data[taken] == _PUBACK:
                self.acks.append(self._ack(taken, taken + size))
            else:
                self.rest += self._data[taken : taken + size]
            taken += size
        del self._data[:taken]
        if len(self.rest) > 2 * LONGEST:
            raise PacketError("the broker sends more than is taken")

    def _size(self, at: int) -> int:
        """Return the size of the packet that starts here, 0 where that is not yet known."""
        length = 0
        for i in range(4):
            if at + 1 + i >= len(self._data):
                return 0
            byte = self._data[at + 1 + i]
            length |= (byte & 127) << 7 * i
            if length > LONGEST - 5 and self._data[at] & 0xF0 != _PUBLISH:
                raise PacketError(f"a packet of the broker is longer than {LONGEST} bytes")
            if byte < 128:
                return 2 + i + length
        raise PacketError("the length of a packet has no end")

    def _cut(self, at: int) -> None:
        """Let the first `_CUT_TO` bytes of the packet that starts here be all of it."""
        begin = at + 2
        while self._data[begin - 1] > 127:
            begin += 1
        body = self._data[begin : at + _CUT_TO]
        self.rest += self._data[at : at + 1] + _varint(len(body)) + body

    def _ack(self, at: int, end: int) -> tuple[int, int]:
        """Return identifier and reason code; MQTT 3.1.1 has none, MQTT 5 leaves 0 away."""
        at += 2
        while self._data[at - 1] > 127:
            at += 1
        if at + 2 > end:
            raise PacketError("an acknowledgement without identifier")
        mid = self._data[at] << 8 | self._data[at + 1]
        return mid, self._data[at + 2] if at + 2 < end else 0


def is_refusal(code: int) -> bool:
    """Say whether a reason code is an error."""
    return code >= _REFUSED_FROM


def _string(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def _text(identifier: int, *texts: str) -> bytes:
    return bytes((identifier,)) + b"".join(map(_string, texts))


def _with_length(properties: bytes) -> bytes:
    return _varint(len(properties)) + properties


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)

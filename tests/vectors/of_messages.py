"""The other messages of the golden vectors: every kind and every field, as forms with a name."""

from protocol.reports import exceptions, status_fields
from tests.shared.forms import CODES, KEY

U32 = (1 << 32) - 1
U48 = (1 << 48) - 1
IMAGE = "1122334455667788"
LONGEST = "ü" * 32


def hello(boot: int, oldest: int, next_number: int, firmware: str, unsure=None) -> dict:
    """Return the form of a Hello."""
    return {
        "kind": "hello",
        "boot": boot,
        "oldest": oldest,
        "next_number": next_number,
        "firmware": firmware,
        "unsure": unsure,
    }


def ack(expected, **changes) -> dict:
    """Return the form of an Ack."""
    form = {"kind": "ack", "expected": expected, "unix_ms": None, "gaps": [], "seen": None}
    return form | {"unreadable": False, "link": None, "strong": False} | changes


def reading(values: dict, **changes) -> dict:
    """Return the form of a Reading."""
    form = {"kind": "reading", "first": None, "clock": "unix", "seconds": 1750000000}
    return form | {"accuracy_s": 1, "values": values, "quality": {}} | changes


def crash(exception: str, module: str, line: int, firmware: str) -> dict:
    """Return the form of a Crash."""
    form = {"kind": "crash", "exception": exception, "module": module}
    return form | {"line": line, "firmware": firmware}


def command(number: int, operation: str, *arguments) -> dict:
    """Return the form of a Command."""
    form = {"kind": "command", "number": number, "operation": operation}
    return form | {"arguments": list(arguments)}


def result(number: int, code: str, value=None) -> dict:
    """Return the form of a Result."""
    return {"kind": "result", "number": number, "code": code, "value": value}


def offer(size: int, block_size: int, firmware: str) -> dict:
    """Return the form of an Offer."""
    form = {"kind": "offer", "image": IMAGE, "size": size}
    return form | {"block_size": block_size, "firmware": firmware}


def want(first: int, missing: str) -> dict:
    """Return the form of a Want."""
    return {"kind": "want", "image": IMAGE, "first": first, "missing": missing}


def block(index: int, data: str) -> dict:
    """Return the form of a Block."""
    return {"kind": "block", "image": IMAGE, "index": index, "block": data}


UPLINKS = [
    ("poll", {"kind": "poll"}),
    ("note", {"kind": "note", "text": "pm sensor 2: keine Antwort für 3 min"}),
    ("empty note", {"kind": "note", "text": ""}),
    ("longest note", {"kind": "note", "text": LONGEST}),
    ("hello", hello(3, 1000, 1064, "0.1.0")),
    ("hello of a new node", hello(1, 0, 0, "")),
    ("hello of a node whose flash forgot numbers", hello(4, 1000, 1064, "0.1.0", 1060)),
    ("hello at its limits", hello(U32, U32, U32, LONGEST, U32 - 1)),
    ("one sample is gone", {"kind": "gone", "first": 70000, "count": 1}),
    ("all samples are gone", {"kind": "gone", "first": 0, "count": U32}),
    ("the last sample is gone", {"kind": "gone", "first": U32, "count": 1}),
    ("reading that is in no journal", reading({"0": 213})),
    ("reading with a number", reading({"0": 213, "1": 55}, first=70000, accuracy_s=5)),
    ("reading with an age", reading({"2": 10132}, clock="age", seconds=U32, accuracy_s=60)),
    ("reading that is at least so old", reading({"2": 10132}, clock="at_least", accuracy_s=None)),
    ("reading of a histogram", reading({"13": [4, 30, 12, 3, 0, 1]}, first=0)),
    (
        "reading without values",
        reading({"0": None, "13": None}, first=U32),
    ),
    (
        "reading with qualities",
        reading({"0": 213, "1": 55, "4": 900}, quality={"0": "warm_up", "4": "out_of_range"}),
    ),
    (
        "reading of quantities that no registry knows",
        reading({"256": ["tilt", "deg", 2, -314], "9000": ["door", "", 0, None]}),
    ),
    ("reading of the last quantity", reading({"65535": ["door", "", 0, 1]})),
    ("status without fields", {"kind": "status", "fields": {}}),
    (
        "status",
        {
            "kind": "status",
            "fields": {name: 1000 * i + 24 for i, name in enumerate(status_fields()[:34])},
        },
    ),
    (
        "status of a radio",
        {
            "kind": "status",
            "fields": {name: 100 * i - 3 for i, name in enumerate(status_fields()[34:41])},
        },
    ),
    (
        "status with levels below zero",
        {"kind": "status", "fields": {"downlink_rssi_dbm": -120, "downlink_snr_q": -31}},
    ),
    (
        "status at its limits",
        {"kind": "status", "fields": {"uptime_s": U48, "charge_mah": -U48}},
    ),
    (
        "status with fields of a newer version",
        {"kind": "status", "fields": {"uptime_s": 5, "field_99": -3, "field_65535": 7}},
    ),
    *(
        (f"crash: {name or 'another exception'}", crash(name, "uplink", 42 + i, "01020304"))
        for i, name in enumerate(exceptions())
    ),
    ("largest crash", crash("FrameError", "sampler_", 65535, "ffffffff")),
    *((f"result: {code}", result(i, code)) for i, code in enumerate(CODES)),
    ("result with a number", result(65535, "done", U48)),
    ("result with a text", result(7, "failed", "no sensor at 0x76")),
    ("result with bytes", result(7, "done", {"hex": "00ff"})),
    ("result with a reading", result(7, "done", reading({"0": 213, "1": 55}, first=70000))),
    ("want one block", want(0, "")),
    ("want many blocks", want(70000, "80ff01")),
    ("want as many as can be told", want((1 << 24) - 1, "ff" * 32)),
]

ANSWERS = [
    *((f"ack of {n}", ack(n)) for n in (0, 23, 24, 255, 256, 65536, U32)),
    ("ack that asks for an introduction", ack(None)),
    ("ack with the time", ack(70000, unix_ms=1750000000123)),
    ("ack with the time, and asks for an introduction", ack(None, unix_ms=1750000000123)),
    ("ack with one gap", ack(70000, gaps=[5])),
    ("ack with gaps and what is safe between them", ack(70000, gaps=[1, 300, 64, 2, 70000])),
    ("ack with as many gaps as can be told", ack(0, gaps=[U32 - 31] + [1] * 31)),
    ("ack with the longest gap", ack(0, gaps=[U32])),
    ("ack with a gap up to the last number", ack(U32 - 1, gaps=[1])),
    ("ack after lost numbers", ack(70000, seen=70100)),
    ("ack of what the gateway cannot read", ack(70000, unreadable=True)),
    ("ack that asks for strong tags", ack(70000, strong=True)),
    ("ack with the link", ack(70000, link=[-112, -31, 9])),
    ("ack with the link at its limits", ack(70000, link=[-128, 127, -128])),
    (
        "ack with everything",
        ack(
            70000,
            unix_ms=U48,
            gaps=[3, 1],
            seen=U32,
            unreadable=True,
            link=[-60, 40, 30],
            strong=True,
        ),
    ),
    ("command: sample", command(0, "sample")),
    ("command: config_try", command(1, "config_try", 3, '{"interval_s": 600}')),
    ("command: config_confirm", command(2, "config_confirm")),
    ("command: config_revert", command(3, "config_revert")),
    ("command: config_read", command(4, "config_read", 65535)),
    ("command: reboot", command(5, "reboot")),
    ("command: mount_test", command(6, "mount_test", 255)),
    ("command: log_page", command(7, "log_page", 0)),
    ("command: time", command(8, "time", 1750000000123)),
    ("command: wipe", command(9, "wipe")),
    ("command: maintenance", command(10, "maintenance", 90)),
    ("command: rekey", command(65535, "rekey", U32, KEY.hex())),
    ("offer", offer(700000, 180, "0.2.0")),
    ("smallest offer", offer(1, 1, "")),
    ("largest offer", offer((1 << 24) - 1, 400, LONGEST)),
    ("block", block(0, "00010203")),
    ("largest block", block((1 << 24) - 1, (bytes(range(200)) * 2).hex())),
]

MESSAGES = UPLINKS + ANSWERS

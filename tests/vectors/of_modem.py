"""The records between gateway and modem of the golden vectors, as forms with a name."""

from protocol import modem

_FRAME = "83182a19012c4b7171de3a9c7e4b702b6e04"


def _heard(stamp_ms: int, rssi_dbm: int, snr_q: int, frame: str = _FRAME) -> dict:
    form = {"kind": "heard", "stamp_ms": stamp_ms, "frequency_hz": 868100000, "sf": 9}
    return form | {"rssi_dbm": rssi_dbm, "snr_q": snr_q, "frame": frame}


def _send(id: int, stamp_ms: int | None, power_dbm: int, frame: str = _FRAME) -> dict:
    form = {"kind": "send", "id": id, "stamp_ms": stamp_ms, "after_ms": 500, "until_ms": 2000}
    form |= {"frequency_hz": 869525000, "sf": 9, "power_dbm": power_dbm}
    return form | {"frame": frame}


def _state(error: str, fields: dict, duty: list) -> dict:
    return {"kind": "state", "version": "0.2.0", "error": error, "fields": fields, "duty": duty}


RECORDS = [
    ("a frame that was heard", _heard(123456, -118, -21)),
    ("a frame that was heard, at the limits", _heard((1 << 62) - 1, 10, 127, "00" * 255)),
    ("a short frame that was heard", _heard(0, -90, 20, "8311")),
    *(
        (f"done: {name}", {"kind": "done", "id": 7, "result": i, "airtime_ms": 186, "left_ms": 359})
        for i, name in enumerate(modem.result_names())
    ),
    (
        "done, and nothing is known of what is left",
        {"kind": "done", "id": 65535, "result": 0, "airtime_ms": 0, "left_ms": None},
    ),
    ("state without fields", _state("", {}, [])),
    (
        "state with all fields",
        _state(
            "BUSY stays high: check BUSY wire, reset wire and supply",
            {name: 1000 * i + 24 for i, name in enumerate(modem.state_fields())},
            [["M", 12, 36000], ["O", 250, 360000]],
        ),
    ),
    ("send an answer", _send(7, 123456, 14)),
    ("send now, with little power", _send(0, None, -9, "8311")),
    ("send the longest frame", _send(65535, 0, 27, "ff" * 255)),
    ("listen", {"kind": "tune", "id": 1, "frequency_hz": 868300000, "sf": 12}),
]


def build(form: dict):
    """Return the message of a form."""
    fields = dict(form)
    kind = fields.pop("kind")
    if "frame" in fields:
        fields["frame"] = bytes.fromhex(fields["frame"])
    return getattr(modem, kind[0].upper() + kind[1:])(**fields)

"""What a node says of itself: how it is, and what it died of.

Place: under `messages`; filled by the node's health, read by the gateway's status.
Guarantee: a crash digest is at most 20 bytes, so that it fits the smallest frame.

    Status  [2, {field: int}]    field: place in `status_fields`; new ones are appended
    Crash   [3, exception, module, line, firmware]
            exception  place in `exceptions`, 0: another one
            module     the first 8 characters of its name
            firmware   the first 4 bytes of the SHA-256 over what is installed
"""

from protocol._compat import const
from protocol.fields import CRASH, STATUS, data, require, signed, text, uint

# Names in the order of their numbers, as texts: a tuple would take a node eight times the memory.
# *_q is in quarters of a dB; duty_*: what is left of the hour in each sub-band of EU868; uc_*:
# microcoulombs for each sample; faulty_sensors: a bit for each, as they stand in the profile;
# firmware_commit: the first 4 bytes of what the firmware was made from.
_FIELDS = """
uptime_s boot reset_cause interval_s heap_free journal_samples journal_dropped journal_fill_pct
frames_sent retries frames_refused sensor_faults task_restarts send_errors firmware_hash
config_hash battery_mv supply_mv downlink_rssi_dbm downlink_snr_q clock_accuracy_s queue_dropped
journal_damaged journal_errors duty_k_ms duty_l_ms duty_m_ms duty_n_ms duty_o_ms duty_p_ms
duty_q_ms brownouts watchdog_resets charge_mah radio_restarts radio_missed_irqs radio_crc_errors
radio_sf radio_power_dbm air_deferred air_forced power_ons crashes safe_mode log_errors
config_source maintenance commands low_battery wakes uc_sleep uc_start uc_cpu uc_sensors uc_radio
days_left faulty_sensors firmware_commit
"""

# From 1 on; 0: another one.
_EXCEPTIONS = """
MemoryError OSError ValueError TypeError AttributeError KeyError IndexError NameError
ImportError AssertionError RuntimeError ZeroDivisionError OverflowError UnicodeError
TimeoutError StopIteration SyntaxError NotImplementedError EOFError NodeError DecodeError
FrameError
"""

_FIELD_BITS = const(48)
_MODULE_LIMIT = const(8)


def status_fields() -> list:
    """Return the names of a status' fields in the order of their numbers."""
    return _FIELDS.split()


def exceptions() -> list:
    """Return the names of exceptions in the order of their codes; the first is empty."""
    return [""] + _EXCEPTIONS.split()


class Status:
    """How the node is: `fields` by name, integers."""

    kind = STATUS

    def __init__(self, fields: dict):
        self.fields = fields

    def plain(self) -> list:
        """Return the CBOR value; ValueError for a field that there is none of."""
        known = status_fields()
        return [STATUS, {_number_of(name, known): value for name, value in self.fields.items()}]


def _number_of(name: str, known: list) -> int:
    """Return the number of a field; one that we do not know is named by it."""
    return int(name[6:]) if name.startswith("field_") else known.index(name)


class Crash:
    """The digest of an exception that nobody caught, told after the next start."""

    kind = CRASH

    def __init__(self, exception: str, module: str, line: int, firmware: bytes):
        self.exception = exception  # "" where `exceptions` does not have it
        self.module = module
        self.line = line
        self.firmware = firmware

    def plain(self) -> list:
        """Return the CBOR value, with the exception's name and the module's cut to what fits."""
        known = exceptions()
        code = known.index(self.exception) if self.exception in known else 0
        module = self.module
        while len(module.encode()) > _MODULE_LIMIT:
            module = module[:-1]
        firmware = (self.firmware + bytes(4))[:4]
        return [CRASH, code, module, min(self.line, 0xFFFF), firmware]


def status_from(value: list) -> Status:
    """Return the Status of a decoded array, or raise DecodeError."""
    require(len(value) == 2 and isinstance(value[1], dict), "status")
    fields = {}
    known = status_fields()
    for key, number in value[1].items():
        # A field of a newer firmware is kept by number: nothing is lost, nothing is guessed.
        name = known[key] if uint(key, 16) < len(known) else "field_%d" % key
        fields[name] = signed(number, _FIELD_BITS)
    return Status(fields)


def crash_from(value: list) -> Crash:
    """Return the Crash of a decoded array, or raise DecodeError."""
    require(len(value) == 5, "crash")
    code = uint(value[1], 8)
    known = exceptions()
    name = known[code] if code < len(known) else ""
    firmware = data(value[4], 4)
    require(len(firmware) == 4, "crash: firmware")
    return Crash(name, text(value[2], _MODULE_LIMIT), uint(value[3], 16), firmware)

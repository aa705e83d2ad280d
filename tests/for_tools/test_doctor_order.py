"""A doctor who disturbs: nobody is touched without leave, and what is clear is not asked for."""

import base64
import json

from tests.for_tools.doctor_means import CHECK, Bench
from tests.for_tools.doctored import CONFIG, IDENTITY, KEY, SERVICE_KEY
from tools.flashing.chip import WRITE_BAUD
from tools.flashing.doctor import examine
from tools.flashing.doctor.facts import Heard
from tools.flashing.errors import FlashError
from tools.flashing.ports import Holder, Port

EMPTY = (
    b"rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\ninvalid header: 0xffffffff\r\n"
)


def codes(report) -> list[str]:
    return [finding.error.code for finding in report.findings]


def test_without_leave_it_only_listens(tmp_path):
    bench = Bench(tmp_path)
    report = bench.examine()
    assert bench.done == ["listen"]
    assert len(bench.asked) == 1
    assert codes(report) == ["F762"]


def test_with_an_answer_the_node_is_read_out_and_starts_again(tmp_path):
    bench = Bench(tmp_path)
    bench.answer = True
    report = bench.examine()
    assert bench.done == ["listen", "reset", "prompt", "restart", "leave", "close"]
    assert codes(report)[0] == "F749"  # what it said as it started again
    assert report.facts.on_board.identity.check == CHECK


def test_reset_is_the_leave_and_nobody_is_asked(tmp_path):
    bench = Bench(tmp_path)
    bench.examine(reset=True)
    assert bench.asked == []
    assert "prompt" in bench.done


def test_a_prompt_without_a_program_is_left_as_it_was(tmp_path):
    bench = Bench(tmp_path, Heard(echo=b"\r\n>>> ", seconds=2.6), has_main=False)
    report = bench.examine(reset=True)
    assert bench.done == ["listen", "prompt", "leave", "close"]
    assert codes(report) == ["F741"]


def test_what_the_boot_log_says_for_certain_is_not_asked_for(tmp_path):
    bench = Bench(tmp_path, Heard(EMPTY * 3, seconds=2.0))
    report = bench.examine()
    assert (bench.done, bench.asked) == (["listen"], [])
    assert codes(report)[0] == "F723"


def test_a_board_without_a_program_goes_to_the_bootloader_at_once(tmp_path):
    bench = Bench(tmp_path, Heard(EMPTY * 3, seconds=2.0))
    bench.examine(reset=True)
    assert bench.done == ["listen", "chip at 115200"]


def test_where_there_is_no_prompt_the_bootloader_is_asked(tmp_path):
    bench = Bench(tmp_path, no_prompt=FlashError("F131", port="x"))
    report = bench.examine(reset=True)
    assert bench.done == ["listen", "reset", "no prompt", "chip at 115200"]
    assert {"F131", "F110"} <= set(codes(report))


def test_a_port_that_somebody_holds_is_not_opened(tmp_path):
    bench = Bench(tmp_path)
    bench.holders = [Holder("minicom", 4711)]
    assert codes(bench.examine(reset=True)) == ["F709"]
    assert bench.done == []


def test_a_port_that_is_not_there_is_not_opened(tmp_path):
    bench = Bench(tmp_path)
    report = examine(str(tmp_path / "no"), None, bench.ask, bench.told.append, means=bench.means)
    assert codes(report) == ["F711"]
    assert bench.done == []


def test_of_two_ports_none_is_opened(tmp_path):
    bench = Bench(tmp_path)
    bench.ports = [Port("/dev/ttyUSB0"), Port("/dev/ttyUSB1")]
    assert codes(bench.examine(reset=True)) == ["F712"]
    assert bench.done == []


def test_a_port_that_vanishes_is_not_touched(tmp_path):
    bench = Bench(tmp_path, Heard(b"nec", is_lost=True))
    assert codes(bench.examine(reset=True)) == ["F717"]
    assert bench.done == ["listen"]


def test_a_port_that_cannot_be_opened_says_why(tmp_path):
    bench = Bench(tmp_path)

    def refuse(*_):
        raise FlashError("F105", port="x", why="busy")

    object.__setattr__(bench.means, "hear", refuse)
    assert codes(bench.examine(reset=True)) == ["F105"]


def plug(root, name="1-1", **files) -> None:
    folder = root / "sys/bus/usb/devices" / name
    folder.mkdir(parents=True)
    for file, content in files.items():
        (folder / file).write_text(content)


def test_with_nothing_to_be_seen_it_asks_to_plug_and_looks_again(tmp_path):
    bench = Bench(tmp_path)
    bench.ports = []
    assert codes(bench.examine()) == ["F701"]
    assert len(bench.asked) == 1

    bench.answer = True
    assert codes(bench.examine()) == ["F702"]

    def plugged(question):
        plug(tmp_path, bDeviceClass="00", idVendor="1a86", idProduct="55d4")
        return True

    report = examine(None, None, plugged, bench.told.append, means=bench.means)
    assert codes(report) == ["F703"]
    assert report.facts.replugged[0].id == "1a86:55d4"


def test_a_board_that_comes_with_its_port_is_examined_at_once(tmp_path):
    bench = Bench(tmp_path)
    ports, bench.ports = bench.ports, []

    def plugged(question):
        bench.ports = ports
        return not bench.done

    report = examine(None, None, plugged, bench.told.append, means=bench.means)
    assert "listen" in bench.done
    assert report.facts.port.path == str(bench.path)


class Records:
    def known(self, hardware):
        raise FlashError("F323", path="records", why="damaged")


class Workshop:
    """What doctor needs of one, with secrets."""

    ports: tuple[str, ...] = ()
    baud = WRITE_BAUD
    trusted: tuple[bytes, ...] = ()
    records = Records()

    def __init__(self, folder):
        self.folder = folder
        self.bundle = folder / "none.bundle"
        (folder / "service.key").write_text(base64.b64encode(bytes(range(32))).decode())
        (folder / "service.key").chmod(0o600)

    def service_key(self, address: int) -> bytes:
        assert address == IDENTITY["node"]
        return SERVICE_KEY

    def broker_password(self) -> str:
        return "mqtt-geheim-123"


def test_secrets_of_the_workshop_are_known_before_anything_is_said(tmp_path):
    echo = b" ".join([bytes(range(32)), SERVICE_KEY.hex().encode(), b"mqtt-geheim-123"])
    bench = Bench(
        tmp_path, Heard(b"neckar: " + echo), no_prompt=FlashError("F132", port="x", address=17)
    )
    out = tmp_path / "out.zip"
    report = bench.examine(workshop=Workshop(tmp_path), reset=True, bundle_out=out)
    shown = json.dumps(report.json()) + report.text("de") + "\n".join(bench.told)
    for secret in (bytes(range(32)), SERVICE_KEY, b"mqtt-geheim-123"):
        assert report.redactor.holds_secret(b"-" + secret + b"-")
        assert not report.redactor.holds_secret(shown.encode())
    assert report.bundle == out and out.exists()
    assert bench.done[-1] == f"chip at {WRITE_BAUD}"


def test_records_that_cannot_be_read_do_not_end_it(tmp_path):
    bench = Bench(tmp_path)
    report = bench.examine(workshop=Workshop(tmp_path), reset=True)
    assert report.facts.recorded is None
    assert "F749" in codes(report)


def test_it_asks_in_the_language_that_is_wanted(tmp_path):
    bench = Bench(tmp_path)
    bench.examine(lang="de")
    bench.examine(lang="en")
    assert [question.split()[0] for question in bench.asked] == ["Darf", "May"]


def test_a_report_is_json_and_has_no_key(tmp_path):
    bench = Bench(tmp_path)
    bench.files["/config.json"] = json.dumps(CONFIG | {"key": KEY.hex()}).encode()
    report = bench.examine(reset=True)
    text = json.dumps(report.json())
    assert KEY.hex() not in text
    assert json.loads(text)["findings"][0]["code"] == "F749"
    assert set(json.loads(text)) == {"findings", "facts", "bundle"}


def test_a_board_that_is_silent_after_a_reset_has_no_prompt_to_ask(tmp_path):
    bench = Bench(tmp_path, Heard(seconds=2.6))
    bench.examine(reset=True)
    assert bench.done == ["listen", "reset", "chip at 115200"]

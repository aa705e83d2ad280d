"""Settings of the air that would make a node mute for ever, or louder than it may be."""

import pytest

from node import air
from node.errors import NodeError
from protocol.access import Channel
from protocol.duty import Ledger
from protocol.lora import modulation


class _Driver:
    """A radio that gives 2 to 20 dBm, as an SX127x at PA_BOOST does."""

    def set_power(self, dbm):
        return max(2, min(dbm, 20))


def _link(monkeypatch, tmp_path, now_s=0, **given):
    monkeypatch.setattr(air, "DUTY", str(tmp_path / "duty"))
    monkeypatch.setattr(air, "ADAPTED", str(tmp_path / "adapted"))
    clock = type("Clock", (), {"ticks": lambda self: 0, "least_s": lambda self: now_s})()
    return air.link(air.Settings(given), _Driver(), clock, 1, 900, lambda span: 0)


@pytest.mark.parametrize("frequency_hz", [863100000, 868800000])
def test_a_channel_with_no_room_for_one_frame_is_refused(frequency_hz):
    """3.6 s in an hour, and at SF12 a frame lasts 4.9 s: there never is room."""
    with pytest.raises(NodeError, match=r"radio.channels\[0\] .* a faster one"):
        air.Settings({"channels": [[frequency_hz, 12]]})
    assert air.Settings({"channels": [[frequency_hz, 11]]}).channels
    assert air.Settings({"channels": [[868100000, 12]]}).channels


def test_a_radio_that_cannot_be_so_quiet_is_refused(monkeypatch, tmp_path):
    """7 dBm ERP with 12 dBi are -3 dBm; this radio would radiate 12 dBm where 7 are allowed."""
    with pytest.raises(NodeError, match=r"radio.erp_dbm is 7, .* at least 2 dBm"):
        _link(monkeypatch, tmp_path, channels=[[869850000, 9]], erp_dbm=7, antenna_dbi=12)


def test_adaptation_knows_what_the_radio_gives_at_most(monkeypatch, tmp_path):
    link = _link(monkeypatch, tmp_path, channels=[[869525000, 9]], erp_dbm=27)
    assert link._adapt.power_dbm == 20


def test_a_deep_sleep_ends_no_hour_of_the_duty_cycle(monkeypatch, tmp_path):
    """The account was kept at second 50,000 of an uptime that goes on, and the node woke later."""
    ledger = Ledger()
    channel = Channel(868100000, modulation(9))
    ledger.record(channel.band, 35_900_000, 50_000)
    (tmp_path / "duty").write_bytes(ledger.state())
    link = _link(monkeypatch, tmp_path, 50_600)
    assert link.may_send(True, 0) == 300_000, "it looks again after five minutes"
    assert link.access.left_ms(50_600) == 100
    link = _link(monkeypatch, tmp_path, 50_000 + 3900)
    assert link.may_send(True, 0) == 0

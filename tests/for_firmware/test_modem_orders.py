"""A modem whose flash takes nothing any more, and orders that its radio cannot carry out."""

import asyncio
import sys
import types

import pytest

from node.modem import orders
from protocol import modem
from protocol.duty import Ledger
from protocol.lora import ANSWER_HZ
from tests.fakes.machine import Machine


def _send(power_dbm=14):
    return modem.Send(7, None, 0, 2000, ANSWER_HZ, 9, power_dbm, bytes(20))


@pytest.fixture(name="told")
def results():
    return []


@pytest.fixture(name="desk")
def orders_of(told, monkeypatch, tmp_path):
    monkeypatch.setattr(orders, "DUTY", str(tmp_path / "duty"))
    return orders.Orders(Ledger(), 2, lambda *result: told.append(result[:2]))


def test_flash_that_refuses_costs_the_frame_and_a_result_is_told(desk, told, monkeypatch):
    """An OSError here ended the task that listens, too, for up to a minute each time."""
    monkeypatch.setattr(orders, "DUTY", "/nowhere/duty")
    assert desk.book(_send(), 10) is False
    assert told == [(7, modem.NO_BUDGET)]
    assert desk.counts["no_budget"] == 1
    assert desk.evidence(10)[0][1] > 0  # counted, to be safe


def test_an_order_is_stored_before_it_is_sent(desk, told, tmp_path):
    assert desk.book(_send(), 10) is True
    assert not told
    assert Ledger.from_state((tmp_path / "duty").read_bytes(), 10).evidence(10)


def test_an_order_for_less_than_the_radio_gives_is_refused(desk, told, monkeypatch):
    """-3 dBm into 10 dBi may be allowed where the 2 dBm that this radio makes of them are not."""
    monkeypatch.setitem(sys.modules, "machine", Machine())
    monkeypatch.setitem(sys.modules, "micropython", types.SimpleNamespace(const=lambda x: x))
    from node.modem.app import Modem

    sent = []

    class Radio:
        radio = types.SimpleNamespace(
            set_power=lambda dbm: max(2, min(dbm, 20)), set_channel=lambda *channel: None
        )

        async def send(self, frame):
            sent.append(frame)

    board = types.SimpleNamespace(_now_s=lambda: 10, _radio=Radio(), _orders=desk)
    board._tune = types.MethodType(Modem._tune, board)
    for power_dbm in (-3, 2):
        asyncio.run(Modem._carry_out(board, _send(power_dbm)))
    assert told == [(7, modem.NOT_ALLOWED), (7, modem.DONE)]
    assert len(sent) == 1

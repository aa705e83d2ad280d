"""The duty cycle of concentrators: accounts that are lost, cannot be stored, or are full."""

import pytest

from protocol.airtime import Modulation
from protocol.duty import Ledger
from tests.for_gateway.udp_bench import EUI, OTHER, THERE, UdpBench, answer, warnings


@pytest.fixture
def bench(tmp_path):
    bench = UdpBench(tmp_path).unplug()
    bench.pull()
    bench.socket.sent.clear()
    return bench


def test_the_account_is_on_disk_before_the_frame_leaves(bench):
    written = []
    real = bench.socket.sendto

    def sendto(data, address):
        if data[3] == 3:
            state = (bench.folder / f"duty-{EUI}").read_bytes()
            written.append(Ledger.from_state(state, 999).evidence(999))
        real(data, address)

    bench.socket.sendto = sendto
    answer(bench)
    air_ms = (Modulation(9, 125000).airtime_us(6) + 999) // 1000
    assert written == [[("O", air_ms, 360_000)]]


def test_what_cannot_be_stored_is_not_sent(bench, caplog):
    bench.concentrator().account.path = bench.folder / "nowhere" / "duty"
    assert answer(bench)[0] == []
    assert bench.results() == {"no_account": 1}
    assert "cannot store the account of the duty cycle" in warnings(caplog)[0]
    bench.concentrator().account.path = bench.folder / f"duty-{EUI}"
    assert len(answer(bench)[0]) == 1


def test_an_hour_on_the_air_holds_no_more_than_is_allowed(bench):
    air_us = Modulation(12, 125000).airtime_us(200)
    sent = 0
    for second in range(0, 3600, 8):
        told, _ = answer(bench, bytes(range(200)), sf=12, tmst=second * 10**6 % 2**32)
        for token, _, _ in told:
            bench.ack(token)
        sent += len(told)
        bench.clock.advance(8)
    assert 0 < sent * air_us <= 360 * 10**6
    assert sent * air_us > 340 * 10**6
    assert bench.results()["no_budget"] > 0


def test_each_transmitter_has_an_account_of_its_own(bench):
    bench.pull(OTHER, THERE)
    answer(bench)
    status = bench.link.status()["concentrators"]
    assert status["roof"]["duty"]["O"]["used_ms"] > 0
    assert status["tower"]["duty"] == {}


@pytest.mark.parametrize("content", [None, b"", b"rubbish", Ledger().state()[:-1] + b"\x00"])
def test_an_account_that_is_lost_is_a_full_hour_and_said_so(tmp_path, caplog, content):
    if content is not None:
        (tmp_path / f"duty-{EUI}").write_bytes(content)
    bench = UdpBench(tmp_path, fresh=False).unplug()
    bench.pull()
    assert (
        "the hour is used up, or its account is lost: all answers in 61 minutes"
        in warnings(caplog)[0]
    )
    assert answer(bench)[0] == []
    assert bench.results() == {"no_budget": 1}
    bench.clock.advance(3700)
    bench.pull()
    assert len(answer(bench)[0]) == 1


def test_a_restart_forgets_nothing_and_a_machine_that_starts_anew_waits(bench):
    for i in range(12):
        answer(bench, bytes(200), sf=12, tmst=i * 10**8)
    used = bench.link.status()["concentrators"]["roof"]["duty"]["O"]["used_ms"]
    again = UdpBench(bench.folder, fresh=False)
    again.clock.advance(10)
    duty = again.link.status()["concentrators"]["roof"]["duty"]
    assert duty["O"]["used_ms"] == used
    # Its clock begins at 0 again: no time has passed.
    other = UdpBench(bench.folder, fresh=False)
    other.clock._monotonic_s = 0.0
    other = other.concentrator().account
    other.load()
    assert other.evidence()["O"]["used_ms"] == used


def test_a_gateway_that_often_restarts_while_the_hour_is_full_does_not_wait_for_ever(tmp_path):
    bench = UdpBench(tmp_path, fresh=False).unplug()
    minutes = 0
    while not answer_after_restart(tmp_path):
        minutes += 10
        assert minutes < 180
    assert bench.frames == []


def answer_after_restart(folder):
    """Let a machine start, run for ten minutes, and answer; its clock begins anew each time."""
    bench = UdpBench(folder, fresh=False).unplug()
    bench.clock._monotonic_s = 0.0
    bench.concentrator().account.load()
    bench.pull()
    for i in range(10):
        bench.clock.advance(60)
        bench.pull()
        if answer(bench, tmst=i * 10**8)[0]:
            return True
    return False


def test_a_wall_clock_that_jumps_a_year_gives_no_airtime(bench):
    for i in range(60):
        for token, _, _ in answer(bench, bytes(200), sf=12, tmst=i * 10**7)[0]:
            bench.ack(token)
        bench.clock.advance(10)
    used = bench.concentrator().account.evidence()
    for years in (1, -2):
        bench.clock.jump(years * 365 * 86400)
        assert bench.concentrator().account.evidence() == used

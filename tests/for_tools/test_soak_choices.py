"""What a soak does follows from its seed; what it says follows from its verdicts."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from protocol.batch import Batch
from protocol.envelope import TAG_WIRE, Envelope, parse
from protocol.gateway_session import GatewaySession
from protocol.stream import from_record
from protocol.window import ReplayWindow
from tools.benchmark.sealing import EPOCH, LibraryCcm
from tools.soaking import __main__ as soak
from tools.soaking import plan, shim
from tools.soaking.faults import Faults
from tools.soaking.nodes import STREAMING, WIRED, Node, Port, time_of, values_of
from tools.soaking.proxy import Proxy

ROOT = Path(__file__).resolve().parents[2]
KEY = bytes(range(16))


def verdict(**other) -> dict:
    zeros = dict.fromkeys((*soak._COUNTS, "order_violations"), 0)
    return zeros | {"faults": {}, "examples": [], "shim": True} | other


def test_tools_soak_is_a_program():
    assert os.access(ROOT / "tools" / "soak", os.X_OK)
    assert "-m tools.soaking" in (ROOT / "tools" / "soak").read_text()


def test_the_same_seed_gives_the_same_lives_however_many():
    assert plan.lives(5, 0, 60) == plan.lives(5, 0, 60)
    assert plan.lives(5, 0, 60)[:20] == plan.lives(5, 0, 20)
    assert plan.lives(5, 0, 20) != plan.lives(6, 0, 20)
    assert plan.lives(5, 0, 20) != plan.lives(5, 1, 20)


def test_every_kind_of_fault_is_drawn():
    lives = plan.lives(1, 0, 500)
    kinds = {fault.kind for life in lives for fault in life.faults}
    assert kinds | {plan.TORN} == {
        value for name, value in vars(plan).items() if name.isupper() and isinstance(value, str)
    }
    assert any(life.torn is not None for life in lives)
    assert any(life.early for life in lives)


def test_lanes_are_added_up():
    one = verdict(kills=3, acknowledged=10, delivered=11, faults={"a": 1})
    two = verdict(kills=4, acknowledged=5, delivered=5, faults={"a": 2, "b": 1}, shim=False)
    result = soak.total([one, two])
    assert (result["kills"], result["acknowledged"], result["delivered"]) == (7, 15, 16)
    assert result["faults"] == {"a": 3, "b": 1}
    assert result["left_out"] == ["disk", "clock", "torn pages"]
    assert not soak.is_bad(result)


@pytest.mark.parametrize("broken", ["lost", "id_changes", "order_violations"])
def test_one_broken_promise_is_bad(broken, monkeypatch, capsys):
    async def run(options):
        return [verdict(kills=1), verdict(kills=1, **{broken: 1}, examples=["what"])]

    monkeypatch.setattr(soak, "_soak", run)
    assert soak.main(["--kills", "2", "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)[broken] == 1
    assert "what" in said.err


def test_a_good_run_prints_what_was_asked_for(monkeypatch, capsys):
    async def run(options):
        return [verdict(kills=2, faults={"disk full": 1})]

    monkeypatch.setattr(soak, "_soak", run)
    assert soak.main(["--kills", "2", "--seed", "9", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    keys = "kills acknowledged delivered lost id_changes order_violations faults seconds"
    assert result.keys() >= set(keys.split())
    assert result["seed"] == 9
    assert soak.main(["--kills", "2"]) == 0
    assert "disk full" in capsys.readouterr().out


def test_without_a_compiler_there_is_no_shim(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shim.build(tmp_path) is None


def test_without_a_shim_disk_and_clock_are_left_out_and_ports_still_go(tmp_path):
    async def job():
        port = Port(tmp_path / "port", [])
        port.plug()
        faults = Faults(Proxy("127.0.0.1", 1), None, [port])
        kinds = [plan.DISK_FULL, plan.DISK_SLOW, plan.DISK_FAILS, plan.CLOCK, plan.PORT]
        faults.schedule(tuple(plan.Fault(kind, 0.0, 60.0, 0) for kind in kinds))
        while not faults.done:
            await asyncio.sleep(0)
        assert dict(faults.done) == {plan.PORT: 1}
        assert not port.is_plugged
        assert not port.path.exists()
        faults.end_life(torn=1)
        assert port.is_plugged
        assert port.path.exists()
        port.unplug()

    asyncio.run(job())


@pytest.mark.parametrize("policy", [WIRED, STREAMING])
@pytest.mark.parametrize("knows_time", [True, False])
def test_a_node_says_what_it_measured_and_writes_down_what_it_was_promised(policy, knows_time):
    node = Node(100, KEY, policy, knows_time, seed=1)
    envelope = Envelope(LibraryCcm(KEY), 100, EPOCH, TAG_WIRE)
    gateway = GatewaySession(envelope, ReplayWindow(), None)
    came: dict[int, list[int]] = {}
    now_ms = 0
    for _ in range(60):
        node.measure(3)
        frames: list[bytes] = []
        node.turn(now_ms, frames.append)
        for record in frames:
            gateway.receive(parse(from_record(record.strip(b"\x00"))), 1_790_000_000_000)
            while (event := gateway.next_event()) is not None:
                if event[0] == "samples":
                    _keep(came, event[2][0], knows_time)
                gateway.acknowledge(event, gateway.promise(), 1_790_000_000_000)
            while (answer := gateway.data_to_send(0)) is not None:
                node.session.receive(answer, now_ms)
        now_ms += 50
    promised = node.record.promised_to
    assert promised > 100
    assert set(came) >= set(range(promised))
    assert all(values == values_of(100, number) for number, values in came.items())
    assert all(node.record.place_from(number, 0) for number in came)


def _keep(came: dict[int, list[int]], batch: Batch, knows_time: bool) -> None:
    for i, number in enumerate(batch.numbers()):
        came[number] = [column[i] for column in batch.columns]
    if knows_time:
        assert batch.newest(0)[0] == time_of(batch.numbers()[-1])

"""What is counted for Meshtastic is what its own encoder and schema say."""

import pytest

from tests.for_tools.test_bench_encodings import FORM, NEWEST_S, WINDOWS, batch
from tools.benchmark.encodings.packets import Window, window_of


def test_meshtastic_packets_are_those_of_its_own_encoder():
    # Written by the package meshtastic 2.7.11 from the same values, battery as voltage.
    names = ("temperature", "humidity", "pressure", "battery")
    columns: list[list[int | None]] = [[213], [61], [10132], [9000]]
    window = window_of(batch(names, columns), NEWEST_S)
    expected = "0843121b0d00d2496b1a140d6666aa4115000074421dcd4c7d442d0000b442"
    assert FORM["meshtastic"].packets(window) == [bytes.fromhex(expected)]


@pytest.mark.parametrize("window", WINDOWS, ids=range(len(WINDOWS)))
def test_meshtastic_s_own_schema_knows_every_field(window: Window):
    mesh = pytest.importorskip("meshtastic.protobuf.mesh_pb2")
    telemetry = pytest.importorskip("meshtastic.protobuf.telemetry_pb2")
    for packet in FORM["meshtastic"].packets(window):
        data = mesh.Data.FromString(packet)
        message = telemetry.Telemetry.FromString(data.payload)
        (sample,) = (one for one in window.samples if one.time_s == message.time)
        values = [value for _, value in message.environment_metrics.ListFields()]
        sent = sum(1 if isinstance(value, float) else len(value) for value in values)
        assert sent == sum(len(reading.values) for reading in sample.readings)

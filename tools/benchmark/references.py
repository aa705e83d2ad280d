"""What others reached, and our own prototype: figures to read beside a run, never part of it.

All were measured earlier, on another day (two shared cores, Python 3.11, mosquitto 2.0.11); the
blocks that our own are made of were measured on that day too. Absolute figures move from machine to
machine, ratios less.
"""

import importlib.util
import shutil

TITLE = "Beside others: their figures were measured earlier on another day, not in this run"
COLUMNS = ("", "this run", "reach", "ThingsBoard gateway", "Node-RED 5", "prototype")

# row: reach, ThingsBoard gateway, Node-RED, our prototype without batches, registry and ids
ROWS = {
    "frames a second": ("80,000", "2,000-4,650 tuned", "17,000-24,000", "250,000"),
    "readings a second": ("500,000", "", "57,000 batched", ""),
    "CPU, µs a frame": ("12", "190-500 tuned", "18-100", "4"),
    "memory idle, MB": ("45", "61", "90", "40"),
    "memory at most, MB": ("60", "83", "212", "52"),
    "frames lost": ("0", "", "", "0"),
    "lost of what it took, kill -9": ("0", "7-522 of 20,000", "600 of 6,000", "0"),
    "lost of a burst": ("0", "44-52 %", "0-96 %", "0"),
    "latency p99, beyond linger and sync, ms": ("20", "", "", ""),
    "start to first word, s": ("1", "", "", ""),
    "worst growth of the cost": ("1.2", "", "", ""),
}
NOTE = "Their frames were not sealed, and Node-RED's were not durable."


def installed() -> list[str]:
    """Return a line for each peer: whether it is here, where it could be measured."""
    peers = {
        "ThingsBoard gateway": importlib.util.find_spec("thingsboard_gateway") is not None,
        "Node-RED": shutil.which("node-red") is not None,
    }
    where = "its figures are those of docs/benchmarks.md, section Beside others"
    words = {True: "installed here, but not driven by this bench", False: "not installed here"}
    return [f"{name} is {words[here]}; {where}" for name, here in peers.items()]

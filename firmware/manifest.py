"""What is frozen into a production image: the firmware, and what of MicroPython it needs.

    make -C ports/esp32 BOARD=... FROZEN_MANIFEST=.../firmware/manifest.py

Place: here -> MicroPython's makemanifest -> image. Guarantee: the modules of `protocol` are those
that a board can import, not what only a gateway needs; a test holds this list to what
`tools.rig.reach` finds, and the virtual board's ROM is made of the same.
"""
# ruff: noqa: F821 - the names are makemanifest's

# The port's own modules, but `_boot`, in whose place ours runs; see frozen/_boot.py.
freeze("$(PORT_DIR)/modules", "flashbdev.py")
include("$(MPY_DIR)/extmod/asyncio")
require("onewire")
require("ds18x20")

module("_boot.py", base_path="frozen")
module("boot.py")
module("main.py")
package("node")
package("radio")
package(
    "protocol",
    (
        "__init__.py",
        "_compat.py",
        "access.py",
        "adapt.py",
        "airtime.py",
        "asking.py",
        "backfill.py",
        "batch.py",
        "batch_reader.py",
        "bit_reader.py",
        "bits.py",
        "cbor.py",
        "ccm.py",
        "column_reader.py",
        "columns.py",
        "commands.py",
        "counter.py",
        "duty.py",
        "envelope.py",
        "errors.py",
        "fields.py",
        "live.py",
        "lora.py",
        "messages.py",
        "modem.py",
        "node_session.py",
        "outbox.py",
        "quality.py",
        "quality_reader.py",
        "quantities.py",
        "reading.py",
        "reports.py",
        "sampletime.py",
        "session.py",
        "stream.py",
        "updates.py",
    ),
    base_path="..",
)

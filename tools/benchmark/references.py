"""What others reached, and our own prototype: figures to read beside a run, never part of it.

All were measured earlier, on another day (two shared cores, Python 3.11, mosquitto 2.0.11).
Absolute figures move from machine to machine, ratios less.
"""

TITLE = "For comparison: measured earlier on another day, not in this run"

# what, messages or frames a second, CPU us for each, what to know
GATEWAYS = (
    ("ThingsBoard, as it comes", "1,060-2,640", "", "in memory or files, nothing sealed"),
    ("ThingsBoard, tuned", "2,000-4,650", "190-500", "batches, nothing sealed"),
    ("Node-RED, as it comes", "17,000-24,000", "18-100", "not durable, nothing sealed"),
    ("our prototype", "250,000", "4", "groups of 100, payload not decoded"),
)

"""The version of the firmware, as its Hello tells it."""

VERSION = "0.1.0"

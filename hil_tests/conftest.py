"""Which rig ran, in the report's first lines."""


def pytest_report_header(config):
    """Say that no hardware was involved."""
    return "rig: virtual boards (MicroPython unix port); no hardware was tested"

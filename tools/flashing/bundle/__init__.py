"""Bundles: one signed file with everything that goes onto boards.

    from tools.flashing.bundle import open_bundle     what flashing needs
    from tools.flashing.bundle import making          make, show, make_key
    from tools.flashing.bundle import sources         load, download

Place: checkout, MicroPython -> making -> file -> opening -> provisioning. docs/bundle.md has the
format.
"""

from tools.flashing.bundle.opening import Bundle, Image, open_bundle

__all__ = ["Bundle", "Image", "open_bundle"]

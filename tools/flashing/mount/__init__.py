"""Mounting: is this a good place, where is it, and who says so.

Place: label and technician -> `flow` -> mounts/ of the workshop -> `neckar-gateway nodes import`.
Guarantee: a mount is one file, whole and signed, or it is not there. Nothing needs a network.
"""

"""What nodes and gateway say to each other, and nothing else: no clock, no I/O, no asyncio.

The same files run on MicroPython and on CPython. In the order in which a reading meets them:
quantities, batch (columns, bits), messages (cbor), session (node_session, gateway_session, window,
counter), envelope (ccm), stream. Errors are drawn in `errors`, the format is told in each
module's text.
"""

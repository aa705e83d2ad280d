"""What nodes and gateway say to each other, and nothing else: no clock, no I/O, no asyncio.

The same files run on MicroPython and on CPython. In the order in which a reading meets them:
quantities, batch (columns, quality, sampletime, bits), messages (reading, reports, commands,
updates, cbor), session (node_session with live and backfill, gateway_session, window, counter),
envelope (ccm, lockout), airtime (duty), stream. Errors are drawn in `errors`. SPEC.md is the
normative text, frame.cddl the same for machines.
"""

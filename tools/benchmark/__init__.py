"""What Neckar costs, measured on the machine in front of you: the gateway, the bytes, the node.

The gateway is the real process behind a port and a broker, the node runs the real firmware in the
real MicroPython, and every byte of ours that is counted is decoded again. What is counted for
others is decoded by the tests, with decoders of others. The one model is the bound, which says so.
docs/benchmarks.md says what each number means.
"""

"""What Neckar costs, measured on the machine in front of you: the gateway, the bytes, the node.

Nothing here is a model: the gateway is the real process behind a port and a broker, the node runs
the real firmware in the real MicroPython, and every byte that is counted is decoded again.
docs/benchmarks.md says what each number means.
"""

"""The gateway killed a thousand times while everything around it fails, and a judge who counts.

    nodes on PTYs -> gateway process -> proxy -> broker -> subscriber -> judge

The gateway is the real process, started as systemd starts it; nodes run the protocol's own session.
Every choice follows from the seed; how far the gateway had come when it was hit does not.
"""

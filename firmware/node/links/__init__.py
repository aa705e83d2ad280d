"""What carries frames: a class each with `send(frame)` and `receive() -> frame`."""

"""The gateway as a process, a real broker, cables and a platform; nodes are FakeNodes."""

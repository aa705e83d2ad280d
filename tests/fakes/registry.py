"""A registry of nodes that are given, with the face that ingest and places need."""


class FakeRegistry:
    """`nodes` by address; `change` replaces one."""

    def __init__(self, nodes=()):
        self.known = bytearray(65536)
        self._nodes = {}
        for node in nodes:
            self.change(node)

    def change(self, node):
        """Add a node, or replace it."""
        self._nodes[node.id] = node
        self.known[node.id] = 1

    def forget(self, address):
        """Take a node away."""
        self._nodes.pop(address)
        self.known[address] = 0

    def find(self, address):
        """Return the node of an address, or None."""
        return self._nodes.get(address)

    def where(self, address, epoch, time_s):
        """Return (point, lab), as `Places.where` does."""
        node = self._nodes.get(address)
        return (node.name, node.lab) if node else (f"node-{address}", "unknown")

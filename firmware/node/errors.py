"""What keeps a node from doing its work, in one sentence for the console and the log."""


class NodeError(Exception):
    """A file of this node is missing or wrong; the text names it and says what would be right."""

"""Commands to nodes: taken from a topic or the operator's shell, kept on disk, told what became."""

"""The files of a node in another folder, so that a test can have them to itself."""

import os

from node import counters, files, identity, settings


def move_to(root):
    """Let settings, identity and counters live below `root`, in a `state` of its own."""
    settings.CONFIG = root + "/config.json"
    settings._TRIAL = root + "/config.try"
    settings._GOOD = root + "/config.good"
    identity.PATH = root + "/identity.json"
    identity._COPY = root + "/identity.bak"
    counters.FRAME_COUNTER = root + "/state/frame_counter"
    counters.BOOTS = root + "/state/boots"
    for folder in (root, root + "/state"):
        files.make_dir(folder)


def write(path, text):
    """Put a text into a file; None takes it away."""
    if text is None:
        files.remove(path)
        return
    with open(path, "wb") as f:
        f.write(text.encode() if isinstance(text, str) else text)


def emptied(root):
    """Remove every file below `root`."""
    for folder in (root + "/state", root):
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            files.remove(folder + "/" + name)

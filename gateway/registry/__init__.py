"""Who may be heard: nodes and their keys, measuring points, labs, and who changed what."""

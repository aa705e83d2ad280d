"""The firmware of a node, in the order of its data: sensors, sampler, journal, uplink, links."""

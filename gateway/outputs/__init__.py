"""Pure functions: decoded samples -> (topic, payload). No clock, no I/O, no MQTT."""

"""What the demonstration says to people, in German and in English."""

_TEXTS = {
    "title": (
        "Neckar: vier Knoten (zwei am Kabel, zwei am Funk), ein Gateway, eine Plattform",
        "Neckar: four nodes (two on cables, two on the air), one gateway, one platform",
    ),
    "node": ("Knoten", "node"),
    "values": ("letzte Werte", "last values"),
    "age": ("Alter", "age"),
    "frames": ("Rahmen", "frames"),
    "bytes": ("B/Wert", "B/reading"),
    "link": ("Weg", "link"),
    "cable": ("Kabel", "cable"),
    "air": ("Funk", "air"),
    "expected": ("erwartet", "expected"),
    "received": ("erhalten", "received"),
    "late": ("spät", "late"),
    "lost": ("verloren", "lost"),
    "starting": ("Starte Broker, Knoten und Gateway …", "Starting broker, nodes and gateway …"),
    "settling": (
        "Letzter Stromausfall für alle; jetzt muss alles ankommen, was in den Journalen steht …",
        "A last power cut for all; now everything in the journals has to arrive …",
    ),
    "result": ("Ergebnis", "Result"),
    "chaos": ("Störungen", "faults"),
    "readings_measured": (
        "gemessen (laut Journal der Knoten)",
        "measured (say the nodes' journals)",
    ),
    "readings_published": ("bei der Plattform angekommen", "arrived at the platform"),
    "readings_missing": ("fehlen", "missing"),
    "duplicates_delivered": ("doppelt zugestellt (gleiche Kennung)", "delivered twice (same id)"),
    "latency_ms": (
        "von der Messung zur Plattform, am Kabel, ms",
        "from measurement to platform, on cables, ms",
    ),
    "latency_air_ms": ("dasselbe am Funk, ms", "the same on the air, ms"),
    "bytes_on_wire": ("Bytes auf den Kabeln, beide Richtungen", "bytes on the cables, both ways"),
    "bytes_per_reading": ("Bytes je Messwert am Kabel", "bytes per reading on cables"),
    "frames_on_air": ("Rahmen am Funk, beide Richtungen", "frames on the air, both ways"),
    "airtime_ms_per_reading": ("Sendezeit je Messwert, ms", "airtime per reading, ms"),
    "duty_violations": ("Verstöße gegen die Sendezeit", "violations of the duty cycle"),
    "gateway_rss_mb": ("Speicher des Gateways, MB", "memory of the gateway, MB"),
    "nodes": ("Knoten", "nodes"),
}


def text(name: str, lang: str) -> str:
    """Return a text in a language."""
    return _TEXTS[name][lang == "en"]

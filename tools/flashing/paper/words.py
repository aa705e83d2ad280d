"""What signs say about each kind of sensor and each quantity, in words for everybody.

Place: a profile -> `Words` -> sign.
Guarantee: every kind and every quantity of firmware/profiles has words in both languages (a test
holds this file against the firmware). What they promise is what the firmware does:
firmware/profiles/README.md, "What is measured, and what is not".
"""

from typing import NamedTuple

# What each kind of sensor of a profile measures; `quantities` of the classes in firmware/node.
KINDS = {
    "battery": ("device", ("battery",)),
    "climate": ("weather", ("temperature", "humidity", "pressure")),
    "co2": ("air", ("co2",)),
    "counter": ("traffic", ("vehicles",)),
    "directions": (
        "traffic",
        ("vehicles_towards", "vehicles_away", "speed_classes_towards", "speed_classes_away"),
    ),
    "level": ("water", ("water_level",)),
    "noise": ("noise", ("laeq", "lamax")),
    "parking": ("parking", ("free_spaces",)),
    "particles": ("air", ("pm25", "pm10")),
    "probe": ("water", ("water_temperature",)),
    "solar": ("device", ("solar",)),
    "thermometer": ("weather", ("temperature",)),
    "traffic": ("traffic", ("vehicles", "speed_classes")),
}

_LOUDNESS = ("Mittlerer Schallpegel in Dezibel", "Average sound level in decibels")
_BOTH_WAYS = ("Anzahl der Fahrzeuge je Richtung", "Number of vehicles in each direction")
_SPEEDS = ("Anzahl in sechs Tempostufen", "Number in six classes of speed")
QUANTITIES = {
    "temperature": ("Lufttemperatur", "Air temperature"),
    "humidity": ("Luftfeuchtigkeit", "Humidity"),
    "pressure": ("Luftdruck", "Air pressure"),
    "battery_pct": ("Ladestand des Geräts", "Charge of the device"),
    "pm25": ("Feinstaub PM2,5", "Fine dust PM2.5"),
    "pm10": ("Feinstaub PM10", "Fine dust PM10"),
    "pm1": ("Feinstaub PM1", "Fine dust PM1"),
    "no2": ("Stickstoffdioxid", "Nitrogen dioxide"),
    "o3": ("Ozon", "Ozone"),
    "co2": ("Kohlendioxid", "Carbon dioxide"),
    "laeq": _LOUDNESS,
    "lamax": ("Höchster Schallpegel in Dezibel", "Highest sound level in decibels"),
    "vehicles": ("Anzahl der Fahrzeuge", "Number of vehicles"),
    "speed_classes": _SPEEDS,
    "speed": ("Mittleres Tempo aller Fahrzeuge", "Average speed of all vehicles"),
    "occupancy": ("Auslastung der Straße", "How full the road is"),
    "water_level": ("Wasserstand", "Water level"),
    "free_spaces": ("Freie Stellplätze", "Free parking spaces"),
    "battery": ("Batteriespannung des Geräts", "Voltage of the device’s battery"),
    "solar": ("Spannung der Solarzelle", "Voltage of the solar cell"),
    "precipitation": ("Niederschlag", "Rain and snow"),
    "wind_speed": ("Windgeschwindigkeit", "Wind speed"),
    "wind_direction": ("Windrichtung", "Wind direction"),
    "illuminance": ("Helligkeit", "Brightness"),
    "water_temperature": ("Wassertemperatur", "Water temperature"),
    "vehicles_towards": _BOTH_WAYS,
    "vehicles_away": _BOTH_WAYS,
    "speed_classes_towards": _SPEEDS,
    "speed_classes_away": _SPEEDS,
}


class Words(NamedTuple):
    """What a sign about a subject says: `purpose` has two sentences, `not_measured` is a list."""

    title: str
    purpose: str
    not_measured: tuple[str, ...]


_NEVER = {
    "de": (
        "Bilder oder Tonaufnahmen",
        "Personen oder Kennzeichen",
        "Handys oder andere Geräte (MAC-Adressen)",
    ),
    "en": (
        "Pictures or sound recordings",
        "Persons or number plates",
        "Telephones or other devices (MAC addresses)",
    ),
}
SUBJECTS = {
    "air": {
        "de": Words(
            "Hier wird die Luft gemessen",
            "Wir möchten wissen, wie gut die Luft an dieser Stelle ist und wie sie sich im Lauf der"
            " Zeit verändert. Die Werte helfen bei der Planung für dieses Gebiet.",
            _NEVER["de"],
        ),
        "en": Words(
            "The air is measured here",
            "We want to know how good the air is at this place, and how it changes over time. The"
            " values help to plan this area.",
            _NEVER["en"],
        ),
    },
    "weather": {
        "de": Words(
            "Hier wird das Wetter gemessen",
            "Wir möchten wissen, wie warm und feucht es an dieser Stelle der Stadt ist. Die Werte"
            " helfen, sich auf Hitze und Kälte einzustellen.",
            _NEVER["de"],
        ),
        "en": Words(
            "The weather is measured here",
            "We want to know how warm and humid it is at this place of the city. The values help to"
            " prepare for heat and cold.",
            _NEVER["en"],
        ),
    },
    "noise": {
        "de": Words(
            "Hier wird die Lautstärke gemessen",
            "Wir möchten wissen, wie laut es an dieser Stelle bei Tag und bei Nacht ist. Die Werte"
            " helfen zu entscheiden, wo es leiser werden soll.",
            (
                "Gespräche: Das Gerät berechnet nur Pegel, Ton wird weder gespeichert noch"
                " gesendet",
                *_NEVER["de"],
            ),
        ),
        "en": Words(
            "Loudness is measured here",
            "We want to know how loud it is at this place by day and by night. The values help to"
            " decide where it should become quieter.",
            (
                "Conversations: the device computes levels only, no sound is stored or sent",
                *_NEVER["en"],
            ),
        ),
    },
    "traffic": {
        "de": Words(
            "Hier wird der Verkehr gezählt",
            "Wir möchten wissen, wie viel Verkehr hier zu welcher Tageszeit fährt. Die Werte helfen"
            " bei der Planung von Straßen und Ampeln.",
            (
                "Einzelne Fahrzeuge oder Fahrten: Es wird nur gezählt",
                *_NEVER["de"],
            ),
        ),
        "en": Words(
            "Traffic is counted here",
            "We want to know how much traffic there is at which time of the day. The values help to"
            " plan roads and traffic lights.",
            ("Single vehicles or journeys: they are only counted", *_NEVER["en"]),
        ),
    },
    "water": {
        "de": Words(
            "Hier wird der Wasserstand gemessen",
            "Wir möchten früh merken, wenn das Wasser steigt. Die Werte helfen, vor Hochwasser zu"
            " warnen und Trockenheit zu erkennen.",
            ("Was neben dem Gewässer geschieht", *_NEVER["de"]),
        ),
        "en": Words(
            "The water level is measured here",
            "We want to notice early when the water rises. The values help to warn of floods and to"
            " see droughts.",
            ("What happens beside the water", *_NEVER["en"]),
        ),
    },
    "parking": {
        "de": Words(
            "Hier werden freie Stellplätze gezählt",
            "Wir möchten zeigen, wo ein Stellplatz frei ist. Das erspart die Suche und den Verkehr,"
            " der dabei entsteht.",
            ("Welches Fahrzeug hier steht", *_NEVER["de"]),
        ),
        "en": Words(
            "Free parking spaces are counted here",
            "We want to show where a parking space is free. That saves the search, and the traffic"
            " that comes with it.",
            ("Which vehicle stands here", *_NEVER["en"]),
        ),
    },
    "device": {
        "de": Words(
            "Hier wird ein Messgerät erprobt",
            "Das Gerät misst seine eigene Versorgung mit Strom. Wir möchten wissen, wie lange es an"
            " dieser Stelle ohne Wartung läuft.",
            _NEVER["de"],
        ),
        "en": Words(
            "A measuring device is tried out here",
            "The device measures its own power supply. We want to know how long it runs at this"
            " place without maintenance.",
            _NEVER["en"],
        ),
    },
}
HEADINGS = {
    "de": {
        "measured": "Gemessen",
        "not_measured": "Nicht gemessen",
        "operator": "Verantwortlich",
        "contact": "Fragen und Hinweise",
        "data_protection": "Datenschutz",
        "no_personal_data": "Wir erheben keine personenbezogenen Daten.",
        "until": "Gemessen wird bis",
        "open_end": "Die Messung ist nicht befristet.",
        "live": "Aktuelle Werte",
        "node": "Gerät",
        "guide": "Richtwerte, keine amtliche Messung.",
        "made": "Stand:",
    },
    "en": {
        "measured": "Measured",
        "not_measured": "Not measured",
        "operator": "Responsible",
        "contact": "Questions and comments",
        "data_protection": "Data protection",
        "no_personal_data": "We collect no personal data.",
        "until": "Measured until",
        "open_end": "There is no date yet when this ends.",
        "live": "Current values",
        "node": "Device",
        "guide": "Indicative values, not official ones.",
        "made": "As of",
    },
}


def every(seconds: int, lang: str) -> str:
    """Return how often, in words."""
    if seconds % 3600 == 0:
        count, one, many = seconds // 3600, ("jede Stunde", "every hour"), ("Stunden", "hours")
    elif seconds % 60 == 0:
        count, one, many = seconds // 60, ("jede Minute", "every minute"), ("Minuten", "minutes")
    else:
        count, one, many = seconds, ("jede Sekunde", "every second"), ("Sekunden", "seconds")
    is_english = lang == "en"
    if count == 1:
        return one[is_english]
    return f"{'every' if is_english else 'alle'} {count} {many[is_english]}"

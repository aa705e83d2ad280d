"""What MQTT 5 lets us say of ourselves when we connect, and of our last will.

Place: under `broker`. MQTT 5.0 (OASIS, 2019), 3.1.2.11 CONNECT properties, 3.1.3.2 will properties.
"""

from dataclasses import replace

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from gateway.mqtt.packets import LONGEST

_COMMANDS_AT_ONCE = 64


def of_connection(session_s: int) -> Properties:
    """Return what we take (short packets, few at once), and how long we want to be remembered."""
    properties = Properties(PacketTypes.CONNECT)
    properties.MaximumPacketSize = LONGEST
    properties.ReceiveMaximum = _COMMANDS_AT_ONCE
    properties.SessionExpiryInterval = session_s
    return properties


def explained(will: aiomqtt.Will, schema: str) -> aiomqtt.Will:
    """Return the will with content type and schema, as every other message has them."""
    properties = Properties(PacketTypes.WILLMESSAGE)
    properties.ContentType = "application/json"
    properties.UserProperty = ("schema", schema)
    return replace(will, properties=properties)

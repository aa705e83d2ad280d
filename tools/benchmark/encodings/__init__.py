"""How others would send the same readings: each encoding field by field, after its specification.

    Batch -> Window -> Form.encode -> packets -> their length, with what their link adds

Place: sizes -> here. No package is needed: the tests prove every byte with the decoders of others.
Guarantee: each is as short as its specification allows while a receiver who knows the registry can
read it: quantities by number where a number will do, whole numbers without a decimal point, decimal
fractions instead of floats. Where a choice was left, the cheaper one counts.

    tasmota-json   messages of Tasmota's shape, see `tasmota`
    senml-json     RFC 8428, section 5, see `senml`
    senml-cbor     RFC 8428, section 6
    cayenne-lpp    the types that myDevices published, see `cayenne`
    messagepack    integer maps, see `maps`
    cbor           the same in CBOR
    meshtastic     telemetry over Meshtastic's own link, see `meshtastic`
"""

from collections.abc import Callable

from tools.benchmark.encodings import cayenne, maps, meshtastic, senml, tasmota
from tools.benchmark.encodings.packets import LORAWAN_LIMIT, LORAWAN_OVERHEAD, Form, Window


def _over_lorawan(name: str, encode: Callable[[Window], bytes]) -> Form:
    return Form(name, encode, LORAWAN_OVERHEAD, LORAWAN_LIMIT)


FORMS = (
    _over_lorawan("tasmota-json", tasmota.encode),
    _over_lorawan("senml-json", senml.encode_json),
    _over_lorawan("senml-cbor", senml.encode_cbor),
    _over_lorawan("cayenne-lpp", cayenne.encode),
    _over_lorawan("messagepack", maps.encode_messagepack),
    _over_lorawan("cbor", maps.encode_cbor),
    Form("meshtastic", meshtastic.encode, meshtastic.HEADER, meshtastic.LIMIT, 1),
)

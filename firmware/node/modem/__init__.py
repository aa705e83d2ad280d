"""The role of a LoRa modem: frames between the air and a gateway's USB port."""

"""The gateway: links -> ingest -> spool -> publisher -> MQTT. Run with `python -m gateway`."""

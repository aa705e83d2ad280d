"""Builds the gateway's Debian package: what `tools/deb` calls."""

"""Stand-ins; each says what it does not model."""

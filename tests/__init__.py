"""The tests; nothing outside imports them."""

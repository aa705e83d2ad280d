"""Where frames come from and acks go to."""

"""Golden vectors, and the script that made them; see README.md."""

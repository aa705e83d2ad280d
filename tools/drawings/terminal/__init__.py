"""Pictures of the real terminal for docs/flash.md: commands that really run, on virtual boards.

Place: `python -m tools.drawings.terminal` -> stage, session, screen -> docs/flash/*.svg.
"""

"""What speaks to one sensor chip: a class each; `driver` says what they have in common."""

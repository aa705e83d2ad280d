"""What is wired to a board beside its radio: sensors, at the level of their registers or bytes."""

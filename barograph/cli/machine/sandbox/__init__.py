"""A private installation under load, and whether it keeps its promises."""

"""How often somebody may ask, try and be noted."""

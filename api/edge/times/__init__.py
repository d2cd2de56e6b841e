"""Times and periods in questions."""

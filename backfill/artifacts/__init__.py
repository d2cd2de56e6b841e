"""Files that runs hold: what is kept in vain, and what is missing."""

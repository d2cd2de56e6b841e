"""`python -m barograph_client`: the commands, and what they share."""

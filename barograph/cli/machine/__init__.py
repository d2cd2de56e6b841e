"""What runs on this machine, and its database: a file with a table of commands for each concern."""

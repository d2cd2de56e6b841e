"""Questions about readings, over time and over runs, and how they are converted."""

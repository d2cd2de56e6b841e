"""Files that come and go: exports of readings, and files of runs."""

"""Old readings into files of the archive, and files that nothing names any more off the shelf."""

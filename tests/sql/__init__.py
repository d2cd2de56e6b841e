"""What people see who ask in SQL."""

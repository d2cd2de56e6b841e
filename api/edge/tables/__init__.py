"""What sensors measured, as tables: CSV, Arrow and Parquet beside JSON."""

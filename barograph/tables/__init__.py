"""Files and bodies that hold readings as tables: CSV, Parquet, Arrow IPC.

    bytes -> formats (which is it?) -> how (which column means what?) -> scan -> tables of 50,000 rows
          -> readings (columns of sensor, time, value, and what can't be read)

Ingest reads bodies by this, the worker imports, and the API shows what a file would give.
"""

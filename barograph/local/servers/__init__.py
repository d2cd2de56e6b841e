"""PostgreSQL with TimescaleDB and Redis without Docker and without installing anything on the machine.

    the machine's apt sources -> debian -> unpack -> cluster, redis_server -> service (start, ready, stop)

`debian`, `file_lock` and `refusal` need nothing but the standard library: `barograph.local.environment` uses
them before the virtual environment exists.
"""

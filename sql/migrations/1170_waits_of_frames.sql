-- A gap begins when the frame before it came, which may be long before it was stored.

alter table producer
    -- How long its last frame had waited for its commit; null before the first. A former release leaves it as it is.
    add column last_wait_s float8;

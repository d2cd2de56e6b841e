-- Readings as rows and as blocks.

-- name: size
select hypertable_size('reading') + hypertable_size('reading_block');

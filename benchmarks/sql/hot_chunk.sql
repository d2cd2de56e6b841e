-- The newest chunk with other indexes than its b-tree.

-- name: drop_b_tree
drop index reading_sensor_id_time_idx;

-- name: make_brin_4
create index on reading using brin (sensor_id int4_minmax_multi_ops, time) with (pages_per_range = 4);

-- name: make_brin_16
create index on reading using brin (sensor_id int4_minmax_multi_ops, time) with (pages_per_range = 16);

-- name: make_brin_64
create index on reading using brin (sensor_id int4_minmax_multi_ops, time) with (pages_per_range = 64);

-- name: make_brin_of_time
create index on reading using brin (time) with (pages_per_range = 16);

-- name: summarize
-- What vacuum does: what came after the last time is unknown to a BRIN, and is read whole.
select sum(brin_summarize_new_values(index.oid))
from pg_index
join pg_class as index on index.oid = pg_index.indexrelid
join pg_am on pg_am.oid = index.relam
join timescaledb_information.chunks as chunk
    on pg_index.indrelid = (quote_ident(chunk_schema) || '.' || quote_ident(chunk_name))::regclass
where pg_am.amname = 'brin' and hypertable_name = 'reading';

-- name: last_time
select (extract(epoch from max(time)) * 1000000)::int8 from any_reading;

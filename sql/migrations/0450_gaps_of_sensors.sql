-- Which sensors a gap may lack readings of, and whether the sequence moved past it.

alter table producer_gap
    -- Those that the gateway named as it went on; null for gaps that a former release recorded.
    add column sensor_ids int[],
    -- The token might not move the sequence: later frames have these numbers.
    add column was_refused boolean not null default false;
create index producer_gap_sensor_ids_idx on producer_gap using gin (sensor_ids);

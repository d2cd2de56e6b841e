-- What is known of each sensor beside its readings: the time of its latest one, whether others were told that it is
-- there, and the orders in which sensors are listed.

alter table sensor_liveness
    -- Of the latest reading that is not historical; null if only a former release has heard of the sensor.
    add column latest_at timestamptz,
    -- What the last event of the sensor says.
    add column is_online boolean not null default false;
-- No news: these were there before.
update sensor_liveness set is_online = true where last_seen_at > now() - interval '1 minute';

create index sensor_created_at_idx on sensor (project_id, created_at, id);
create index sensor_name_idx on sensor (project_id, lower(name), id);

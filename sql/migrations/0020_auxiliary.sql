-- Stretches of a sensor's readings to convert again, because a reading of a sensor that its profile
-- needs arrived after them.
create table recalibration_due (
    id bigint generated always as identity primary key,
    sensor_id int not null references sensor on delete cascade,
    during tstzrange not null check (not isempty(during)),
    created_at timestamptz not null default now()
);
create index recalibration_due_sensor_id_idx on recalibration_due (sensor_id);

-- The sensors of runs. What binding and unbinding mean for capture sessions is in the database's guards.

-- name: bind
insert into run_sensor (run_id, sensor_id, project_id, bound_by)
select %(run_id)s, id, project_id, %(bound_by)s
from sensor
where public_id = %(sensor)s and project_id = %(project_id)s
on conflict do nothing
returning sensor_id;

-- name: item
select * from run_sensor_item where in_run = %(run_id)s and id = %(sensor)s;

-- name: list
select *
from run_sensor_item
where in_run = %(run_id)s and position < %(before)s
order by position desc
limit %(fetch)s;

-- name: unbind
delete from run_sensor where run_id = %(run_id)s and sensor_id = %(sensor_id)s;

-- name: lock_runs_of_sensor
-- Before the sensor is deleted: runs are locked before sensors, as everywhere.
select run.id
from run_sensor
join run on run.id = run_sensor.run_id
where run_sensor.sensor_id = %(sensor_id)s
order by run.id
for no key update of run;

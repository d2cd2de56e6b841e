-- What must hold between experiments, runs, capture sessions and sensors, whatever two transactions do at
-- once. A guard locks the row that decides, and then looks in a statement of its own, whose snapshot is
-- younger than the lock. (So all of this is for READ COMMITTED.) Rows are locked in the order run,
-- experiment; run, capture session, sensor. Guards of updates come after them: before, they would make
-- an update that names a key's column lock the row against whatever refers to it.

create function refuse(reason text) returns void language plpgsql as $$
begin
    raise exception '%', reason using errcode = 'restrict_violation', constraint = reason;
end
$$;

create function is_active(capture_session_status text) returns boolean language sql immutable
return capture_session_status in ('running', 'backfilling');

-- An experiment with running runs is not archived.
create function guard_experiment_archival() returns trigger language plpgsql as $$
begin
    if exists (select from run where experiment_id = new.id and status = 'running') then
        perform refuse('experiment_has_running_runs');
    end if;
    return null;
end
$$;
create trigger guard_archival after update of status on experiment
    for each row when (new.status = 'archived') execute function guard_experiment_archival();

-- An archived experiment gets no new runs, and none of its runs is started.
create function guard_run_start() returns trigger language plpgsql as $$
declare
    experiment_status text;
begin
    select status into experiment_status from experiment where id = new.experiment_id for share;
    if experiment_status = 'archived' then
        perform refuse('experiment_is_archived');
    end if;
    return null;
end
$$;
create trigger guard_creation after insert on run for each row execute function guard_run_start();
create trigger guard_start after update of status on run
    for each row when (new.status = 'running') execute function guard_run_start();

-- A run with an active capture session neither ends nor is archived.
create function guard_run_end() returns trigger language plpgsql as $$
begin
    if exists (select from capture_session where run_id = new.id and is_active(status)) then
        perform refuse('run_has_active_capture_session');
    end if;
    return null;
end
$$;
create trigger guard_end after update of status on run
    for each row when (new.status in ('finished', 'failed', 'archived')) execute function guard_run_end();

-- A run that has ended gets no new capture sessions, and none of them is started. Every session that
-- becomes active locks its run, so that the run's end, and its sensors, are decided before or after.
create function guard_capture_session() returns trigger language plpgsql as $$
declare
    run_status text;
begin
    select status into run_status from run where id = new.run_id for no key update;
    if run_status in ('finished', 'failed', 'archived') and new.status in ('draft', 'running') then
        perform refuse('run_has_ended');
    end if;
    return null;
end
$$;
create trigger guard_creation after insert on capture_session
    for each row execute function guard_capture_session();
create trigger guard_activation after update of status on capture_session
    for each row when (is_active(new.status)) execute function guard_capture_session();

-- A session takes the run's sensors as it starts. A decommissioned one can't take part.
create function take_run_sensors() returns trigger language plpgsql as $$
begin
    perform from sensor
    where id in (select sensor_id from run_sensor where run_id = new.run_id)
    order by id
    for share;
    if exists (
        select
        from run_sensor
        join sensor on sensor.id = run_sensor.sensor_id
        where run_sensor.run_id = new.run_id and sensor.status = 'decommissioned'
    ) then
        perform refuse('sensor_is_decommissioned');
    end if;
    insert into capture_session_sensor (capture_session_id, sensor_id)
    select new.id, sensor_id from run_sensor where run_id = new.run_id;
    return null;
end
$$;
create trigger take_run_sensors after insert or update of status on capture_session
    for each row when (new.status = 'running') execute function take_run_sensors();

-- A finished session is archived, not deleted. (Sessions without readings go with their whole project.)
create function guard_capture_session_deletion() returns trigger language plpgsql as $$
begin
    if is_active(old.status) then
        perform refuse('capture_session_is_active');
    end if;
    if old.status not in ('draft', 'failed') and exists (select from project where id = old.project_id) then
        perform refuse('capture_session_is_kept');
    end if;
    return old;
end
$$;
create trigger guard_deletion before delete on capture_session
    for each row execute function guard_capture_session_deletion();

-- A sensor that is bound while sessions run becomes theirs.
create function join_running_sessions() returns trigger language plpgsql as $$
declare
    sensor_status text;
begin
    update run set sensor_ids = sensor_ids || new.sensor_id where id = new.run_id;
    select status into sensor_status from sensor where id = new.sensor_id for share;
    if sensor_status = 'decommissioned' then
        perform refuse('sensor_is_decommissioned');
    end if;
    insert into capture_session_sensor (capture_session_id, sensor_id)
    select id, new.sensor_id from capture_session where run_id = new.run_id and status = 'running';
    return null;
end
$$;
create trigger join_running_sessions after insert on run_sensor
    for each row execute function join_running_sessions();

-- A sensor in an active session is not unbound …
create function guard_unbinding() returns trigger language plpgsql as $$
begin
    update run set sensor_ids = array_remove(sensor_ids, old.sensor_id) where id = old.run_id;
    if exists (
        select
        from capture_session_sensor as taken
        join capture_session as session on session.id = taken.capture_session_id
        where taken.sensor_id = old.sensor_id and session.run_id = old.run_id and is_active(session.status)
    ) then
        perform refuse('sensor_is_in_active_capture_session');
    end if;
    return null;
end
$$;
create trigger guard_unbinding after delete on run_sensor
    for each row execute function guard_unbinding();

-- … nor decommissioned, nor deleted.
create function guard_sensor() returns trigger language plpgsql as $$
begin
    if exists (
        select
        from capture_session_sensor as taken
        join capture_session as session on session.id = taken.capture_session_id
        where taken.sensor_id = old.id and is_active(session.status)
    ) then
        perform refuse('sensor_is_in_active_capture_session');
    end if;
    return old;
end
$$;
create trigger guard_decommission after update of status on sensor
    for each row when (new.status = 'decommissioned') execute function guard_sensor();
create trigger guard_deletion before delete on sensor for each row execute function guard_sensor();

-- History stays as it was written.
create trigger append_only before update or delete on status_change
    for each row execute function refuse_change();
create trigger never_emptied before truncate on status_change
    for each statement execute function refuse_change();

-- What only those who manage sensors may do, and ingest may have done where the project says so.

-- Makes sensors of keys that the project has none of, as many as it has room for, in the order given; how many it made.
-- The row's lock comes first: who registers the same keys at the same time waits, and then finds them there.
create or replace function register_sensors(of_project int, by_token uuid, wanted text[])
returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare
    room int;
    token_name text;
    made int;
begin
    select name into token_name
    from ingest_token
    join valid_ingest_token as valid using (id)
    where ingest_token.id = by_token and valid.project_id = of_project and valid.sensors is null;
    if token_name is null or not exists (
        select from project
        where id = of_project
            and register_sensors_up_to > (select count(*) from sensor where project_id = of_project)
    ) then
        return 0;
    end if;
    update project set catalog_version = catalog_version + 1 where id = of_project;
    -- A statement of its own after the lock: its snapshot must be younger.
    select register_sensors_up_to - (select count(*) from sensor where project_id = of_project) into room
    from project
    where id = of_project;
    with made_sensor as (
        insert into sensor (project_id, key)
        select of_project, missing.key
        from (
            select given.key
            from unnest(wanted) with ordinality as given (key, place)
            where not exists (
                select from sensor where sensor.project_id = of_project and sensor.key = given.key
            )
            order by given.place
            limit greatest(room, 0)
        ) as missing
        on conflict do nothing
        returning public_id, key
    ), noted as (
        insert into audit_entry (project_id, actor, action, subject_id, after)
        select
            of_project, 'token ' || token_name, 'sensor.create', public_id, jsonb_build_object('key', key)
        from made_sensor
    )
    select count(*) into made from made_sensor;
    perform pg_notify('barograph_catalog', of_project::text);
    return made;
end
$$;

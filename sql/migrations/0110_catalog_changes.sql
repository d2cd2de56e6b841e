-- A version number says how often a catalog has changed, not what it holds: a database restored from a backup
-- counts on from an older number, and gives out the same numbers and ids again for something else. The stamp is
-- drawn anew with each version, so that equal stamps mean equal catalogs.
alter table project add column catalog_stamp uuid not null default gen_random_uuid();

-- What changed with which version, so that a cache reads what is new and no more. A row has a stamp, or sensors.
create table catalog_change (
    project_id int not null references project on delete cascade,
    version bigint not null,
    stamp uuid,
    sensor_ids int[] not null default '{}'
);
create index catalog_change_version_idx on catalog_change (project_id, version);
insert into catalog_change (project_id, version, stamp)
select id, catalog_version, catalog_stamp from project;

create function stamp_catalog() returns trigger language plpgsql as $$
begin
    new.catalog_stamp := gen_random_uuid();
    return new;
end
$$;
create trigger project_stamp_catalog before update of catalog_version on project
for each row execute function stamp_catalog();

-- A cache that is more than a thousand changes behind reads the whole.
create function note_catalog_stamp() returns trigger language plpgsql as $$
begin
    delete from catalog_change where project_id = new.id and version < new.catalog_version - 1000;
    insert into catalog_change (project_id, version, stamp)
    values (new.id, new.catalog_version, new.catalog_stamp);
    return null;
end
$$;
create trigger project_note_stamp after insert or update of catalog_version on project
for each row execute function note_catalog_stamp();

-- Whoever changes a catalog raises its version first, so that what follows is noted under the new one.
create function note_changed_sensors() returns trigger language plpgsql as $$
begin
    insert into catalog_change (project_id, version, sensor_ids)
    select project.id, project.catalog_version, array_agg(changed.id)
    from changed
    join project on project.id = changed.project_id
    group by project.id;
    return null;
end
$$;
create trigger sensor_note_insert after insert on sensor
referencing new table as changed for each statement execute function note_changed_sensors();
create trigger sensor_note_update after update on sensor
referencing new table as changed for each statement execute function note_changed_sensors();
create trigger sensor_note_delete after delete on sensor
referencing old table as changed for each statement execute function note_changed_sensors();

create function note_changed_validity() returns trigger language plpgsql as $$
begin
    insert into catalog_change (project_id, version, sensor_ids)
    select project.id, project.catalog_version, array_agg(distinct sensor.id)
    from changed
    join sensor on sensor.id = changed.sensor_id
    join project on project.id = sensor.project_id
    group by project.id;
    return null;
end
$$;
create trigger profile_validity_note_insert after insert on profile_validity
referencing new table as changed for each statement execute function note_changed_validity();
create trigger profile_validity_note_update after update on profile_validity
referencing new table as changed for each statement execute function note_changed_validity();
create trigger profile_validity_note_delete after delete on profile_validity
referencing old table as changed for each statement execute function note_changed_validity();

-- What has been deleted here, for as long as the store may still hold it. Only that is removed from the store: what this
-- database never named may be somebody else's, or newer than the backup that it was restored from.
create table artifact_removal (
    artifact_id uuid primary key,
    removed_at timestamptz not null default now()
);

create function note_artifact_removal() returns trigger language plpgsql
security definer set search_path = public, pg_temp as $$
begin
    insert into artifact_removal (artifact_id) values (old.public_id) on conflict do nothing;
    return null;
end
$$;

create trigger artifact_removed after delete on artifact
for each row when (old.url is null) execute function note_artifact_removal();

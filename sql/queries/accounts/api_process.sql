-- Which keys the API's processes sign with.

-- name: note
with gone as (
    delete from api_process where seen_at < now() - interval '1 hour'
)
insert into api_process (id, host, key_id)
values (%(id)s, %(host)s, %(key_id)s)
on conflict (id) do update set key_id = excluded.key_id, seen_at = now();

-- name: elders
-- Those that were here before and are still seen.
select elder.host, elder.key_id
from api_process as elder
join api_process as this on this.id = %(id)s
where (elder.started_at, elder.id) < (this.started_at, this.id)
    and elder.seen_at > now() - interval '30 seconds'
order by elder.started_at, elder.id;

-- name: leave
delete from api_process where id = %(id)s;

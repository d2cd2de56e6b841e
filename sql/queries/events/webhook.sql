-- Webhooks of projects, as their owners see them.

-- name: create
with made as (
    insert into webhook (project_id, url, types, description, concurrency, is_enabled, secret, public_id, created_by)
    values (
        %(project_id)s, %(url)s, %(types)s::text[], %(description)s, %(concurrency)s, %(enabled)s, %(secret)s,
        %(public_id)s, %(created_by)s
    )
    returning id
), standing as (
    insert into webhook_standing (webhook_id) select id from made
)
select id from made;

-- name: count
select count(*) as webhooks from webhook where project_id = %(project_id)s;

-- name: item
select * from webhook_item where position = %(id)s;

-- name: list
select *
from webhook_item
where in_project = %(project_id)s and position < %(before)s
order by position desc
limit %(fetch)s;

-- name: lock
select id, project_id, secret, former_secret from webhook where id = %(id)s for no key update;

-- name: update
update webhook
set
    url = %(url)s,
    types = %(types)s::text[],
    description = %(description)s,
    concurrency = %(concurrency)s,
    is_enabled = %(enabled)s,
    off_reason = case when is_enabled = %(enabled)s then off_reason end,
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: look_again
-- What waits is tried now; who was switched on again has not failed yet.
with due as (
    update webhook_delivery set next_at = now() where webhook_id = %(id)s and status = 'waiting'
), noted as (
    update webhook_standing set next_at = now(), failing_since = null where webhook_id = %(id)s
)
select pg_notify('barograph_event', '');

-- name: rotate_secret
update webhook
set
    secret = %(secret)s,
    former_secret = case when %(overlap_s)s > 0 then secret end,
    former_until = case when %(overlap_s)s > 0 then now() + %(overlap_s)s * interval '1 second' end,
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: delete
delete from webhook where id = %(id)s;

-- name: record_test
with told as (
    insert into event (project_id, kind, payload)
    select project_id, 'webhook.tested', jsonb_build_object('webhook_id', public_id, 'description', description)
    from webhook
    where id = %(id)s
    returning id
)
insert into webhook_delivery (webhook_id, event_id, is_extra)
select %(id)s, id, true from told
returning id;

-- name: repeat
insert into webhook_delivery (webhook_id, event_id, is_extra)
select webhook_id, event_id, true
from webhook_delivery
where id = %(id)s and exists (select from event where event.id = event_id)
returning id;

-- name: wake
with noted as (
    update webhook_standing
    set next_at = now()
    where webhook_id = (select webhook_id from webhook_delivery where id = %(id)s)
)
select pg_notify('barograph_event', '');

-- name: delivery
select * from webhook_delivery_item where position = %(id)s;

-- name: deliveries
select *
from webhook_delivery_item
where in_webhook = %(webhook_id)s
    and position < %(before)s
    and (%(status)s::text is null or status = %(status)s)
order by position desc
limit %(fetch)s;

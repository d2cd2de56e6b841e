-- Sending messages of webhooks: what is to be sent, and what became of it.

-- name: fan_out
-- A message for each webhook that wants to know, and for each that has missed some. Events that are told twice after a
-- restart come once.
with told as (
    select
        id,
        project_id,
        kind,
        created_at,
        case
            when kind = 'events.gone' and payload ->> 'consumer' = 'webhooks'
            then (payload ->> 'until')::timestamptz
        end as missed_until
    from event
    where id = any(%(event_ids)s::int8[]) and kind <> 'webhook.tested'
), made as (
    insert into webhook_delivery (webhook_id, event_id)
    select webhook.id, told.id
    from told
    join webhook
        on webhook.project_id = told.project_id
            and webhook.is_enabled
            and webhook.created_at <= told.created_at
            and (
                webhook.types = '{}'
                or told.kind = any(webhook.types)
                or split_part(told.kind, '.', 1) || '.*' = any(webhook.types)
                or webhook.created_at <= told.missed_until
            )
    order by told.id, webhook.id
    on conflict (event_id, webhook_id) where not is_extra do nothing
    returning webhook_id
)
update webhook_standing
set next_at = now()
where webhook_id in (select webhook_id from made);

-- name: due
-- Webhooks that may have something to send, now or soon, but those that are at work.
select
    webhook.id,
    webhook.project_id,
    standing.failing_since is not null as is_failing,
    extract(epoch from standing.next_at - now())::float8 as due_in_s
from webhook_standing as standing
join webhook on webhook.id = standing.webhook_id
where standing.next_at <= now() + %(ahead_s)s * interval '1 second'
    and webhook.is_enabled
    and webhook.id <> all(%(busy)s::int4[])
order by standing.next_at
limit 1000;

-- name: webhook
select
    id,
    public_id,
    project_id,
    url,
    concurrency,
    secret,
    case when former_until > now() then former_secret end as former_secret
from webhook
where id = %(id)s and is_enabled;

-- name: waiting
-- Its next messages, behind the one that was sent last. In order: whether the first is due is looked at by who asks.
select
    delivery.id,
    delivery.attempts,
    delivery.next_at <= now() as is_due,
    delivery.created_at < now() - interval '3 days' as is_last,
    event.public_id as event_id,
    event.kind as type,
    event.created_at as time,
    event.payload as data,
    project.public_id as project_id
from webhook_delivery as delivery
join webhook on webhook.id = delivery.webhook_id
join project on project.id = webhook.project_id
left join event on event.id = delivery.event_id
where delivery.webhook_id = %(webhook_id)s
    and delivery.status = 'waiting'
    and delivery.id > %(after)s
    and (%(in_order)s or delivery.next_at <= now())
order by delivery.id
limit %(fetch)s;

-- name: lock_standing
select webhook_id from webhook_standing where webhook_id = %(webhook_id)s for update;

-- name: settle
-- When to look again. In a statement after the lock, so that it sees what came meanwhile.
update webhook_standing
set next_at = case
    when %(in_order)s then (
        select next_at
        from webhook_delivery
        where webhook_id = %(webhook_id)s and status = 'waiting'
        order by id
        limit 1
    )
    else (select min(next_at) from webhook_delivery where webhook_id = %(webhook_id)s and status = 'waiting')
end
where webhook_id = %(webhook_id)s;

-- name: note_deliveries
with done as (
    select *
    from unnest(
        %(ids)s::int8[], %(webhook_ids)s::int4[], %(durations_ms)s::float8[], %(status_codes)s::int4[],
        %(answers)s::text[], %(at)s::timestamptz[]
    ) as done (id, webhook_id, duration_ms, status_code, answer, at)
), noted as (
    update webhook_delivery as delivery
    set
        status = 'delivered',
        attempts = delivery.attempts + 1,
        last_attempt_at = done.at,
        duration_ms = done.duration_ms,
        status_code = done.status_code,
        answer = done.answer,
        failure = null
    from done
    where delivery.id = done.id
)
update webhook_standing as standing
set failing_since = null, last_success_at = latest.at
from (select webhook_id, max(at) as at from done group by webhook_id) as latest
where standing.webhook_id = latest.webhook_id;

-- name: note_failure
with noted as (
    update webhook_delivery
    set
        status = case when %(is_final)s then 'failed' else 'waiting' end,
        attempts = attempts + %(attempts)s,
        next_at = now() + %(pause_s)s * interval '1 second',
        last_attempt_at = now(),
        duration_ms = %(duration_ms)s,
        status_code = %(status_code)s,
        answer = %(answer)s,
        failure = %(failure)s
    where id = %(id)s
)
update webhook_standing
set failing_since = coalesce(failing_since, now())
where webhook_id = %(webhook_id)s;

-- name: switch_off
-- One that is gone, or has failed for five days. Others hear of it.
with gone as (
    update webhook
    set
        is_enabled = false,
        off_reason = case when %(is_gone)s then 'gone' else 'failing' end,
        version = webhook.version + 1,
        updated_at = now()
    from webhook_standing as standing
    where webhook.id = %(webhook_id)s
        and standing.webhook_id = webhook.id
        and webhook.is_enabled
        and (%(is_gone)s or standing.failing_since < now() - interval '5 days')
    returning webhook.project_id, webhook.public_id, webhook.url, webhook.off_reason
)
insert into event (project_id, kind, payload)
select
    project_id,
    'webhook.switched_off',
    jsonb_build_object('webhook_id', public_id, 'url', url, 'reason', off_reason)
from gone;

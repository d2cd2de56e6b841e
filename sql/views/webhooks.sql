-- The shapes of webhooks and their deliveries, as in `items.sql`. Secrets are in neither.

create or replace view webhook_item as
select
    webhook.id as position,
    webhook.project_id as in_project,
    webhook.public_id as id,
    project.public_id as project_id,
    webhook.url,
    webhook.types,
    webhook.description,
    webhook.concurrency,
    webhook.is_enabled as enabled,
    webhook.off_reason,
    standing.failing_since,
    standing.last_success_at,
    case when webhook.former_until > now() then webhook.former_until end as former_secret_until,
    webhook.created_by,
    webhook.version,
    webhook.created_at,
    webhook.updated_at
from webhook
join project on project.id = webhook.project_id
join webhook_standing as standing on standing.webhook_id = webhook.id;

create or replace view webhook_delivery_item as
select
    delivery.id as position,
    delivery.webhook_id as in_webhook,
    delivery.public_id as id,
    webhook.public_id as webhook_id,
    event.public_id as event_id,
    event.kind as type,
    delivery.status,
    delivery.attempts,
    case when delivery.status = 'waiting' then delivery.next_at end as next_at,
    delivery.last_attempt_at,
    delivery.duration_ms,
    delivery.status_code,
    delivery.answer,
    delivery.failure,
    delivery.created_at
from webhook_delivery as delivery
join webhook on webhook.id = delivery.webhook_id
left join event on event.id = delivery.event_id;

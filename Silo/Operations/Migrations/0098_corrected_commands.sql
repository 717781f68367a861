-- What is corrected can be the commands that a delivery brings instead of its body. replaced: the commands as they were.
alter table q2c.correction add column replaced text;

drop function q2c.correct_delivery(bigint, text, bytea, jsonb, text, text, text, bytea, text, timestamptz);

-- p_connection, p_body, p_feed: null for those of the original. p_replaced: what p_body corrects, if that is not the body.
-- The rest is as it was.
create function q2c.correct_delivery(
    p_delivery bigint, p_connection text, p_body bytea, p_plan jsonb, p_approval text, p_actor text, p_key text,
    p_fingerprint bytea, p_reason text, p_at timestamptz, p_feed text, p_replaced text, out outcome text, out correction bigint)
language plpgsql security definer set search_path = pg_catalog
as $$
declare
    parked  q2c.inbox;
    earlier bigint;
    child   bigint;
begin
    outcome := q2c.claim_key(p_actor, p_key, p_fingerprint, 'delivery/' || p_delivery);
    if outcome <> 'new' then
        select c.id into correction from q2c.correction c where outcome = 'repeated' and (c.proposed_by, c.key) = (p_actor, p_key);
        return;
    end if;

    select * into parked from q2c.inbox i where i.id = p_delivery for update;
    outcome := case
        when parked.id is null then 'not_found'
        when parked.status <> 'parked' then 'not_parked'
        when exists (select from q2c.correction c where c.delivery_id = p_delivery and c.status = 'proposed') then 'proposed'
        else 'done' end;
    if outcome <> 'done' then
        -- Nothing was done under the key: it stays free.
        delete from q2c.api_key k where (k.principal, k.key) = (p_actor, p_key);
        return;
    end if;

    select count(*) into earlier from q2c.correction c where c.delivery_id = p_delivery;
    insert into q2c.inbox (connection, feed, dedupe_key, received_at, headers, content_type, body, status, parent_id)
    values (coalesce(p_connection, parked.connection), coalesce(p_feed, parked.feed),
            parked.dedupe_key || '/corrected-' || parked.id || case when earlier > 0 then '-' || earlier + 1 else '' end, p_at,
            parked.headers, parked.content_type, coalesce(p_body, parked.body),
            case when p_approval is null then 'received' else 'proposed' end, parked.id)
    returning id into child;
    insert into q2c.correction (delivery_id, child_id, status, approval_needed, plan, reason, proposed_by, key, proposed_at, replaced)
    values (p_delivery, child, case when p_approval is null then 'sent' else 'proposed' end, p_approval, p_plan, p_reason, p_actor,
            p_key, p_at, p_replaced)
    returning id into correction;
    if p_approval is null then
        perform q2c.settle_corrected(p_delivery, child, p_actor, p_key, p_reason, p_at);
    end if;
end
$$;
revoke all on function q2c.correct_delivery(bigint, text, bytea, jsonb, text, text, text, bytea, text, timestamptz, text, text) from public;
grant execute on function q2c.correct_delivery(bigint, text, bytea, jsonb, text, text, text, bytea, text, timestamptz, text, text) to {gateway};

create or replace view q2c_read.correction as
select c.id, c.delivery_id, c.child_id, i.connection, c.status, c.approval_needed, c.plan, c.reason, c.proposed_by, c.key,
       c.proposed_at, c.decided_by, c.decided_at, c.note, c.replaced
from q2c.correction c join q2c.inbox i on i.id = c.child_id;

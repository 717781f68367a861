-- What operators did about parked deliveries. The gateway may do it through this function only.

create table q2c.delivery_action (
    id          bigint      generated always as identity primary key,
    delivery_id bigint      not null references q2c.inbox (id),
    action      text        not null check (action in ('retry', 'correct', 'skip')),
    actor       text        not null,
    key         text        not null,
    reason      text        not null,
    at          timestamptz not null,
    child_id    bigint      references q2c.inbox (id),
    unique (actor, key)
);

-- outcome: done; repeated, when the same request came before; reused, when its key belongs to another request;
-- not_found; or not_parked. child: the corrected delivery.
create function q2c.act_on_delivery(
    p_delivery bigint, p_action text, p_body bytea, p_actor text, p_key text, p_fingerprint bytea, p_reason text,
    p_at timestamptz, out outcome text, out child bigint)
language plpgsql security definer set search_path = pg_catalog
as $$
declare
    parked   q2c.inbox;
    recorded q2c.api_key;
    subject  text := 'delivery/' || p_delivery;
begin
    insert into q2c.api_key (principal, key, fingerprint, grain) values (p_actor, p_key, p_fingerprint, subject)
    on conflict do nothing;
    if not found then
        select * into recorded from q2c.api_key k where (k.principal, k.key) = (p_actor, p_key);
        outcome := case when (recorded.fingerprint, recorded.grain) = (p_fingerprint, subject) then 'repeated' else 'reused' end;
        select a.child_id into child from q2c.delivery_action a where outcome = 'repeated' and (a.actor, a.key) = (p_actor, p_key);
        return;
    end if;

    select * into parked from q2c.inbox i where i.id = p_delivery for update;
    outcome := case when parked.id is null then 'not_found' when parked.status <> 'parked' then 'not_parked' else 'done' end;
    if outcome <> 'done' then
        -- Nothing was done under the key: it stays free.
        delete from q2c.api_key k where (k.principal, k.key) = (p_actor, p_key);
        return;
    end if;

    if p_action = 'correct' then
        insert into q2c.inbox (connection, feed, dedupe_key, received_at, headers, content_type, body, parent_id)
        values (parked.connection, parked.feed, parked.dedupe_key || '/corrected-' || parked.id, p_at, parked.headers,
                parked.content_type, p_body, parked.id)
        returning id into child;
    end if;

    update q2c.inbox i
    set status = case p_action when 'retry' then 'received' else 'superseded' end, next_at = p_at, retries = i.retries + 1
    where i.id = p_delivery;
    insert into q2c.delivery_action (delivery_id, action, actor, key, reason, at, child_id)
    values (p_delivery, p_action, p_actor, p_key, p_reason, p_at, child);
end
$$;

revoke all on function q2c.act_on_delivery(bigint, text, bytea, text, text, bytea, text, timestamptz) from public;
grant execute on function q2c.act_on_delivery(bigint, text, bytea, text, text, bytea, text, timestamptz) to {gateway};

-- A delivery is never altered: its correction, or the same for another connection, is a new one that refers to it. Where
-- money moves, the new one waits (proposed) until a second person has approved it.
alter table q2c.inbox drop constraint inbox_status_check;
alter table q2c.inbox add constraint inbox_status_check
    check (status in ('received', 'done', 'parked', 'superseded', 'proposed'));

create function q2c.keep_delivery() returns trigger
language plpgsql
as $$
begin
    raise exception 'A delivery stays as it came.' using errcode = 'restrict_violation';
end
$$;
create trigger inbox_unaltered before update of connection, feed, dedupe_key, received_at, headers, content_type, body, parent_id
on q2c.inbox for each row execute function q2c.keep_delivery();

-- plan: the commands that were shown to whoever proposed it.
create table q2c.correction (
    id              bigint      generated always as identity primary key,
    delivery_id     bigint      not null references q2c.inbox (id),
    child_id        bigint      not null unique references q2c.inbox (id),
    status          text        not null check (status in ('proposed', 'sent', 'rejected')),
    approval_needed text,
    plan            jsonb       not null,
    reason          text        not null,
    proposed_by     text        not null,
    key             text        not null,
    proposed_at     timestamptz not null,
    decided_by      text,
    decided_at      timestamptz,
    note            text,
    unique (proposed_by, key),
    constraint correction_second_person
        check (status <> 'sent' or approval_needed is null or coalesce(decided_by, proposed_by) <> proposed_by)
);
create unique index correction_open on q2c.correction (delivery_id) where status = 'proposed';
create index on q2c.correction (delivery_id, id);

-- What an operator's request is known by: new; repeated, when the same came before; reused, when its key belongs to
-- another request.
create function q2c.claim_key(p_actor text, p_key text, p_fingerprint bytea, p_subject text) returns text
language plpgsql set search_path = pg_catalog
as $$
declare
    recorded q2c.api_key;
begin
    insert into q2c.api_key (principal, key, fingerprint, grain) values (p_actor, p_key, p_fingerprint, p_subject)
    on conflict do nothing;
    if found then
        return 'new';
    end if;
    select * into recorded from q2c.api_key k where (k.principal, k.key) = (p_actor, p_key);
    return case when (recorded.fingerprint, recorded.grain) = (p_fingerprint, p_subject) then 'repeated' else 'reused' end;
end
$$;
revoke all on function q2c.claim_key(text, text, bytea, text) from public;

-- p_connection, p_body: null for those of the original. p_approval: why a second person is needed; null if none is.
-- outcome: done; repeated; reused; not_found; not_parked; or proposed, when a correction waits already.
create function q2c.correct_delivery(
    p_delivery bigint, p_connection text, p_body bytea, p_plan jsonb, p_approval text, p_actor text, p_key text,
    p_fingerprint bytea, p_reason text, p_at timestamptz, out outcome text, out correction bigint)
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
    values (coalesce(p_connection, parked.connection), parked.feed,
            parked.dedupe_key || '/corrected-' || parked.id || case when earlier > 0 then '-' || earlier + 1 else '' end, p_at,
            parked.headers, parked.content_type, coalesce(p_body, parked.body),
            case when p_approval is null then 'received' else 'proposed' end, parked.id)
    returning id into child;
    insert into q2c.correction (delivery_id, child_id, status, approval_needed, plan, reason, proposed_by, key, proposed_at)
    values (p_delivery, child, case when p_approval is null then 'sent' else 'proposed' end, p_approval, p_plan, p_reason, p_actor,
            p_key, p_at)
    returning id into correction;
    if p_approval is null then
        perform q2c.settle_corrected(p_delivery, child, p_actor, p_key, p_reason, p_at);
    end if;
end
$$;

create function q2c.settle_corrected(p_delivery bigint, p_child bigint, p_actor text, p_key text, p_reason text, p_at timestamptz)
returns void
language plpgsql set search_path = pg_catalog
as $$
begin
    -- The action keeps why it was parked, so it comes first.
    insert into q2c.delivery_action (delivery_id, action, actor, key, reason, at, child_id)
    values (p_delivery, 'correct', p_actor, p_key, p_reason, p_at, p_child);
    update q2c.inbox i set status = 'superseded' where i.id = p_delivery;
end
$$;
revoke all on function q2c.settle_corrected(bigint, bigint, text, text, text, timestamptz) from public;

-- outcome: done; repeated; reused; not_found; decided, when it does not wait any more; second_person; or not_parked, when
-- the original does not wait any more.
create function q2c.decide_correction(
    p_correction bigint, p_approve boolean, p_actor text, p_key text, p_fingerprint bytea, p_note text, p_at timestamptz,
    out outcome text)
language plpgsql security definer set search_path = pg_catalog
as $$
declare
    proposed q2c.correction;
    original text;
begin
    outcome := q2c.claim_key(p_actor, p_key, p_fingerprint, 'correction/' || p_correction);
    if outcome <> 'new' then
        return;
    end if;

    -- The original first, as whoever retries or skips it does.
    select i.status into original from q2c.inbox i
    where i.id = (select c.delivery_id from q2c.correction c where c.id = p_correction) for update;
    select * into proposed from q2c.correction c where c.id = p_correction for update;
    outcome := case
        when proposed.id is null then 'not_found'
        when proposed.status <> 'proposed' then 'decided'
        when p_approve and proposed.proposed_by = p_actor then 'second_person'
        when p_approve and original <> 'parked' then 'not_parked'
        else 'done' end;
    if outcome <> 'done' then
        delete from q2c.api_key k where (k.principal, k.key) = (p_actor, p_key);
        return;
    end if;

    update q2c.correction c
    set status = case when p_approve then 'sent' else 'rejected' end, decided_by = p_actor, decided_at = p_at, note = p_note
    where c.id = p_correction;
    update q2c.inbox i
    set status = case when p_approve then 'received' else 'superseded' end, next_at = p_at where i.id = proposed.child_id;
    if p_approve then
        perform q2c.settle_corrected(
            proposed.delivery_id, proposed.child_id, proposed.proposed_by, proposed.key, proposed.reason, p_at);
    end if;
end
$$;

-- A correction goes through the functions above. What else is decided about a delivery ends a proposal.
drop function q2c.act_on_delivery(bigint, text, bytea, text, text, bytea, text, timestamptz);
create function q2c.act_on_delivery(
    p_delivery bigint, p_action text, p_actor text, p_key text, p_fingerprint bytea, p_reason text, p_at timestamptz, out outcome text)
language plpgsql security definer set search_path = pg_catalog
as $$
declare
    stands text;
begin
    outcome := q2c.claim_key(p_actor, p_key, p_fingerprint, 'delivery/' || p_delivery);
    if outcome <> 'new' then
        return;
    end if;

    select i.status into stands from q2c.inbox i where i.id = p_delivery for update;
    outcome := case when stands is null then 'not_found' when stands <> 'parked' then 'not_parked' else 'done' end;
    if outcome <> 'done' then
        delete from q2c.api_key k where (k.principal, k.key) = (p_actor, p_key);
        return;
    end if;

    insert into q2c.delivery_action (delivery_id, action, actor, key, reason, at)
    values (p_delivery, p_action, p_actor, p_key, p_reason, p_at);
    update q2c.inbox i
    set status = case p_action when 'retry' then 'received' else 'superseded' end, next_at = p_at, retries = i.retries + 1
    where i.id = p_delivery;
    with ended as (
        update q2c.correction c set status = 'rejected', decided_by = p_actor, decided_at = p_at, note = p_reason
        where c.delivery_id = p_delivery and c.status = 'proposed' returning c.child_id)
    update q2c.inbox i set status = 'superseded' from ended where i.id = ended.child_id;
end
$$;

revoke all on function q2c.correct_delivery(bigint, text, bytea, jsonb, text, text, text, bytea, text, timestamptz) from public;
revoke all on function q2c.decide_correction(bigint, boolean, text, text, bytea, text, timestamptz) from public;
revoke all on function q2c.act_on_delivery(bigint, text, text, text, bytea, text, timestamptz) from public;
grant execute on function q2c.correct_delivery(bigint, text, bytea, jsonb, text, text, text, bytea, text, timestamptz) to {gateway};
grant execute on function q2c.decide_correction(bigint, boolean, text, text, bytea, text, timestamptz) to {gateway};
grant execute on function q2c.act_on_delivery(bigint, text, text, text, bytea, text, timestamptz) to {gateway};

create view q2c_read.correction as
select c.id, c.delivery_id, c.child_id, i.connection, c.status, c.approval_needed, c.plan, c.reason, c.proposed_by, c.key,
       c.proposed_at, c.decided_by, c.decided_at, c.note
from q2c.correction c join q2c.inbox i on i.id = c.child_id;
grant select on q2c_read.correction to {gateway};

create or replace view q2c_read.delivery_body as select i.id, i.body, i.feed from q2c.inbox i;

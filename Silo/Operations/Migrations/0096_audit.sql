-- What operators did to deliveries and connections, and what somebody was not allowed to do. Each is journaled from here,
-- so that the hash chain proves it as well. before, after: what is known of the subject.
create table q2c.act (
    id        bigint      generated always as identity primary key,
    ref       text        not null unique,
    subject   text        not null,
    action    text        not null,
    actor     text        not null,
    key       text        not null,
    reason    text,
    before    jsonb,
    after     jsonb,
    denied    text,
    attempts  int         not null default 1,
    at        timestamptz not null,
    journaled boolean     not null default false
);
create index on q2c.act (at desc, ref desc);
create index act_waiting on q2c.act (id) where not journaled;

create function q2c.keep_delivery_act() returns trigger
language plpgsql security definer set search_path = pg_catalog
as $$
begin
    insert into q2c.act (ref, subject, action, actor, key, reason, before, after, at)
    values ('delivery/' || new.delivery_id || '@' || new.id, 'delivery/' || new.delivery_id, 'delivery.' || new.action, new.actor, new.key,
            new.reason, '{"status": "parked"}', jsonb_strip_nulls(jsonb_build_object(
                'status', case new.action when 'retry' then 'received' else 'superseded' end, 'correctedBy', new.child_id)),
            new.at);
    return new;
end
$$;
create trigger delivery_act after insert on q2c.delivery_action for each row execute function q2c.keep_delivery_act();

-- A correction that nobody had to approve is an act on its delivery.
create function q2c.keep_correction_act() returns trigger
language plpgsql security definer set search_path = pg_catalog
as $$
begin
    if tg_op = 'INSERT' and new.status = 'proposed' then
        insert into q2c.act (ref, subject, action, actor, key, reason, after, at)
        values ('delivery/' || new.delivery_id || '@proposed-' || new.id, 'delivery/' || new.delivery_id, 'correction.propose', new.proposed_by,
                new.key, new.reason, jsonb_build_object('correction', new.id, 'correctedBy', new.child_id), new.proposed_at);
    elsif tg_op = 'UPDATE' and old.status = 'proposed' and new.status <> 'proposed' then
        insert into q2c.act (ref, subject, action, actor, key, reason, before, after, at)
        values ('delivery/' || new.delivery_id || '@decided-' || new.id, 'delivery/' || new.delivery_id,
                case new.status when 'sent' then 'correction.approve' else 'correction.reject' end, new.decided_by,
                'correction/' || new.id, new.note, '{"status": "proposed"}', jsonb_build_object('status', new.status), new.decided_at);
    end if;
    return new;
end
$$;
create trigger correction_act after insert or update on q2c.correction for each row execute function q2c.keep_correction_act();

-- What it was before is what the last act left.
create function q2c.keep_connection_act() returns trigger
language plpgsql security definer set search_path = pg_catalog
as $$
begin
    insert into q2c.act (ref, subject, action, actor, key, reason, before, after, at)
    values ('connection/' || new.connection || '@' || new.id, 'connection/' || new.connection, 'connection.' || new.action, new.actor, new.key,
            new.reason,
            (select a.after from q2c.act a
             where a.subject = 'connection/' || new.connection and a.after is not null and new.action in ('hold', 'release')
             order by a.id desc limit 1),
            case new.action
                when 'hold' then jsonb_build_object('held', true, 'reason', new.reason, 'by', new.actor)
                when 'release' then '{"held": false}' end,
            new.at);
    return new;
end
$$;
create trigger connection_act after insert on q2c.connection_action for each row execute function q2c.keep_connection_act();
create index on q2c.act (subject, id);

insert into q2c.act (ref, subject, action, actor, key, reason, at)
select 'delivery/' || d.delivery_id || '@' || d.id, 'delivery/' || d.delivery_id, 'delivery.' || d.action, d.actor, d.key, d.reason, d.at
from q2c.delivery_action d
union all
select 'connection/' || c.connection || '@' || c.id, 'connection/' || c.connection, 'connection.' || c.action, c.actor, c.key, c.reason, c.at
from q2c.connection_action c
order by at;

-- Of one caller, mutation and object one row a minute, however often it is tried.
create function q2c.record_denial(p_actor text, p_mutation text, p_subject text, p_key text, p_message text, p_at timestamptz) returns void
language sql security definer set search_path = pg_catalog
as $$
    insert into q2c.act as a (ref, subject, action, actor, key, denied, at)
    values ('denied/' || encode(sha256(convert_to(concat_ws(E'\x1f', p_actor, p_mutation, p_subject, date_trunc('minute', p_at)), 'UTF8')), 'hex'),
            left(coalesce(p_subject, 'mutation/' || p_mutation), 200), left(p_mutation, 200), p_actor, left(p_key, 300), p_message, p_at)
    on conflict (ref) do update set attempts = a.attempts + 1 where not a.journaled;
$$;
revoke all on function q2c.record_denial(text, text, text, text, text, timestamptz) from public;
grant execute on function q2c.record_denial(text, text, text, text, text, timestamptz) to {gateway};

-- What the journal has of an act.
alter table q2c_read.activity add column act jsonb;

-- Acts as they were recorded here, and those that only the journal has: of an installation that was built from it.
-- proven: whether the journal has it, and its hash chain.
drop view q2c_read.audit;
create view q2c_read.audit as
select a.id, a.grain as subject, a.kind, a.contract_id, a.key, a.at, a.actor, a.outcome, a.events, a.problems, a.reason,
       a.correlation, a.causation, null::text as attempted, null::text as before, null::text as after, true as proven
from q2c_read.activity a where a.kind <> 'log'
union all
select a.ref, a.subject, case when a.denied is null then split_part(a.subject, '/', 1) else 'denial' end, null, a.key, a.at, a.actor,
       case when a.denied is null then 'changed' else 'refused' end, case when a.denied is null then array[a.action] else '{}' end,
       case when a.denied is null then '[]' else jsonb_build_array(jsonb_build_object(
           'code', 'FORBIDDEN', 'path', '', 'message', a.denied || case when a.attempts > 1 then ' Tried ' || a.attempts || ' times.' else '' end,
           'remedy', '')) end,
       a.reason, 'api/' || a.key, null, case when a.denied is not null then a.action end, a.before::text, a.after::text, a.journaled
from (
    select t.ref, t.subject, t.action, t.actor, t.key, t.reason, t.before, t.after, t.denied, t.attempts, t.at, t.journaled from q2c.act t
    union all
    select j.act ->> 'id', j.act ->> 'subject', j.act ->> 'action', j.actor, substr(j.correlation, 5), j.act ->> 'reason',
           (j.act ->> 'before')::jsonb, (j.act ->> 'after')::jsonb, j.act ->> 'denied', (j.act ->> 'attempts')::int,
           (j.act ->> 'at')::timestamptz, true
    from q2c_read.activity j
    where j.kind = 'log' and j.act is not null and not exists (select from q2c.act t where t.ref = j.act ->> 'id')) a;
grant select on q2c_read.audit to {gateway};

-- Which versions of which documents a set of policies consists of, by the version that facts carry.
create table q2c.policy_set (
    version   text        primary key,
    documents jsonb       not null,
    since     timestamptz not null default now()
);

-- The set that held when a delivery was processed, and when the last request of an effect was made.
alter table q2c.inbox add column policies text;
alter table q2c.effect add column policies text;

create or replace view q2c_read.effect as
select e.id, e.connection, e.subject, convert_from(e.operation, 'utf8')::jsonb ->> '$type' as operation, e.grain,
       m.contract_id, e.correlation, e.status, e.attempt, e.external_id, convert_from(e.outcome, 'utf8')::jsonb as outcome,
       e.next_at, e.created_at, e.updated_at, e.policies
from q2c.effect e left join q2c_read.engagement_member m on m.grain = e.grain;

create or replace view q2c_read.delivery as
select i.id, i.connection, i.dedupe_key, i.received_at, i.content_type, i.status, i.attempts,
       case jsonb_typeof(i.error) when 'array' then i.error -> 0 else i.error end as error, i.parent_id, i.policies
from q2c.inbox i;

create view q2c_read.policy_set as select s.version as id, s.documents from q2c.policy_set s;
grant select on q2c_read.policy_set to {gateway};

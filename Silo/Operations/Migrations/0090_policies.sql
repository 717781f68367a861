-- Versions of policy documents. Which one holds is a matter of time, so it is not stored but asked.
create table q2c_read.policy_document_version (
    id             text primary key,
    version        bigint not null,
    policy_id      text not null,
    document       text not null,
    number         int not null,
    stage          text not null,
    text           text not null,
    based_on       int not null,
    effective_from timestamptz,
    reason         text,
    proposed_by    text not null,
    proposed_at    timestamptz not null,
    submitted_by   text,
    submitted_at   timestamptz,
    decided_by     text,
    decided_at     timestamptz,
    decision_note  text,
    holds_from     timestamptz,
    holds_until    timestamptz,
    updated_at     timestamptz not null
);
create index on q2c_read.policy_document_version (policy_id, number, id);

create view q2c_read.policy_version as
select v.id, v.policy_id, v.document, v.number,
       case
           when v.stage <> 'approved' then v.stage
           when v.holds_from > now() then 'scheduled'
           when v.holds_from <= now() and coalesce(v.holds_until > now(), true) then 'inForce'
           else 'replaced'
       end as status,
       v.based_on, v.effective_from, v.reason, v.proposed_by, v.proposed_at, v.submitted_by, v.submitted_at, v.decided_by,
       v.decided_at, v.decision_note, v.holds_from, v.holds_until
from q2c_read.policy_document_version v;

create view q2c_read.policy_text as select v.id, v.policy_id, v.text from q2c_read.policy_document_version v;

grant select on q2c_read.policy_version, q2c_read.policy_text to {gateway};

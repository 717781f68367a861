-- Actions on many exceptions, and what became of each.
create table q2c_read.bulk_action (
    id              text primary key,
    version         bigint not null,
    kind            text not null,
    query           jsonb not null,
    reason          text not null,
    per_minute      int not null,
    total           int not null,
    status          text not null,
    proposed_by     text not null,
    proposed_at     timestamptz not null,
    checked         int not null,
    possible        int not null,
    approval_needed text,
    decided_by      text,
    decision_note   text,
    started_at      timestamptz,
    paused_reason   text,
    done            int not null,
    succeeded       int not null,
    failed          int not null,
    unsettled       int not null,
    completed_at    timestamptz,
    updated_at      timestamptz not null
);
create index on q2c_read.bulk_action (proposed_at, id);
create index on q2c_read.bulk_action (status) where status in ('checking', 'running');

create table q2c_read.bulk_item (
    id             text primary key,
    version        bigint not null,
    bulk_action_id text not null,
    ordinal        int not null,
    exception_id   text not null,
    held_minor     bigint,
    held_currency  text,
    possible       boolean,
    effects        text[] not null,
    finding        text,
    outcome        text,
    message        text,
    done_at        timestamptz
);
create index on q2c_read.bulk_item (bulk_action_id, ordinal, id);
create index on q2c_read.bulk_item (exception_id);

grant select on q2c_read.bulk_action, q2c_read.bulk_item to {gateway};

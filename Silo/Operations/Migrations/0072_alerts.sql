-- What crossed a threshold.
create table q2c_read.alert (
    id              text primary key,
    version         bigint not null,
    rule            text not null,
    subject         text not null,
    title           text not null,
    text            text not null,
    contract_id     text,
    severity        text not null,
    channels        text[] not null,
    status          text not null,
    raised          int not null,
    raised_at       timestamptz not null,
    acknowledged_by text,
    acknowledged_at timestamptz,
    note            text,
    cleared_at      timestamptz,
    told            int not null,
    updated_at      timestamptz not null
);
create index on q2c_read.alert (raised_at, id);
create index on q2c_read.alert (status) where status <> 'cleared';

grant select on q2c_read.alert to {gateway};

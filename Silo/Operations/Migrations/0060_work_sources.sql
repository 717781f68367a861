-- Where each record of work was reported to last: some systems say of a deleted record its id and nothing else.
create table q2c_read.work_source (
    connection text not null,
    source_id text not null,
    feed text not null,
    project_id text not null,
    primary key (connection, source_id)
);

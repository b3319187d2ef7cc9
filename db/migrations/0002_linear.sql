-- A run may be seen on an issue tracker too: the issue it is about, and its agent session there.
alter table runs add column issue jsonb;
alter table runs add column issue_id text generated always as (issue ->> 'id') stored;
alter table runs add column session_id text;
create index runs_on_issue on runs (issue_id, created_at_ms desc) where issue_id is not null;
create index runs_in_session on runs (session_id, created_at_ms desc) where session_id is not null;

alter table deliveries add column surface text not null default 'slack' check (surface in ('slack', 'linear'));
alter table deliveries drop constraint deliveries_pkey;
alter table deliveries add primary key (run_id, surface, slot);

alter table inbox drop constraint inbox_kind_check;
alter table inbox add constraint inbox_kind_check
  check (kind in ('request', 'interaction', 'host_event', 'tracker_event'));

-- Values that are secret: sealed before they get here, each under its own name.
create table sealed_values (
  name text primary key,
  sealed text not null,
  updated_at_ms bigint not null
);
grant select, insert, update on sealed_values to countersign_app;

-- Runs and what belongs to them. Instants are milliseconds since 1970. The role that migrates owns everything;
-- the bot works as countersign_app, or as a login that is a member of it.
do $$
begin
  if not exists (select from pg_roles where rolname = 'countersign_app') then
    create role countersign_app nologin;
  end if;
end
$$;

revoke create on schema public from public;
grant usage on schema public to countersign_app;

create table policies (
  version text primary key,
  document jsonb not null,
  stored_at_ms bigint not null
);

create table active_policy (
  only_row boolean primary key default true check (only_row),
  version text not null references policies
);

-- One row is the lock under which a team's places are given out.
create table teams (
  name text primary key,
  at_once integer not null check (at_once > 0)
);

create table runs (
  id text primary key check (id ~ '^[0-9A-HJKMNP-TV-Z]{6}$'),
  phase text not null,
  state jsonb not null,
  version integer not null default 1,
  epoch integer not null default 0,
  generation integer not null default 1,
  turn integer not null default 0,
  title text not null,
  request jsonb not null,
  requester_id text not null,
  chosen jsonb not null default '{}',
  team text references teams,
  policy_version text references policies,
  rules jsonb,
  repository_id bigint,
  repository jsonb,
  thread_channel text,
  thread_ts text,
  pr_number integer,
  pr_url text,
  pr_head_sha text,
  pr_head_branch text,
  used_ms bigint not null default 0,
  phase_since_ms bigint not null,
  created_at_ms bigint not null,
  updated_at_ms bigint not null,
  record_head text not null,
  record_count integer not null default 0,
  schema_version integer not null,
  hash_version integer not null,
  check (state ->> 'phase' = phase),
  check ((thread_channel is null) = (thread_ts is null)),
  check (num_nulls(pr_number, pr_url, pr_head_sha, pr_head_branch) in (0, 4))
);
create index runs_newest on runs (created_at_ms desc, id desc);
create index runs_of_requester on runs (requester_id, phase);
create index runs_in_phase on runs (phase, created_at_ms);
create index runs_queue on runs (team, phase_since_ms, id) where phase = 'queued';
create index runs_in_slots on runs (team) where phase in ('dispatched', 'provisioning', 'working', 'checking');
create index runs_in_thread on runs (thread_channel, thread_ts, created_at_ms desc) where thread_ts is not null;
create unique index runs_pull_request on runs (repository_id, pr_number) where pr_number is not null;
create index runs_pull_request_head on runs (repository_id, pr_head_sha) where pr_number is not null;
create index runs_due on runs (((state ->> 'expiresAtMs')::numeric)) where phase = 'awaiting_approval';

-- Deliveries from outside, each once. What a request says is on its run.
create table inbox (
  id bigint generated always as identity primary key,
  source text not null,
  delivery_key text not null,
  kind text not null check (kind in ('request', 'interaction', 'host_event')),
  content jsonb,
  run_id text references runs,
  at_ms bigint not null,
  done_at_ms bigint,
  unique (source, delivery_key),
  check ((kind = 'request') = (content is null))
);
create index inbox_open on inbox (id) where done_at_ms is null;

create table turns (
  run_id text not null references runs,
  turn integer not null,
  kind text not null,
  prompt text not null,
  author jsonb not null,
  author_may_vote boolean not null,
  files jsonb not null,
  at_ms bigint not null,
  base_commit text,
  base_tree text,
  context_count integer not null default 0,
  picture_count integer not null default 0,
  primary key (run_id, turn)
);

create table changes (
  run_id text not null references runs,
  number integer not null,
  turn integer not null,
  at_ms bigint not null,
  said text not null,
  base_branch text not null,
  base_commit text not null,
  base_tree text not null,
  result_tree text not null,
  head_branch text not null,
  commit_message text not null,
  title text not null,
  files jsonb not null,
  diff text not null,
  diff_cut boolean not null,
  problems jsonb not null,
  checks jsonb not null default '[]',
  seal text,
  sealed jsonb,
  primary key (run_id, number),
  check ((seal is null) = (sealed is null))
);

-- Packs are compressed already; keeping them out of line unchanged saves the attempt.
create table artifacts (
  run_id text not null,
  change integer not null,
  bytes bytea not null,
  sha256 text not null,
  primary key (run_id, change),
  foreign key (run_id, change) references changes (run_id, number)
);
alter table artifacts alter column bytes set storage external;

create table votes (
  id bigint generated always as identity primary key,
  run_id text not null,
  change integer not null,
  person_id text not null,
  person jsonb not null,
  verdict text not null check (verdict in ('approve', 'reject')),
  seal text not null,
  membership jsonb not null,
  at_ms bigint not null,
  void_at_ms bigint,
  foreign key (run_id, change) references changes (run_id, number)
);
create unique index votes_once on votes (run_id, change, person_id, verdict) where void_at_ms is null;

create table base_checks (
  key text primary key,
  status text not null check (status in ('passed', 'failed', 'unknown')),
  at_ms bigint not null
);

create table deliveries (
  run_id text not null references runs,
  slot text not null,
  note jsonb,
  remote jsonb,
  shown text,
  attempted_at_ms bigint,
  gave_up text,
  created_at_ms bigint not null,
  primary key (run_id, slot)
);

-- The record: the fixed part of an event is chained and stays; its payload can be erased together with its salt.
create table events (
  run_id text not null references runs,
  seq integer not null,
  kind text not null,
  at_ms bigint not null,
  payload_hash text not null,
  previous text not null,
  hash text not null,
  hash_version integer not null,
  primary key (run_id, seq)
);

create table event_payloads (
  run_id text not null,
  seq integer not null,
  salt text not null,
  payload jsonb not null,
  primary key (run_id, seq),
  foreign key (run_id, seq) references events
);

grant select, insert, update on policies, active_policy, teams, runs, inbox, turns, changes, base_checks, deliveries
  to countersign_app;
grant select, insert on artifacts, votes, events, event_payloads to countersign_app;
grant update (void_at_ms) on votes to countersign_app;

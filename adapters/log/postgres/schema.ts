/**
 * The log's tables and its one function, in the schema `log` of the log's database.
 *
 * Readers see the order of positions only if a position becomes visible before any later one is assigned. A sequence
 * does not ensure that: numbers are taken at INSERT and visible at COMMIT, so a reader that pages by number misses
 * those that commit late, for ever. Here every append first takes one lock, then its numbers, and the lock is released
 * with the commit. So positions also have no gaps, and "everything up to n" is one number.
 */
import type { Client } from 'pg'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { migrate, type Layout } from '@ledgerline/projections/postgres/migrate.ts'

/** The value of `log.layout`: read by versions of the program that knew no migrations. */
const LAYOUT = 1

/** Readers are woken here; the payload is the position of the last event. */
export const CHANNEL = 'ledgerline_log'

/** Held by appenders, and while the layout changes. The number is arbitrary. */
const APPEND_LOCK = 7_239_001_144
const LAYOUT_LOCK = 7_239_001_145

/** What the function returns as `outcome`. */
export const outcomes = { appended: 0, repeated: 1, conflict: 2, idUsed: 3 } as const

/** `expected` in the function's arguments for streams that must not exist, and for any revision. */
export const NONE = -1
export const ANY = -2
/** Less the revision: copied events arrive at that revision, and repeated ids are not checked. */
export const COPIED = -4

/**
 * A clock this far ahead of the last event is taken to be wrong: its reading would go into the recorded time of all
 * later events, which never goes back. Nothing is written until it is right, or someone confirms that it is.
 */
export const FAR_AHEAD_DAYS = 400
export const CLOCK_AHEAD = 'LLC01'
/** The clock passed the limit that came with the append: the appender knows that it cannot be that late yet. */
export const CLOCK_LEAPT = 'LLC02'
/** `alter database … set ledgerline.trust_clock = on`: the house really was off for that long. */
export const TRUST_CLOCK = 'ledgerline.trust_clock'

const layout: Layout = {
  schema: 'log',
  newer: (found, known) => new Problem('log.newer', { found, known }),
  migrations: {
    1: `
create table if not exists log.layout (version integer not null, made_at timestamptz not null default now());
comment on table log.layout is 'Version of the layout of this schema.';

create table if not exists log.events (
  position    bigint      not null primary key,
  stream      text        not null,
  revision    integer     not null,
  id          uuid        not null,
  type        text        not null,
  data        text        not null,
  metadata    text        not null,
  recorded_at timestamptz not null,
  unique (stream, revision)
);
comment on table log.events is 'The ledger: every event once, never changed. Personal fields are encrypted. Appended to by log.append() only.';
comment on column log.events.position is 'Place in the log, from 1, without gaps; visible in this order.';
comment on column log.events.stream is '<category>-<tenant>.<id>';
comment on column log.events.revision is 'Place in its stream, from 0, without gaps.';
comment on column log.events.recorded_at is 'When the log took it; never goes back from one position to the next.';
-- Whole events stay in their row: a page is read from one place.
alter table log.events set (toast_tuple_target = 8160, autovacuum_vacuum_insert_scale_factor = 0.5);

create or replace function log.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is never changed (% of log.events)', lower(tg_op) using errcode = 'insufficient_privilege';
end $$;
create or replace trigger never_changed before update or delete or truncate on log.events for each statement execute function log.refuse_change();
insert into log.layout (version) select ${LAYOUT} where not exists (select from log.layout);
`,
  },
}

/**
 * Many appends to different streams, each accepted or refused on its own. One row per append: its number (from 1), the
 * outcome, and the revision and position of its last event; for a conflict, the stream's actual revision; if the stream
 * already has an id, its revision there and, as the position, which of the given ids it was. Copied events are not
 * checked for that: ledgers of earlier versions contain repeated ids. The check costs nothing for a new stream, and
 * little for a short one.
 */
const append = `
create or replace function log.append(
  streams text[], expected integer[],
  of_append integer[], ids uuid[], types text[], data text[], metadata text[], clock_limit timestamptz default null
) returns table (number integer, outcome integer, revision integer, "position" bigint)
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  head bigint;
  moment timestamptz;
  actual integer;
begin
  perform pg_advisory_xact_lock(${APPEND_LOCK});
  -- Each statement from here on sees what was committed before the lock was ours.
  select e.position, e.recorded_at into head, moment from log.events e order by e.position desc limit 1;
  head := coalesce(head, 0);
  if moment is not null and clock_timestamp() > moment + interval '${FAR_AHEAD_DAYS} days' and coalesce(current_setting('${TRUST_CLOCK}', true), '') <> 'on' then
    raise exception '% %', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') using errcode = '${CLOCK_AHEAD}';
  end if;
  if clock_timestamp() > clock_limit and coalesce(current_setting('${TRUST_CLOCK}', true), '') <> 'on' then
    raise exception '%', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') using errcode = '${CLOCK_LEAPT}';
  end if;
  moment := greatest(date_trunc('milliseconds', clock_timestamp()), moment);
  -- One append, nobody else waiting: what a switchboard at ease does all day. Half the time of the general case below.
  if cardinality(streams) = 1 then
    actual := coalesce((select e.revision from log.events e where e.stream = streams[1] order by e.revision desc limit 1), -1);
    if expected[1] in (actual, ${ANY}) then
      if actual >= 0 then
        select e.revision, array_position(ids, e.id) into revision, position from log.events e where e.stream = streams[1] and e.id = any(ids) limit 1;
        if found then
          number := 1;
          outcome := ${outcomes.idUsed};
          return next;
          return;
        end if;
      end if;
      insert into log.events (position, stream, revision, id, type, data, metadata, recorded_at)
      select head + g.nth, streams[1], actual + g.nth, g.id, g.type, g.data, g.metadata, moment
      from unnest(ids, types, data, metadata) with ordinality as g(id, type, data, metadata, nth);
      number := 1;
      outcome := ${outcomes.appended};
      revision := actual + cardinality(ids);
      position := head + cardinality(ids);
      perform pg_notify('${CHANNEL}', position::text);
      return next;
      return;
    end if;
  end if;
  return query
  with asked as materialized (
    select a.number::integer, a.stream, a.expected < ${ANY} as copied,
      case when a.expected < ${ANY} then ${COPIED} - a.expected else a.expected end as expected,
      coalesce((select e.revision from log.events e where e.stream = a.stream order by e.revision desc limit 1), -1) as actual
    from unnest(streams, expected) with ordinality as a(stream, expected, number)
  ), given as materialized (
    select g.*, row_number() over (partition by g.number order by g.place)::integer as nth
    from unnest(of_append, ids, types, data, metadata) with ordinality as g(number, id, type, data, metadata, place)
  ), used as materialized (
    select a.number, u.revision, u.nth
    from asked a
    join (select g.number, array_agg(g.id order by g.place) as ids from given g group by g.number) m on m.number = a.number
    cross join lateral (select e.revision, array_position(m.ids, e.id) as nth from log.events e where e.stream = a.stream and e.id = any(m.ids) limit 1) u
    where a.actual >= 0 and a.expected in (${ANY}, a.actual) and not a.copied
  ), inserted as (
    insert into log.events as e (position, stream, revision, id, type, data, metadata, recorded_at)
    select head + row_number() over (order by g.place), a.stream, a.actual + g.nth, g.id, g.type, g.data, g.metadata, moment
    from given g join asked a on a.number = g.number
    where (a.expected = ${ANY} or a.expected = a.actual) and a.number not in (select u.number from used u)
    order by g.place
    returning e.stream, e.revision, e.position
  ), taken as (
    select i.stream, max(i.revision) as revision, max(i.position) as position from inserted i group by i.stream
  ), refused as (
    -- The very same events at the very same place: an append that is repeated because its answer was lost.
    select a.number, a.actual, count(e.id) = count(*) as repeated, max(e.revision) as revision, max(e.position) as position
    from asked a join given g on g.number = a.number
    left join log.events e on e.stream = a.stream and e.revision = a.expected + g.nth and e.id = g.id
    where a.expected <> ${ANY} and a.expected <> a.actual
    group by a.number, a.actual
  )
  select a.number, ${outcomes.appended}, t.revision, t.position from taken t join asked a on a.stream = t.stream
  union all
  select r.number, case when r.repeated then ${outcomes.repeated} else ${outcomes.conflict} end,
    case when r.repeated then r.revision else r.actual end, r.position
  from refused r
  union all
  select u.number, ${outcomes.idUsed}, u.revision, u.nth::bigint from used u;
  perform pg_notify('${CHANNEL}', e.position::text) from log.events e where e.position > head order by e.position desc limit 1;
end $$;
comment on function log.append is 'The only way into the log: gapless positions under one lock, revisions checked, repetitions recognised.';
`

/**
 * Brings the log's schema up to date. The function is installed at every start rather than by a migration: an earlier
 * version of the program that ran here meanwhile has installed its own.
 * @throws Problem `log.newer`
 */
export async function prepareLog(client: Client): Promise<void> {
  await client.query('begin')
  try {
    await client.query(`select pg_advisory_xact_lock(${LAYOUT_LOCK})`)
    await migrate(client, layout)
    const { rows } = await client.query<{ version: number }>('select max(version) as version from log.layout')
    const found = rows[0]!.version
    if (found > LAYOUT) throw new Problem('log.newer', { found, known: LAYOUT })
    // Before it had a clock limit it took one argument less.
    await client.query(
      'drop function if exists log.append(text[], integer[], integer[], uuid[], text[], text[], text[])',
    )
    await client.query(append)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

/**
 * act with its PostgreSQL store: `commit` with the expected version (what its actions end in, without their loading and
 * validating); reactions to one stream, drained 1,000 events at a time, one prepared statement per event. It has no way
 * of its own to rebuild a table: the place is reset, the table emptied, and everything drained again.
 */
import { act, state, store } from '@rotorsoft/act'
import { PostgresStore } from '@rotorsoft/act-pg'
import { Pool } from 'pg'
import { z } from 'zod'
import { makeTable, statementOf, types } from './overview.ts'
import type { OpenPeer } from './peer.ts'
import { ask, versionOf } from './support.ts'

const LIMIT = 1_000
/** Includes the first event of the log: a drain whose first page has nothing to react to ends in an error. */
const wanted = ['SwitchboardActivated', ...types]
const anything = z.looseObject({})

export const openAct: OpenPeer = async (url) => {
  const { hostname, port, pathname, username, password } = new URL(url)
  const events = new PostgresStore({
    host: hostname,
    port: Number(port),
    database: pathname.slice(1),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  })
  // One per process: a second caller is given the first.
  if (store(events) !== (events as unknown)) throw new Error('act has a store already')
  await events.seed()
  await ask(url, makeTable)
  const pool = new Pool({ connectionString: url, max: 1 })
  const call = state('Call', anything)
    .init(() => ({}))
    .emits(Object.fromEntries(wanted.map((type) => [type, anything])))
    .patch(Object.fromEntries(wanted.map((type) => [type, () => ({})])))
    .build()
  let builder = act().with(call)
  for (const type of wanted) {
    const project = async (event: { data: unknown }): Promise<void> => {
      const statement = statementOf(type, event.data)
      if (statement) await pool.query(statement)
    }
    builder = builder.on(type).do(project).to('call_overview')
  }
  const app = builder.build(LIMIT)
  const drained = async (): Promise<void> => {
    const head = Number((await pool.query<{ head: number }>('select max(id) as head from events')).rows[0]!.head)
    for (;;) {
      await app.drain()
      const { rows } = await pool.query<{ at: number }>('select min(at) as at from events_streams')
      if (Number(rows[0]!.at) >= head) return
    }
  }
  return {
    name: 'act',
    version: versionOf('@rotorsoft/act'),
    append: ({ stream, after, events: given }) =>
      events.commit(
        stream,
        given.map(({ type, data }) => ({ name: type, data: JSON.parse(data) as Record<string, unknown> })),
        { correlation: stream, causation: {} },
        after,
      ),
    follow: drained,
    async rebuild() {
      await pool.query('truncate call_overview, events_streams')
      await drained()
    },
    async close() {
      await pool.end()
      // Its own way of disposing also ends the process.
      await events.dispose()
    },
  }
}

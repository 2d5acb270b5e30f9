/**
 * Emmett on PostgreSQL: `appendToStream` with the expected version; a projector with a batch of 1,000 (ten times its
 * default, which is in its favour), one prepared statement per event in the transaction of the batch;
 * `rebuildPostgreSQLProjections` to rebuild.
 */
import {
  getPostgreSQLEventStore,
  postgreSQLProjection,
  rebuildPostgreSQLProjections,
} from '@event-driven-io/emmett-postgresql'
import type { Event } from '@event-driven-io/emmett'
import { makeTable, statementOf, types } from './overview.ts'
import type { OpenPeer } from './peer.ts'
import { ask, versionOf } from './support.ts'

const BATCH = 1_000

export const openEmmett: OpenPeer = async (url) => {
  const store = getPostgreSQLEventStore(url)
  await store.schema.migrate()
  await ask(url, makeTable)
  const projection = postgreSQLProjection<Event>({
    name: 'call_overview',
    canHandle: [...types],
    async handle(events, { connection: { client } }) {
      for (const { type, data } of events) {
        const statement = statementOf(type, data)
        if (statement) await client.query(statement)
      }
    },
    async truncate({ connection: { client } }) {
      await client.query('truncate call_overview')
    },
  })
  return {
    name: 'Emmett',
    version: versionOf('@event-driven-io/emmett-postgresql'),
    append: ({ stream, after, events }) =>
      store.appendToStream(
        stream,
        events.map(({ type, data }) => ({ type, data: JSON.parse(data) as Record<string, unknown> })),
        {
          expectedStreamVersion: after < 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(after + 1),
        },
      ),
    async follow() {
      const consumer = store.consumer({ stopWhen: { noMessagesLeft: true }, pulling: { batchSize: BATCH } })
      consumer.projector({ processorId: 'bench', projection })
      await consumer.start()
      await consumer.close()
    },
    async rebuild() {
      const consumer = rebuildPostgreSQLProjections({
        connectionString: url,
        pulling: { batchSize: BATCH },
        projections: [projection],
      })
      await consumer.start()
      await consumer.close()
    },
    close: () => store.close(),
  }
}

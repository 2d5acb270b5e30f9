/**
 * Streams that the tables know, because each has a row: of calls, of shifts, of configurations. The check for a
 * complete ledger needs them: a stream that is gone altogether leaves no other trace if positions have gaps anyway, or
 * if it was the last.
 */
import { connect, disconnect } from '../engine/connect.ts'
import { streamName } from '@ledgerline/core/kernel/event.ts'

const PAGE = 10_000

const questions = [
  {
    text: `select c.tenant, c.call_id as id from calls c join tenants t on t.tenant = c.tenant and t.source = 'switchboard'`,
    name: (tenant: string, id: string) => streamName('call', tenant, id),
  },
  {
    text: `select c.tenant, c.call_id as id from calls c join tenants t on t.tenant = c.tenant and t.source <> 'switchboard'`,
    name: (tenant: string, id: string) => streamName('imported_call', tenant, id),
  },
  {
    text: 'select tenant, shift_id as id from shifts',
    name: (tenant: string, id: string) => streamName('shift', tenant, id),
  },
  {
    text: `select tenant, 'configuration' as id from tenants where source = 'switchboard'`,
    name: (tenant: string, id: string) => streamName('switchboard', tenant, id),
  },
]

/** Pages of them. @param url the tables' database, as its owner. @throws Problem `tables.unavailable` */
export async function* knownStreams(url: string): AsyncIterable<string[]> {
  const client = await connect(url, { application: 'ledgerline known streams', statementMs: 0 })
  try {
    await client.query('begin isolation level repeatable read read only')
    for (const { text, name } of questions) {
      await client.query(`declare known no scroll cursor for ${text}`)
      for (;;) {
        const { rows } = await client.query<{ tenant: string; id: string }>(`fetch ${PAGE} from known`)
        if (rows.length === 0) break
        yield rows.map(({ tenant, id }) => name(tenant, id))
      }
      await client.query('close known')
    }
    await client.query('rollback')
  } finally {
    await disconnect(client)
  }
}

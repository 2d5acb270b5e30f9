/** The log on EventStoreDB keeps the contract of every log, on the stand-in of its server. */
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import { eventLogContract } from '../contract/event-log.ts'
import { StandIn } from '../eventstore/standin.ts'

eventLogContract(
  'EventStoreDB (stand-in)',
  async () => {
    const server = await StandIn.start()
    const log = await openEventStoreLog({ url: server.url() })
    return {
      log,
      // A process has one connection to a server; another name for it gives another connection.
      another: () => openEventStoreLog({ url: server.url({ connectionName: 'another' }) }),
      dropConnections: async () => server.proxy.drop(),
      async stall() {
        server.appends.close()
        return { release: async () => server.appends.open() }
      },
      cut: async (stream, before) => server.ledger.truncate(stream, BigInt(before)),
      setClock: (now) => (server.ledger.clock = () => now),
      async remove() {
        await log.close()
        await server.close()
      },
    }
  },
  'another',
  'dropConnections',
  'stall',
  'setClock',
  'cut',
)

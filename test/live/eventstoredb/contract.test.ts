/**
 * The EventStoreDB log keeps the contract of every log, on a real server. Needs: EVENT_LOG.
 * Connections are lost and found again in a proxy, where the server is one that can be put behind it.
 */
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import { eventLogContract } from '../../contract/event-log.ts'
import type { Ability } from '../../contract/log-under-test.ts'
import { Proxy } from '../../eventstore/proxy.ts'
import { LogInWorld, newWorld } from './world.ts'

const named = process.env['EVENT_LOG']!
// The nodes of a cluster are found by the addresses they announce, and TLS by the name in the certificate.
const single = /^(?:esdb|kurrentdb):\/\/(?:[^@/]*@)?([^:/?,]+):(\d+)(?=[/?]).*tls=false/i.exec(named)
const abilities: Ability[] = single ? ['another', 'dropConnections'] : ['another']

eventLogContract(
  'EventStoreDB',
  async () => {
    const proxy = single ? await Proxy.start({ host: single[1]!, port: Number(single[2]) }) : null
    const url = proxy ? named.replace(`${single![1]}:${single![2]}`, `127.0.0.1:${proxy.port}`) : named
    const inner = await openEventStoreLog({ url })
    const world = await newWorld(inner)
    const log = new LogInWorld(inner, world)
    return {
      log,
      another: async () => new LogInWorld(await openEventStoreLog({ url }), world),
      async dropConnections() {
        proxy!.drop()
      },
      async remove() {
        await log.close()
        await proxy?.close()
      },
    }
  },
  ...abilities,
)

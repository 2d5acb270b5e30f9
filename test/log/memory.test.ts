/** The in-memory log keeps the contract of every log, except what a server could do to it. */
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { eventLogContract } from '../contract/event-log.ts'

eventLogContract(
  'memory',
  async () => {
    let clock = Date.now
    const log = new MemoryLog(() => clock())
    return { log, setClock: (now) => (clock = () => now), remove: () => log.close() }
  },
  'setClock',
)

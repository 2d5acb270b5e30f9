/** The in-memory log keeps the contract of every log, save what a server could do to it. */
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { eventLogContract } from '../contract/event-log.ts'

eventLogContract('memory', async () => {
  const log = new MemoryLog(Date.now)
  return { log, remove: () => log.close() }
})

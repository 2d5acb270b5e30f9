/**
 * Loaded before a house (`node --import`): on SIGUSR2 its event loop stands still, for STAND_MS ms of its own work, or
 * for ever.
 */
import { writeSync } from 'node:fs'

function standsStill(forMs: number): void {
  const before = process.cpuUsage()
  for (;;) {
    const { user, system } = process.cpuUsage(before)
    if ((user + system) / 1000 >= forMs) return
  }
}

process.on('SIGUSR2', () => {
  writeSync(2, 'stands\n')
  standsStill(Number(process.env['STAND_MS'] ?? Infinity))
  writeSync(2, 'goes on\n')
})

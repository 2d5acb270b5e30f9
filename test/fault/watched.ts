/** A process with a loop that turns, under the watchdog: `node watched.ts LIMIT_MS JOURNAL [blocked]`. */
import { watchdog } from '@ledgerline/ops/run/watchdog.ts'

const [limit, journal, how] = process.argv.slice(2)
await using closing = new AsyncDisposableStack()
if (Number(limit) > 0) closing.use(watchdog({ limitMs: Number(limit), journal: journal! }))
process.on('SIGCONT', () => console.log('resumed'))
let turns = 0
console.log('ready')
if (how === 'blocked') setTimeout(blocked, 50)
const turning = setInterval(() => console.log(`turn ${++turns % 10}`), 100)
await new Promise<void>((resolve) => process.once('SIGTERM', resolve))
clearInterval(turning)

function blocked(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

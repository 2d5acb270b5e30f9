/**
 * A gate between an installation and its database server. Shut, it cuts all connections and refuses new ones; stalled, it
 * accepts them and lets nothing through.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { Patience } from './patience.ts'

export interface Gate {
  /** The same database, through the gate. */
  through(url: string): string
  /** Connections that arrived while the gate was not open. */
  readonly turnedAway: number
  shut(): void
  stall(): void
  open(): void
  close(): Promise<void>
}

export async function gateBefore(port: number): Promise<Gate> {
  let state: 'open' | 'shut' | 'stalled' = 'open'
  let turnedAway = 0
  const pairs = new Map<Socket, Socket | null>()
  const server = createServer((inside) => {
    inside.on('error', () => {})
    inside.once('close', () => {
      pairs.get(inside)?.destroy()
      pairs.delete(inside)
    })
    if (state === 'open') {
      const outside = connect(port, '127.0.0.1')
      pairs.set(inside, outside)
      outside.on('error', () => inside.destroy())
      outside.once('close', () => inside.destroy())
      inside.pipe(outside).pipe(inside)
      return
    }
    turnedAway++
    if (state === 'shut') inside.resetAndDestroy()
    else pairs.set(inside, null)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as AddressInfo
  const cut = () => {
    for (const inside of pairs.keys()) inside.resetAndDestroy()
  }
  return {
    through(url) {
      const through = new URL(url)
      through.port = String(own)
      return through.href
    },
    get turnedAway() {
      return turnedAway
    },
    shut() {
      state = 'shut'
      cut()
    },
    stall() {
      state = 'stalled'
      for (const [inside, outside] of pairs) {
        if (!outside) continue
        inside.unpipe(outside)
        outside.unpipe(inside)
      }
    },
    open() {
      // Stalled connections are cut: after such a pause they may have lost something.
      if (state === 'stalled') cut()
      state = 'open'
    },
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Waits until a condition holds; fails with what it waited for if it never does. */
export async function until(what: string, is: () => boolean | Promise<boolean>, ms = 120_000): Promise<void> {
  for (const patience = new Patience(ms); !(await is()); await patience.rest())
    if (patience.over) throw new Error(`in vain: ${what}`)
}

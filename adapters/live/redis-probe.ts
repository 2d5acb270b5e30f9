/** Asks a Redis once who it is and what time it is. */
import { createClient } from 'redis'
import { within } from '../postgres/line.ts'

export interface RedisProbe {
  version: string
  /** Its clock, UTC ms. */
  time: number
  /** Our clock when it was asked for the time, and when it answered, UTC ms. */
  asked: { from: number; to: number }
}

/** @throws Error it cannot be reached, refuses us, or does not answer within `ms` */
export async function probeRedis(url: string, ms: number): Promise<RedisProbe> {
  const client = createClient({
    url,
    name: 'ledgerline-doctor',
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    socket: { connectTimeout: ms, socketTimeout: ms, reconnectStrategy: false },
  })
  client.on('error', () => {})
  try {
    await within(ms, client.connect())
    const from = Date.now()
    const [seconds, micros] = await within(ms, client.time())
    const to = Date.now()
    const time = Number(seconds) * 1000 + Number(micros) / 1000
    const info = await within(ms, client.info('server'))
    return { version: /^redis_version:(\S+)/m.exec(info)?.[1] ?? '', time, asked: { from, to } }
  } finally {
    client.destroy()
  }
}

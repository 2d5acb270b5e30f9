/** A browser in its own thread: reports when it first read what happened to a call or an agent. */
import { parentPort, workerData } from 'node:worker_threads'
import { LiveClient } from '../http/live-client.ts'

/** What was seen, and when (ms since 1970, to the microsecond). */
export type Seen = [what: string, at: number]

const client = await LiveClient.connect((workerData as { port: number }).port)
await client.ready()
let seen: Seen[] = []
let bytes = 0

client.onMessage = ({ event, data, readAt }) => {
  client.messages.length = 0
  if (event !== 'delta') return
  const at = performance.timeOrigin + readAt
  bytes += JSON.stringify(data).length
  if (data.topic === 'calls') {
    for (const row of data.upserts)
      seen.push([`calls ${row.callId} ${row.status === 'talking' ? 'talking' : 'there'}`, at])
    for (const key of data.removes) seen.push([`calls ${key.callId} gone`, at])
  }
  if (data.topic === 'agent_monitor')
    for (const row of data.upserts) if (row.state === 'in_call') seen.push([`agent ${row.agentId} ${row.callId}`, at])
}
parentPort!.postMessage('ready')
setInterval(() => {
  parentPort!.postMessage({ seen, bytes })
  seen = []
}, 250)

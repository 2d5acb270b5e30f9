/** Live push over Redis: how changes of boards travel between processes, where Redis is configured. */
import type { LivePush } from '@ledgerline/adapters/live/push.ts'
import { topicNames } from '@ledgerline/adapters/live/topics.ts'
import { SealedMessages } from '@ledgerline/adapters/nodes/sealed-messages.ts'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'
import { whenItAnswersOrNot, type Starting } from '../installation/server-wait.ts'
import type { Node } from './node.ts'

const NEVER = new Promise<never>(() => {})

export interface RedisPush {
  push: LivePush
  /** Waits for Redis as for any server that is still starting. Calls are taken and boards are shown meanwhile. */
  joined(): Promise<void>
}

/**
 * Null if there is no Redis, or if this process neither folds nor shows boards: it then has nothing to send and nothing
 * to receive.
 */
export async function openRedisPush(
  { installation, options, logger, does, closing }: Node,
  engine: Engine,
): Promise<RedisPush | null> {
  if (options.redis === null || !(does('api') || does('projector'))) return null
  // Loaded where needed: the Redis client takes a tenth of a start.
  const { LivePush } = await import('@ledgerline/adapters/live/push.ts')
  // `joined` reports that Redis is missing at the start.
  let hasJoined = false
  const push = new LivePush({
    url: options.redis,
    sealedMessages: new SealedMessages(options.masterKey, 'live push'),
    database: new URL(installation.tables).pathname.slice(1),
    models: new Set<string>(topicNames),
    folds: (lane) => engine.status().some((status) => status.lane === lane && status.state === 'running'),
    logger,
    onTrouble: (problem) => hasJoined && options.onRedis?.onTrouble(problem),
    onBack: (awayMs) => hasJoined && options.onRedis?.onBack(awayMs),
  })
  closing.defer(() => push.close())
  engine.onStarted((lane) => push.started(lane))
  engine.onCommitted((committed) => push.tell(committed))
  return {
    push,
    async joined() {
      const over = new AbortController()
      closing.defer(() => over.abort())
      const signal = AbortSignal.any([installation.signal, over.signal])
      const onWaiting: Starting['onWaiting'] = (problem, forMs) => options.onRedis?.onWaiting(problem, forMs)
      const waited = whenItAnswersOrNot(
        { signal, onWaiting },
        () => push.answers(),
        (problem) => options.onRedis?.onTrouble(problem),
      )
      await waited.catch((error: unknown) => (signal.aborted ? NEVER : Promise.reject(error)))
      hasJoined = true
    },
  }
}

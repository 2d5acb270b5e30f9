/** The largest configuration that may be activated: 20,000 agents, each with an extension. */
import type { Activate } from '@ledgerline/core/configuration/configuration.ts'
import { queueNamed } from './house.ts'

export const LARGEST = 20_000

export type LargeConfiguration = Activate & {
  agents: NonNullable<Activate['agents']>
  network: NonNullable<Activate['network']>
}

/** @param count agents and extensions */
export function largeConfiguration(count = LARGEST): LargeConfiguration {
  const queues = Array.from({ length: 50 }, (_, index) => queueNamed(`queue${index}`))
  return {
    do: 'activate',
    zone: 'Asia/Shanghai',
    queues,
    agents: Array.from({ length: count }, (_, index) => ({
      agentCode: String(10_000 + index),
      name: `坐席 ${index}`,
      extension: String(40_000 + index),
      group: `group${index % 500}`,
      department: `department${index % 50}`,
      queues: [0, 1, 2].map((place) => ({ queueCode: `queue${(index + place) % 50}`, level: 1, position: 1 + place })),
    })),
    routes: [],
    network: {
      extensions: Array.from({ length: count }, (_, index) => ({
        number: String(40_000 + index),
        secret: `password of ${index}`,
        callerNumbers: ['62620668'],
      })),
      numbers: [{ number: '62620668' }],
    },
  }
}

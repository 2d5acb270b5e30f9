/** Appends of four shapes, the same for every log, and the best of several runs. */

/** Their names, how many wait at a time, and events each. */
export const shapes = {
  single: ['append, one after another', 1, 1],
  inFlight: ['append, 64 in flight', 64, 1],
  hundred: ['append, 100 events each', 1, 100],
  hundreds: ['append, 100 events each, 8 in flight', 8, 100],
} as const

/** A log, and how to append to it. */
export interface Contender {
  name: string
  /** Returns a function that appends this many events to a new stream. */
  append: (events: number) => () => Promise<unknown>
}

const ROUNDS = 3

/**
 * All of them in turns, so that other load on the machine affects all alike; for each shape the best round, events/s.
 */
export async function appendRates(
  contenders: readonly Contender[],
  seconds: number,
): Promise<(contender: string, shape: keyof typeof shapes) => number> {
  const best = new Map<string, number>()
  for (const { append } of contenders) for (let index = 0, one = append(1); index < 300; index++) await one()
  for (let round = 0; round < ROUNDS; round++) {
    for (const [shape, [, atATime, events]] of Object.entries(shapes)) {
      for (const { name, append } of contenders) {
        const key = `${shape} ${name}`
        best.set(key, Math.max(best.get(key) ?? 0, await perSecond(seconds / ROUNDS, atATime, events, append(events))))
      }
    }
  }
  return (contender, shape) => best.get(`${shape} ${contender}`)!
}

/** Runs `ask` again and again, this many at a time; returns events per second. */
export async function perSecond(
  seconds: number,
  atATime: number,
  eventsEach: number,
  ask: () => Promise<unknown>,
): Promise<number> {
  const start = performance.now()
  const end = start + seconds * 1000
  let done = 0
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      while (performance.now() < end) {
        await ask()
        done += eventsEach
      }
    }),
  )
  return (done / (performance.now() - start)) * 1000
}

/** The best of three: the first warms up, and nothing makes a run faster than the machine is. */
export async function bestOfThree(read: () => Promise<number>): Promise<number> {
  let fastest = 0
  for (let round = 0; round < 3; round++) {
    const start = performance.now()
    const count = await read()
    fastest = Math.max(fastest, (count / (performance.now() - start)) * 1000)
  }
  return fastest
}

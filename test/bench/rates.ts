/** Appends of three shapes, the same for every log: a name and three rates. */
import { rate, type BenchCase } from './result.ts'

/** The bars of appends, where there are some. */
export interface AppendBars {
  single: number
  inFlight: number
  hundred: number
}

export const shapes = { single: 'append, one after another', inFlight: 'append, 64 in flight', hundred: 'append, 100 events each' } as const

/** `append(n)` gives what appends n events to a new stream. */
export async function appendRates(by: string, seconds: number, append: (events: number) => () => Promise<unknown>, bars: AppendBars | null = null): Promise<BenchCase[]> {
  const [one, hundred] = [append(1), append(100)]
  for (let index = 0; index < 300; index++) await one()
  return [
    rate(`${shapes.single}: ${by}`, bars?.single ?? null, await perSecond(seconds, 1, 1, one)),
    rate(`${shapes.inFlight}: ${by}`, bars?.inFlight ?? null, await perSecond(seconds, 64, 1, one)),
    rate(`${shapes.hundred}: ${by}`, bars?.hundred ?? null, await perSecond(seconds, 1, 100, hundred)),
  ]
}

/** Runs `ask` again and again, so many at a time; gives events a second. */
export async function perSecond(seconds: number, atATime: number, eventsEach: number, ask: () => Promise<unknown>): Promise<number> {
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

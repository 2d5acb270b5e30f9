/** Advisory locks of the tables' database: the first number is ours, the second says what the lock is for. */

const OURS = 4201

export const LOCKS = { schema: [OURS, 0], build: [OURS, 1] } as const

/** The lock of the lane at this place in its order. */
export function laneLock(place: number): readonly [number, number] {
  return [OURS, 2 + place]
}

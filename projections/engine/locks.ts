/** Advisory locks of the tables' database: the first number is ours, the second says of what. */

const OURS = 4201

export const LOCKS = { schema: [OURS, 0], build: [OURS, 1] } as const

/** Of the lane at this place in its order. */
export function laneLock(place: number): readonly [number, number] {
  return [OURS, 2 + place]
}

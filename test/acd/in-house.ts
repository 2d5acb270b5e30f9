/** A virtual house for one test: opened, audited for leaks at the end, closed. */
import * as assert from 'uvu/assert'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { VirtualHouse, type HouseOptions } from '../support/house.ts'

/** Runs the body, then demands that nothing is left over. */
export async function inHouse(options: HouseOptions, body: (house: VirtualHouse) => Promise<void>): Promise<void> {
  const house = await new VirtualHouse(options).open()
  try {
    await body(house)
    assert.equal(await house.audit(), [])
  } finally {
    await house.close()
  }
}

/** The ledger's events of a type, in order. */
export async function eventsOf<T extends AnyEvent['type']>(
  house: VirtualHouse,
  type: T,
): Promise<Extract<AnyEvent, { type: T }>[]> {
  return (await house.ledger()).filter((event) => event.type === type) as Extract<AnyEvent, { type: T }>[]
}

/** Puts agents on other levels: 201 on the first, 202 on the second, and so on. */
export async function onLevels(house: VirtualHouse, queueCode: string, levels: readonly number[]): Promise<void> {
  for (const [index, level] of levels.entries()) {
    await house.desk.agent(
      house.agents[index]!.agentId,
      { do: 'change_queues', queues: [{ queueCode, level, position: 1 }], byCode: null },
      house.by('supervisor'),
    )
  }
  await house.pass(10)
}

/** Who answered, and after which wait, in order. */
export const answers = async (house: VirtualHouse): Promise<[string, number][]> =>
  (await eventsOf(house, 'CallAnswered')).map(({ data }) => [data.agentCode!, data.waitMs])

/** How callers left queues, and after how many seconds. */
export const exitsSeen = async (house: VirtualHouse): Promise<[string, number][]> =>
  (await eventsOf(house, 'CallLeftQueue')).map(({ data }) => [data.exit, Math.round(data.waitMs / 1000)])

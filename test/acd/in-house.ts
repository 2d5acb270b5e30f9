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

/** A virtual switchboard for one test of agents: its orders to the network are recorded, and nothing may be left over. */
import * as assert from 'uvu/assert'
import { houseShiftRules, type ShiftRules } from '@ledgerline/core/agent/rules.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import type { LegCommand } from '@ledgerline/core/telephony/port.ts'
import { VirtualHouse, type HouseOptions } from '../support/house.ts'

/** Runs the body with the orders that the network has been given; then demands that nothing is left over. */
export async function inHouse(
  options: HouseOptions,
  body: (house: VirtualHouse, orders: LegCommand[]) => Promise<void>,
): Promise<void> {
  const house = new VirtualHouse(options)
  const orders: LegCommand[] = []
  const command = house.telephony.command.bind(house.telephony)
  house.telephony.command = (id, of, order) => {
    orders.push(order)
    return command(id, of, order)
  }
  try {
    await house.open()
    await body(house, orders)
    assert.equal(await house.audit(), [])
  } finally {
    await house.close()
  }
}

/** The open shift of agent 201. */
export const shift = (house: VirtualHouse) => house.process.switchboard.shift('201')!

/** Activates the configuration with other rules for shifts. */
export const rules = async (house: VirtualHouse, change: Partial<ShiftRules>) => {
  const { queues, agents } = house
  const routes = [{ code: 'all', to: '*', queueCode: queues[0]!.code }]
  await house.until(
    house.desk.activate(
      { zone: 'Asia/Shanghai', queues, agents, routes, shifts: { ...houseShiftRules, ...change } },
      house.by('operator'),
    ),
  )
  await house.pass(10)
}

/** The problem with which a request is refused. */
export const refusedWith = async (code: string, asked: Promise<unknown>): Promise<Problem> => {
  const error = await asked.then(
    () => null,
    (error: unknown) => error,
  )
  assert.ok(isProblem(error, code), `${code}: ${String(error)}`)
  return error
}

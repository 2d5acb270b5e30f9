/** Two processes for one switchboard: the first one owns it, the second one stands by. */
import * as assert from 'uvu/assert'
import { Nodes, type Node } from '../support/nodes.ts'

/** The longest that a take-over may take. */
export const TAKE_OVER_MS = 5_000

/** Both nodes, with the configuration active and everybody ready. */
export async function twoNodes(
  options: ConstructorParameters<typeof Nodes>[0] = {},
): Promise<{ nodes: Nodes; first: Node; second: Node }> {
  const nodes = new Nodes(options)
  const first = nodes.start()
  await nodes.house.pass(100)
  const second = nodes.start()
  await nodes.house.pass(100)
  await nodes.use(first).furnish()
  return { nodes, first, second }
}

/** Lets time pass until a node owns the switchboard; returns how long it took. */
export async function owned(nodes: Nodes, by: Node): Promise<number> {
  const { clock } = nodes.house
  const from = clock.now()
  while (by.process.role !== 'owner' && clock.now() - from < 60_000) await nodes.house.pass(20)
  assert.is(by.process.role, 'owner')
  return clock.now() - from
}

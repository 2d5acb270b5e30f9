/**
 * What any event log behind the port must do (`core/kernel/log.ts`). An adapter's test calls {@link eventLogContract}
 * with a way to make an empty log. It leaves out abilities that it cannot have (a connection to lose, a second process),
 * and the tests that need them are left out too.
 */
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { suite } from 'uvu'
import { appends } from './log-appends.ts'
import { reading } from './log-reading.ts'
import { subscriptions } from './log-subscriptions.ts'
import type { Ability, LogUnderTest } from './log-under-test.ts'

export function eventLogContract(
  name: string,
  make: () => Promise<LogUnderTest>,
  ...abilities: readonly Ability[]
): void {
  const test = suite<{ under: LogUnderTest; log: EventLog }>(`event log contract: ${name}`)
  const can = (...needed: Ability[]): boolean => needed.every((ability) => abilities.includes(ability))

  test.before.each(async (context) => {
    context.under = await make()
    context.log = context.under.log
  })
  test.after.each(async (context) => context.under.remove())

  appends(test, can)
  reading(test, can)
  subscriptions(test, can)
  test.run()
}

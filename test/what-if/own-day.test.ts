/** What-if for a day of this switchboard's own: from its tables, with the recorded sign-ins. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { dayOf } from '@ledgerline/core/kernel/time.ts'
import { dayOfTenant } from '@ledgerline/ops/simulate/record.ts'
import { whatIf } from '@ledgerline/ops/simulate/what-if.ts'
import type { Installation } from '@ledgerline/ops/installation/installation.ts'
import { startSpine } from '../http/spine.ts'
import { queueNamed, tenant } from '../support/house.ts'

const ownDay = suite('what-if for a day of our own')

ownDay('the calls, sign-ins and settings are those of the day, and fewer people answer fewer calls', async () => {
  const spine = await startSpine('what_if_own_day', {
    agents: 3,
    queues: [queueNamed('PS', { wrapUpMs: 10_000, strategy: 'round-robin' })],
    habits: picksUp({ after: () => 2_000 }),
  })
  try {
    const { floor } = spine
    const begun = floor.clock.now()
    // A caller every 25 s for three agents who need 82 s per call: some hang up, which tells the patience of the others.
    for (let n = 0; n < 80; n++) {
      floor.call('PS', { talkMs: 70_000, patienceMs: 90_000 })
      await spine.pass(25_000)
    }
    await floor.until(floor.desk.setWork('203', 'away', 'lunch', floor.by('agent:203')))
    await spine.pass(600_000)
    await spine.settled()
    const house = {
      tables: spine.database.url,
      eventLog: floor.log,
      codec: floor.codec,
      signal: new AbortController().signal,
    } as unknown as Installation
    const record = await dayOfTenant(house, tenant, dayOf(begun, 'Asia/Shanghai'))
    assert.equal(
      [record.zone, record.staffKnownBy, record.calls.length, record.queues.map(({ strategy }) => strategy)],
      ['Asia/Shanghai', 'signed_in', 80, ['round-robin']],
    )
    const answered = record.calls.filter((call) => call.outcome === 'answered')
    assert.ok(answered.length > 60 && answered.length < 80, `${answered.length}`)
    for (const { serviceMs, agentId } of answered) assert.equal([serviceMs, agentId !== null], [70_000, true])
    const gone = record.people.find((person) => person.agentCode === '203')!
    assert.ok(gone.breaks.at(-1)!.from <= begun + 35 * 60_000, 'an agent who went to lunch is on break from then on')
    assert.equal(new Set(gone.ringMs), new Set([2_000]), 'they pick up as quickly as they did')

    const { total, staff, model } = await whatIf({ record, change: { agents: 1 }, runs: 2, seed: 1 })
    assert.equal([staff.known_by, staff.base, staff.variant], ['signed_in', 3, 1])
    assert.is(total.recorded.offered, 80)
    assert.is(model, null, 'nothing is estimated, nothing fitted')
    assert.ok(Math.abs(total.residual.service_level!) <= 0.1, `${total.residual.service_level}`)
    assert.ok(
      total.variant!.answered!.value < total.base.answered!.value / 2,
      'one agent answers far fewer calls than three',
    )
  } finally {
    await spine.close()
  }
})

ownDay.run()

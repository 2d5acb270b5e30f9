/** Streams that were set aside, in the tables: their rows are closed with them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'
import { SwitchboardState } from '@ledgerline/core/state/switchboard-state.ts'
import { unreadOf } from '@ledgerline/core/kernel/stored-event.ts'
import { say, withRig, type Rig } from './rig.ts'

const test = suite('tables of streams set aside')

test(
  'a stream with an unreadable event waits until it is closed for that reason, even across a restart; then its rows are closed',
  withRig('engine resumed', async (rig) => {
    const first = rig.engine({ pageSize: 2 })
    await first.start()
    await rig.append('call-test.c1', say.received('c1'), say.queued('c1', rig.now()))
    await rig.appendRaw('call-test.c1', 'CallFromTheFuture', '{}')
    await rig.caughtUp(first)
    await first.stop()
    const running = rig.engine()
    await running.start()
    const unread = { callId: 'c1', eventId: 'e', eventType: 'CallFromTheFuture', revision: 2, why: 'unknown' as const }
    await rig.append('call-test.c1', { type: 'CallSetAside', data: unread }, say.left('c1', 5_000, 'failed'), {
      type: 'CallEnded',
      data: { callId: 'c1', by: 'system', cause: 41, reason: 'set_aside' },
    })
    await rig.caughtUp(running)
    assert.equal(await rig.sql('select status, ended_by, reason from calls'), [
      { status: 'ended', ended_by: 'system', reason: 'set_aside' },
    ])
    assert.equal(await rig.sql('select count(*)::int as n from call_segments where ended_at is null'), [{ n: 0 }])
    // It stays named: its rows are not what they would be if everything could be read.
    assert.ok(
      (await rig.sql<{ resumed: string | null }>('select resumed from tables.parked')).every(
        ({ resumed }) => resumed !== null,
      ),
    )
    await rig.verified(running)
    await running.stop()
    const again = rig.engine()
    await again.start()
    await rig.append('call-test.c1', say.ended('c1'))
    await rig.caughtUp(again)
    await rig.verified(again)
  }),
)

/** Of all tables: what is parked, and whether that is closed. */
async function parkedOf(running: Engine): Promise<[string, boolean][]> {
  const { models } = await running.verify()
  return [
    ...new Map(models.flatMap(({ parked }) => parked.map(({ key, closed }) => [key, closed] as [string, boolean]))),
  ]
}

/** What a switchboard that reads the whole ledger says is set aside and not closed. */
async function openForSwitchboard(rig: Rig): Promise<string[]> {
  const board = new SwitchboardState(() => 0.5)
  for await (const { events: stored } of rig.log.readAll(null)) {
    for (const event of stored) {
      const { events, failures } = await rig.codec.decode([event])
      if (events[0]) board.fold(events[0] as never, rig.now())
      else board.setAside(unreadOf(failures[0]!)!, rig.now())
    }
  }
  return board.aside
    .filter(({ closed }) => !closed)
    .map(({ stream }) => `stream ${stream}`)
    .sort()
}

test(
  'a version that can read the event ends a call or a shift normally, and an activation has the whole configuration: both close it',
  withRig('engine closed by others', async (rig) => {
    const running = rig.engine()
    await running.start()
    await rig.append('switchboard-test.configuration', say.activated())
    await rig.append('call-test.c1', say.received('c1'), say.queued('c1', rig.now()))
    await rig.append('shift-test.201-1', say.signedIn('201'), say.work('AgentBecameReady', '201'))
    await rig.append('call-test.over', say.received('over'), say.ended('over'))
    for (const stream of [
      'call-test.c1',
      'shift-test.201-1',
      'switchboard-test.configuration',
      'switchboard-test.owner',
      'call-test.over',
    ])
      await rig.appendRaw(stream, 'FromTheFuture', '{}')
    await rig.caughtUp(running)
    const open = [
      ['stream call-test.c1', false],
      ['stream call-test.over', true],
      ['stream shift-test.201-1', false],
      ['stream switchboard-test.configuration', false],
      ['stream switchboard-test.owner', true],
    ]
    assert.equal((await parkedOf(running)).sort(), open)
    // Rows say it, also where nobody has closed anything yet.
    assert.equal(await rig.sql('select call_id, set_aside from calls order by 1'), [
      { call_id: 'c1', set_aside: true },
      { call_id: 'over', set_aside: true },
    ])
    assert.equal(await rig.sql('select agent_code, set_aside from agent_monitor order by 1'), [
      { agent_code: '201', set_aside: true },
      { agent_code: '202', set_aside: false },
    ])
    assert.equal(
      await openForSwitchboard(rig),
      open.filter(([, closed]) => !closed).map(([key]) => key),
    )

    const others = [
      ['call-test.c1', say.left('c1', 5_000), say.ended('c1')],
      ['shift-test.201-1', say.work('AgentSignedOut', '201', 'asked')],
      ['switchboard-test.configuration', say.activated(['PS', 'NW'], ['201', '202'], 'Asia/Shanghai', 2)],
    ] as const
    for (const [stream, ...events] of others) await rig.append(stream, ...events)
    await rig.caughtUp(running)
    assert.equal(
      (await parkedOf(running)).filter(([, closed]) => !closed),
      [],
    )
    assert.equal(await openForSwitchboard(rig), [])
    assert.equal(await rig.sql('select status, ended_by, set_aside from calls where call_id = $1', ['c1']), [
      { status: 'ended', ended_by: 'customer', set_aside: true },
    ])
    assert.equal(await rig.sql('select state, shift_id, set_aside from agent_monitor where agent_code = $1', ['201']), [
      { state: 'signed_out', shift_id: null, set_aside: true },
    ])
    assert.equal(await rig.sql('select queue_code from queues order by 1'), [
      { queue_code: 'NW' },
      { queue_code: 'PS' },
    ])
    await rig.verified(running)

    // New tables say the same, a fresh shift is not set aside, and a configuration can be again.
    await running.rebuild()
    await rig.append('shift-test.201-2', {
      type: 'AgentSignedIn',
      data: { ...(say.signedIn('201').data as object), shiftId: '201-2' },
    })
    await rig.appendRaw('switchboard-test.configuration', 'FromTheFuture', '{}')
    await rig.caughtUp(running)
    assert.equal(await rig.sql('select state, set_aside from agent_monitor where agent_code = $1', ['201']), [
      { state: 'away', set_aside: false },
    ])
    assert.equal(
      (await parkedOf(running)).filter(([, closed]) => !closed),
      [['stream switchboard-test.configuration', false]],
    )
    const boards = await running.boardsAsOf('test', rig.now())
    assert.equal(boards.boards['agent_monitor']!.map(({ agentCode, setAside }) => [agentCode, setAside]).sort(), [
      ['201', false],
      ['202', false],
    ])
    await rig.verified(running)
  }),
)

test.run()

/** Streams that were set aside, in the tables: their rows are closed with them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { say, withRig } from './rig.ts'

const test = suite('tables of streams set aside')

test(
  'a stream with an event that nobody can read waits until it is closed because of that, also over a restart; then its rows are closed',
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
    await rig.append('call-test.c1', { type: 'CallSetAside', data: unread }, say.left('c1', 5_000, 'failed'), { type: 'CallEnded', data: { callId: 'c1', by: 'system', cause: 41, reason: 'set_aside' } })
    await rig.caughtUp(running)
    assert.equal(await rig.sql('select status, ended_by, reason from calls'), [{ status: 'ended', ended_by: 'system', reason: 'set_aside' }])
    assert.equal(await rig.sql('select count(*)::int as n from call_segments where ended_at is null'), [{ n: 0 }])
    // It stays named: its rows are not what they would be if everything could be read.
    assert.ok((await rig.sql<{ resumed: string | null }>('select resumed from tables.parked')).every(({ resumed }) => resumed !== null))
    await rig.verified(running)
    await running.stop()
    const again = rig.engine()
    await again.start()
    await rig.append('call-test.c1', say.ended('c1'))
    await rig.caughtUp(again)
    await rig.verified(again)
  }),
)

test.run()

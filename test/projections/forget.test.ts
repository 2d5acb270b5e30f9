/** A forgotten person is gone from live tables and boards at once, and the tables still equal the log. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readModels } from '@ledgerline/projections/models.ts'
import { until } from '../support/gate.ts'
import { say, withRig, type Rig } from './rig.ts'

const forget = suite('a person is forgotten')

const FORGOTTEN = '13800002225'
const KEPT = '13900001111'

async function threeCalls(rig: Rig): Promise<void> {
  await rig.append('switchboard-test.configuration', say.activated())
  await rig.append('call-test.c1', say.received('c1', FORGOTTEN), say.queued('c1', rig.now()))
  await rig.append('call-test.c1', say.left('c1', 5_000), say.ended('c1'))
  await rig.append('call-test.c2', say.received('c2', FORGOTTEN), say.queued('c2', rig.now()))
  await rig.append('call-test.c3', say.received('c3', KEPT), say.queued('c3', rig.now()))
}

const numbers = (rig: Rig) =>
  rig
    .sql<{ call_id: string; from_number: string | null }>('select call_id, from_number from calls order by 1')
    .then((rows) => rows.map(({ call_id, from_number }) => `${call_id} ${from_number ?? '–'}`))

forget(
  'in finished rows, in open ones, and on the board; others stay, and so does everything that is not personal',
  withRig('forget', async (rig) => {
    const engine = rig.engine()
    await engine.start()
    await threeCalls(rig)
    await rig.caughtUp(engine)
    const before = await rig.sql('select call_id, status, received_at, wait_ms from calls order by 1')
    const subject = rig.vault.subject('test', FORGOTTEN)
    assert.equal(
      await engine.forget('test', subject, () => rig.vault.forget('test', subject)),
      { hadKey: true, rows: 4 },
      'calls and their legs',
    )
    assert.equal(await numbers(rig), ['c1 –', 'c2 –', `c3 ${KEPT}`])
    assert.equal(await rig.sql('select call_id, status, received_at, wait_ms from calls order by 1'), before)
    await until('the lane runs again', () => engine.boardRows('calls', 'test')?.length === 2)
    assert.equal(
      engine
        .boardRows('calls', 'test')!
        .map(({ callId, fromNumber }) => [callId, fromNumber])
        .sort(),
      [
        ['c2', null],
        ['c3', KEPT],
      ],
    )
    // Memory no longer knows the person: the next event does not bring them back.
    await rig.append('call-test.c2', say.left('c2', 9_000), say.ended('c2'))
    await rig.caughtUp(engine)
    assert.equal(await numbers(rig), ['c1 –', 'c2 –', `c3 ${KEPT}`])
    await rig.verified(engine)
  }),
)

forget(
  'also in the memory of an engine of another process',
  withRig('forget elsewhere', async (rig) => {
    const running = rig.engine()
    await running.start()
    await threeCalls(rig)
    await rig.caughtUp(running)
    const subject = rig.vault.subject('test', FORGOTTEN)
    await rig.engine().forget('test', subject, () => rig.vault.forget('test', subject))
    await rig.append('call-test.c2', say.left('c2', 9_000), say.ended('c2'))
    await rig.caughtUp(running)
    assert.equal(await numbers(rig), ['c1 –', 'c2 –', `c3 ${KEPT}`])
    await rig.verified(running)
  }),
)

forget(
  'a person who comes back afterwards is a new one: what they say then is there, what they said before is not',
  withRig('forget and back', async (rig) => {
    const engine = rig.engine()
    await engine.start()
    await threeCalls(rig)
    await rig.caughtUp(engine)
    const subject = rig.vault.subject('test', FORGOTTEN)
    const forgetKey = () => rig.vault.forget('test', subject)
    await engine.forget('test', subject, forgetKey)
    await rig.append('call-test.c4', say.received('c4', FORGOTTEN))
    await rig.caughtUp(engine)
    assert.equal(await numbers(rig), ['c1 –', 'c2 –', `c3 ${KEPT}`, `c4 ${FORGOTTEN}`])
    await rig.verified(engine)
    assert.equal(await engine.forget('test', subject, forgetKey), { hadKey: true, rows: 2 })
    assert.equal(await engine.forget('test', subject, forgetKey), { hadKey: false, rows: 0 })
    await rig.verified(engine)
  }),
)

forget(
  'of two agents of one name, one',
  withRig('forget an agent', async (rig) => {
    const engine = rig.engine()
    await engine.start()
    const named = {
      userId: 'u',
      name: 'Wang Wei',
      extension: '8',
      group: null,
      department: null,
      queues: [],
      via: 'phone',
      registered: true,
    }
    await rig.append('shift-test.201-1', say.shift('AgentSignedIn', '201', named))
    await rig.append('shift-test.202-1', say.shift('AgentSignedIn', '202', named))
    await rig.caughtUp(engine)
    const subject = rig.vault.subject('test', '201')
    assert.is((await engine.forget('test', subject, () => rig.vault.forget('test', subject))).rows > 0, true)
    assert.equal(await rig.sql('select agent_code, name from agent_monitor order by 1'), [
      { agent_code: '201', name: null },
      { agent_code: '202', name: 'Wang Wei' },
    ])
    await rig.verified(engine)
  }),
)

forget('reaches every table that contains personal data: only folded rows do', () => {
  for (const { name, kind, columns } of readModels.models)
    if (kind !== 'entity')
      assert.equal(
        Object.entries(columns).filter(([, { personal }]) => personal),
        [],
        name,
      )
})

forget.run()

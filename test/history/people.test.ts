/**
 * Who served recorded calls: no name is in the ledger in the clear, a second import recognises the first, and older
 * ledgers can still be read.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { importAnonymousBank } from '@ledgerline/adapters/import/anonymous-bank/import.ts'
import {
  configurationDecider,
  isTelling,
  noConfiguration,
  type Activate,
} from '@ledgerline/core/configuration/configuration.ts'
import type { Dice } from '@ledgerline/core/kernel/clock.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { DEMO_DAY } from '@ledgerline/fixtures/demo.ts'
import { toldInTheClear } from '../support/told-of-people.ts'
import { bankFile, bankRow, bankTarget, everything, ledgerOfBefore, withFiles } from '../support/history.ts'

/** Everything a log stores, as one text. */
async function stored(log: EventLog): Promise<string> {
  const lines: string[] = []
  for await (const { events } of log.readAll(null))
    for (const { stream, id, type, data, metadata } of events) lines.push(`${stream} ${id} ${type} ${data} ${metadata}`)
  return lines.join('\n')
}

type Named = { agentId: string; agentCode: string; name: string | null }
const agentsOf = async (target: Parameters<typeof everything>[0]) =>
  new Map(
    (await everything(target))
      .filter(({ type, stream }) => type === 'CallAnswered' && stream.startsWith('imported'))
      .map(({ stream, data }) => [stream.split('-').at(-1), data as Named]),
  )
const namedIn = async (target: Parameters<typeof everything>[0]) =>
  (await everything(target)).filter(({ type }) => type === 'HistoryAgentNamed').map(({ data }) => data as Named)

const people = suite('people of a history')

people(
  'no name of a recorded day is in the ledger in the clear; all of them are there for those who hold the keys',
  async () => {
    const target = bankTarget()
    await importAnonymousBank({ files: [DEMO_DAY], ...target })
    const names = (await namedIn(target)).map(({ name }) => name!)
    assert.is(names.length, 17)
    // Keyed hashes and sealed values could contain three letters in a row by chance; a name may be shorter than any of
    // them.
    const text = (await stored(target.log)).replaceAll(/"[\w-]{22,}"/g, '""')
    for (const name of names) assert.not.match(text, new RegExp(name, 'i'))
    const customers = (await everything(target)).flatMap(({ type, data }) =>
      type === 'CallReceived' ? [(data as { customerId: string | null }).customerId] : [],
    )
    const known = customers.filter((id): id is string => id !== null && id.length > 2)
    assert.ok(known.length > 500, `${known.length} customers`)
    assert.equal(await toldInTheClear(target.log, [...names, ...known]), [])
  },
)

people('a second import recognises those of the first, in whatever order, and continues the numbers', async () => {
  const target = bankTarget()
  const rows = ['ANAT', 'MICHAL', 'DORIT'].map((server, index) => bankRow({ call_id: String(index), server }))
  await withFiles(
    {
      one: bankFile(...rows),
      two: bankFile(
        bankRow({ call_id: '7', server: 'DORIT' }),
        bankRow({ call_id: '8', server: 'YIFAT' }),
        bankRow({ call_id: '9', server: 'ANAT' }),
      ),
    },
    async ({ one, two }) => {
      await importAnonymousBank({ files: [one!], ...target })
      await importAnonymousBank({ files: [two!], ...target })
      assert.equal(
        (await namedIn(target)).map(({ name, agentCode }) => [name, agentCode]),
        [
          ['ANAT', '1001'],
          ['MICHAL', '1002'],
          ['DORIT', '1003'],
          ['YIFAT', '1004'],
        ],
      )
      const agents = await agentsOf(target)
      assert.equal(
        ['7', '8', '9'].map((call) => agents.get(call)!.agentCode),
        ['1003', '1004', '1001'],
      )
    },
  )
})

people('two imports at once name everybody once', async () => {
  const target = bankTarget()
  const rows = (dice: Dice) =>
    Array.from({ length: 400 }, (_, i) => bankRow({ call_id: String(Math.floor(dice() * 1e9)), server: `S${i % 40}` }))
  await withFiles(
    { one: bankFile(...rows(seededDice(1))), two: bankFile(...rows(seededDice(2))) },
    async ({ one, two }) => {
      await Promise.all([
        importAnonymousBank({ files: [one!], ...target }),
        importAnonymousBank({ files: [two!], ...target }),
      ])
      const named = await namedIn(target)
      assert.equal(
        [
          new Set(named.map(({ name }) => name)).size,
          new Set(named.map(({ agentCode }) => agentCode)).size,
          named.length,
        ],
        [40, 40, 40],
      )
    },
  )
})

people('ids of agents and rows are different under another key, so that nothing can be guessed back', async () => {
  const [one, other] = [bankTarget(), bankTarget()]
  for (const target of [one, other])
    await withFiles({ f: bankFile(bankRow()) }, ({ f }) => importAnonymousBank({ files: [f!], ...target }))
  const ids = async (target: typeof one) =>
    (await everything(target)).filter(({ stream }) => stream.startsWith('imported_call')).map(({ id }) => id)
  const [mine, theirs] = [await ids(one), await ids(other)]
  assert.ok(mine.every((id) => !theirs.includes(id)))
  assert.is.not((await namedIn(one))[0]!.agentId, (await namedIn(other))[0]!.agentId)
})

people.run()

const before = suite('ledgers in which agents stand by name')

before('are read, and the same rows again change nothing', async () => {
  const target = { ...(await ledgerOfBefore()), tenant: 'bank' }
  const events = await everything(target)
  assert.equal(events.find(({ type }) => type === 'AgentSignedIn')!.data, {
    shiftId: 'anat-1',
    agentId: 'anat',
    agentCode: '201',
    userId: 'anat',
    name: 'Anat',
    extension: '8201',
    group: 'team-1',
    department: null,
    queues: [{ queueCode: 'PS', level: 1, position: 1 }],
    via: 'desk',
    registered: true,
  })
  await withFiles({ f: bankFile(...target.rows) }, async ({ f }) => {
    const report = await importAnonymousBank({ files: [f!], ...target })
    assert.equal(
      [report.calls, report.alreadyThere, report.notLoaded, report.events, report.inTheClear],
      [4, 4, 0, 0, true],
    )
  })
  assert.is((await everything(target)).length, events.length)
})

before('continue: nobody becomes two people, and new agents are not added in the clear', async () => {
  const target = { ...(await ledgerOfBefore()), tenant: 'bank' }
  const rows = [
    bankRow({ call_id: '11', server: 'MICHAL' }),
    bankRow({ call_id: '12', server: 'TALI' }),
    bankRow({ call_id: '13', server: 'NO_SERVER' }),
    bankRow({ call_id: '14', server: `${'N'.repeat(70)}` }),
  ]
  await withFiles({ f: bankFile(...rows) }, async ({ f }) => {
    for (const alreadyThere of [0, 4]) {
      const report = await importAnonymousBank({ files: [f!], ...target })
      assert.equal([report.calls, report.alreadyThere], [4, alreadyThere])
    }
  })
  const agents = await agentsOf(target)
  assert.equal(
    ['34540', '11', '12', '14', '13'].map((call) => agents.get(call)!.agentCode),
    ['MICHAL', 'MICHAL', '1001', '1002', null],
  )
  assert.not.match(await stored(target.log), /TALI/i)
})

before('keep the ids of configured agents: shifts and figures continue under them', async () => {
  const { log, codec } = await ledgerOfBefore()
  const [activated] = await codec.decodeAll(await log.readStream('switchboard-demo.configuration'))
  const state = configurationDecider.evolve(noConfiguration, activated as never)
  const asked = activated!.data as Omit<Activate, 'do'> & { agents: { agentCode: string }[] }
  const bare = ({ agentId: _, ...agent }: { agentId?: string }) => agent
  const again: Activate = {
    do: 'activate',
    zone: asked.zone,
    queues: asked.queues,
    routes: asked.routes,
    agents: asked.agents.map(bare) as never,
  }
  let made = 0
  const newId = () => `00000000-0000-8000-8000-00000000000${made++}`
  assert.equal(
    configurationDecider.decide(again, state, { at: 0, now: 0, newId }),
    [],
    'the same without ids is in force already',
  )
  const more: Activate = {
    ...again,
    agents: [...again.agents, { ...again.agents[0]!, agentCode: '202', extension: '8202' }],
  }
  const [next] = configurationDecider.decide(more, state, { at: 0, now: 0, newId })
  assert.equal(
    next!.data.agents.map(({ agentId, agentCode }) => [agentId, agentCode]),
    [
      ['anat', '201'],
      ['00000000-0000-8000-8000-000000000000', '202'],
    ],
  )
  const telling = (agentId: string | undefined, agentCode = '201') =>
    isTelling({ ...again.agents[0]!, agentCode, ...(agentId !== undefined && { agentId }) }, state)
  assert.equal(
    [undefined, 'anat', '201', '018F3b7e-0000-7000-8000-000000000001'].map((id) => telling(id)),
    [false, false, false, false],
  )
  assert.equal([telling('zhang'), telling('anat', '202'), telling('202')], [true, true, true])
})

before.run()

/**
 * The ledger decides whose desk a shift has: a browser that was replaced is refused by every process, however far that
 * process has read.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commandRoutes } from '@ledgerline/adapters/http/commands/command-routes.ts'
import { configuredSession } from '@ledgerline/core/access/session.ts'
import { memoryAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { AnsweredOnce } from '@ledgerline/core/kernel/answered-once.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { tenant } from '../support/house.ts'
import { Nodes, type Node } from '../support/nodes.ts'

const HOUR_MS = 3_600_000
const OLD = '0a0e3c5e-0000-4000-8000-000000000001'
const NEW = '0a0e3c5e-0000-4000-8000-000000000002'
/** Everything an agent may ask for in a call, with what it needs. */
const inCall = {
  hold: {},
  resume: {},
  'hang-up': {},
  transfer: { to: { kind: 'queue', code: 'PS' } },
  consult: { toAgentCode: '202' },
  'consult/end': {},
  'hand-over': {},
  join: {},
}

const claims = suite('whose desk it is')

interface Asker {
  nodes: Nodes
  callId: string
  /** What a process answers to a command of agent 201 in their call: `done`, or the code of the refusal. */
  ask(of: Node, path: keyof typeof inCall, deskId: string): Promise<string>
}

/** Agent 201 talks, and the second process reads nothing from then on. */
async function whileOneReadsNothing(body: (asker: Asker) => Promise<void>): Promise<void> {
  const nodes = new Nodes({ agents: 2 })
  const first = nodes.start()
  await nodes.house.pass(100)
  let reads = true
  const second = nodes.start({ lag: () => (reads ? 0 : HOUR_MS) })
  await nodes.house.pass(100)
  const house = await nodes.use(first).furnish()
  try {
    const { clock } = house
    await house.until(first.desk.setWork('202', 'away', null, house.by('agent')))
    await house.until(first.desk.claimDesk('201', OLD, house.by('agent')))
    const callId = house.call('PS', { talkMs: HOUR_MS, patienceMs: HOUR_MS })
    await house.pass(10_000)
    assert.is(second.process.switchboard.shift('201')?.engagement.kind, 'talking')
    reads = false
    let asked = 0
    const routesOf = ({ desk, process: { switchboard } }: Node) =>
      commandRoutes({
        once: new AnsweredOnce(memoryAnswers(() => clock.now())),
        deskOf: () => ({ desk, presence: { here: async () => {} }, state: switchboard, now: () => clock.now() }),
      })
    const ask: Asker['ask'] = async (of, path, deskId) => {
      const route = routesOf(of).find((each) => each.path === `/api/v1/commands/calls/${path}`)!
      const given = {
        body: { commandId: `claims-test-${++asked}`, agentCode: '201', callId, deskId, ...inCall[path] },
        session: configuredSession({ tenant: () => tenant })({ headers: {} }),
      }
      try {
        await house.until(Promise.resolve(route.handle(given as never)))
        return 'done'
      } catch (error) {
        if (isProblem(error)) return error.code
        throw error
      }
    }
    await body({ nodes, callId, ask })
  } finally {
    await nodes.close()
  }
}

claims(
  'a desk that was replaced is refused in a call by every process, also by one whose state knows nothing of it; the new one is heard by all',
  () =>
    whileOneReadsNothing(async ({ nodes, callId, ask }) => {
      const { house } = nodes
      const [first, second] = nodes.nodes as [Node, Node]
      assert.is(await ask(second, 'hold', OLD), 'done', 'it is the desk so far')
      assert.is(await ask(second, 'resume', OLD), 'done')
      await house.until(first.desk.claimDesk('201', NEW, house.by('agent')))
      assert.is(second.process.switchboard.shift('201')!.deskId, OLD, 'the second process has not heard of it')
      const written = (await house.ledger()).length
      for (const path of Object.keys(inCall) as (keyof typeof inCall)[])
        for (const node of [first, second]) assert.is(await ask(node, path, OLD), 'agent.desk_elsewhere', path)
      assert.is((await house.ledger()).length, written, 'nothing was written')
      assert.ok(
        (await house.telephony.legs()).some((leg) => leg.callId === callId),
        'nobody was hung up',
      )
      assert.is(
        await ask(second, 'hold', NEW),
        'done',
        'and the one that took its place may, though the second process does not know it',
      )
      assert.is(await ask(first, 'resume', NEW), 'done')
    }),
)

claims('the claim may be in a shift that the process does not know of', () =>
  whileOneReadsNothing(async ({ nodes, ask }) => {
    const { house } = nodes
    const [first, second] = nodes.nodes as [Node, Node]
    assert.is(await ask(second, 'hang-up', OLD), 'done')
    await house.pass(60_000)
    await house.until(first.desk.agent('201', { do: 'sign_out', by: 'agent' }, house.by('agent')))
    assert.is(second.process.switchboard.shift('201')!.engagement.kind, 'talking', 'as far as the second has read')
    assert.is(await ask(second, 'hold', OLD), 'agent.not_signed_in')
    await house.until(first.desk.signIn('201', { via: 'desk', registered: true, deskId: NEW }, house.by('agent')))
    assert.is(await ask(second, 'hold', OLD), 'agent.desk_elsewhere')
  }),
)

claims.run()

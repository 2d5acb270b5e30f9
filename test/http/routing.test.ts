/** "What happens if X calls Y at Z?" over HTTP, on a real switchboard. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startSpine, type Spine } from './spine.ts'

const test = suite('routing over HTTP')
let spine: Spine
test.before(async () => {
  spine = await startSpine('http_routing', { agents: 2 })
})
test.after(() => spine.close())

interface Explained {
  status: number
  code?: string
  caller: string
  outcome: string
  target: string | null
  rule: string | null
  version: number
  summary: { en: string; zh: string }
  steps: { code: string; words: { en: string; zh: string } }[]
}

async function ask(query: string): Promise<Explained> {
  const response = await spine.during(fetch(`${spine.url}/api/v1/routing/explain?${query}`))
  return { status: response.status, ...((await response.json()) as Omit<Explained, 'status'>) }
}

test('A3.2.3-purpose: the configuration in force is asked, and every step has its reason in both languages', async () => {
  const told = await ask('to=PS')
  assert.is(told.status, 200)
  assert.equal([told.outcome, told.target, told.caller], ['queue', 'PS', 'gateway'])
  assert.ok(told.version >= 1)
  assert.ok(told.steps.length >= 3)
  for (const { words } of told.steps) assert.ok(words.en !== '' && words.zh !== '' && words.en !== words.zh)
})

test('numbers of people are masked, our own short ones are not', async () => {
  const told = await ask('from=8201&to=13800001111')
  assert.is(told.caller, 'extension')
  assert.is(told.outcome, 'outside')
  assert.not.match(JSON.stringify(told), '13800001111')
  assert.match(told.summary.en, '138****1111')
  assert.match(JSON.stringify(await ask('from=8201&to=110')), '110')
  const internal = await ask('from=8201&to=8202')
  assert.equal([internal.outcome, internal.target], ['extension', '8202'])
})

test('a colleague who is away cannot be called (C3.1-not-eligible), and the reason is told', async () => {
  await spine.during(spine.floor.desk.setWork('202', 'away', 'lunch', spine.floor.by('agent:202')))
  await spine.pass(10)
  const told = await ask('from=8201&to=8202')
  assert.equal([told.outcome, told.target], ['refused', 'not_eligible'])
  assert.match(told.summary.zh, '操作不符合条件')
  assert.ok(told.steps.some(({ code }) => code === 'phone_occupied'))
})

test('what is wrong with the question is named', async () => {
  for (const query of [
    '',
    'to=',
    'to=1&at=yesterday',
    'to=1&at=2026-02-31T10:00:00Z',
    'to=1&form=8201',
    `to=${'1'.repeat(65)}`,
  ]) {
    const told = await ask(query)
    assert.equal([told.status, told.code], [400, 'request.invalid'], query)
  }
})

test.run()

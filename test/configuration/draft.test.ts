/** The draft of the configuration: what may be done to it, and what an activation settles. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  configurationDecider,
  noConfiguration,
  wholeOf,
  type Activate,
  type Configuration,
} from '@ledgerline/core/configuration/configuration.ts'
import { differences, fieldDifferences, sumsOf } from '@ledgerline/core/configuration/difference.ts'
import { holidayRemarks } from '@ledgerline/core/configuration/holidays.ts'
import { itemsOf, sectionOf, withItems, type Item, type SectionName } from '@ledgerline/core/configuration/sections.ts'
import {
  draftDecider,
  itemOf,
  itemsIn,
  pendingOf,
  type Draft,
  type DraftCommand,
  type Ground,
} from '@ledgerline/core/draft/draft.ts'
import type { DraftEvent } from '@ledgerline/core/draft/events.ts'
import { inOrder, placesFor } from '@ledgerline/core/draft/order.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { times } from '../support/depth.ts'
import { given, type Past } from '../support/given.ts'
import { agentNumbered, queueNamed } from '../support/house.ts'

const test = suite('the draft')

const context = { at: 0, now: 0, newId: () => 'new-id' }
function inForce(change: Partial<Activate> = {}): Configuration {
  const command: Activate = {
    do: 'activate',
    zone: 'Asia/Shanghai',
    queues: [queueNamed('PS'), queueNamed('VIP')],
    agents: [agentNumbered(0, ['PS']), agentNumbered(1, ['PS'])],
    routes: [
      { code: 'first', to: '95500', order: 1, queueCode: 'PS' },
      { code: 'second', to: '95501', order: 2, queueCode: 'PS' },
      { code: 'all', to: '*', queueCode: 'PS' },
    ],
    network: { extensions: [{ number: '8201', secret: 'first secret' }, { number: '8202' }] },
    ...change,
  }
  const [event] = configurationDecider.decide(command, noConfiguration, context)
  return configurationDecider.evolve(noConfiguration, { ...event!, at: 0 })
}
const configuration = inForce()
const ground: Ground = { whole: wholeOf(configuration), settled: -1 }

const item = (section: SectionName, key: string, draft?: Draft) =>
  itemOf(draft ?? draftDecider.initial, ground, sectionOf(section)!, key)
const put = (section: SectionName, key: string | null, value: Item, version: string | null = '*'): DraftCommand => ({
  do: 'put',
  section,
  items: [{ key, item: value, version }],
  ground,
})
/** A draft after these commands. */
function after(...commands: DraftCommand[]) {
  const past: DraftEvent[] = []
  for (const command of commands) {
    const { state } = given(draftDecider, ...(past as Past<DraftEvent>[]))
    past.push(...draftDecider.decide(command, state, context))
  }
  return given(draftDecider, ...(past as Past<DraftEvent>[]))
}

test('A3.2.2.2-edit: a change holds the whole item, before and after; the same once more changes nothing', () => {
  const queue = queueNamed('PS', { ringMs: 9_000 })
  const [event] = after()
    .when(put('queues', 'PS', queue, item('queues', 'PS')!.version))
    .then({ type: 'DraftChanged', data: { section: 'queues' } })
  assert.equal((event as { data: { changes: unknown } }).data.changes, [
    { key: 'PS', before: { queues: queueNamed('PS') }, after: { queues: queue } },
  ])
  after(put('queues', 'PS', queue))
    .when(put('queues', 'PS', queue))
    .thenNothing()
})

test('who did not see the last change is told, whether it waits or is in force', () => {
  const { version } = item('queues', 'PS')!
  const changed = after(put('queues', 'PS', queueNamed('PS', { ringMs: 9_000 }), version))
  changed.when(put('queues', 'PS', queueNamed('PS', { ringMs: 8_000 }), version)).thenRefused('draft.changed_meanwhile')
  changed
    .when({ do: 'remove', section: 'queues', items: [{ key: 'PS', version }], ground })
    .thenRefused('draft.changed_meanwhile')
  const latest = item('queues', 'PS', changed.state)!.version
  changed.when(put('queues', 'PS', queueNamed('PS', { ringMs: 8_000 }), latest)).then({ type: 'DraftChanged' })
})

test('what is new must be new, what is changed must be there, and nothing is renamed', () => {
  after()
    .when(put('queues', null, queueNamed('PS'), null))
    .thenRefused('draft.taken')
  after()
    .when(put('queues', 'NO', queueNamed('NO')))
    .thenRefused('draft.unknown')
  after()
    .when(put('queues', 'PS', queueNamed('P2')))
    .thenRefused('draft.key_fixed')
  after()
    .when(put('queues', null, { ...queueNamed('PS'), code: '' }, null))
    .thenRefused('draft.key_missing')
  const twice = { do: 'put' as const, section: 'numbers' as const, ground }
  const number = { key: null, version: null, item: { number: '62620668', gateway: null } }
  after()
    .when({ ...twice, items: [number, number] })
    .thenRefused('draft.taken')
})

test('codes that every object has, and settings out of bounds, are refused at once', () => {
  for (const code of ['__proto__', 'constructor', 'toString', ' PS'])
    after()
      .when(put('queues', null, queueNamed(code), null))
      .thenRefused('switchboard.code_invalid')
  after()
    .when(put('queues', 'PS', queueNamed('PS', { ringMs: 1 })))
    .thenRefused('switchboard.out_of_bounds')
  const many = Array.from({ length: 1_001 }, (_, at) => ({
    key: null,
    version: null,
    item: { number: `${at}`, gateway: null },
  }))
  after().when({ do: 'put', section: 'numbers', items: many, ground }).thenRefused('draft.too_many_at_once')
  const reasons = Array.from({ length: 101 }, (_, at) => ({
    key: null,
    version: null,
    item: { code: `r${at}`, zh: '一', en: 'one', for: ['away'] },
  }))
  after().when({ do: 'put', section: 'reasons', items: reasons, ground }).thenRefused('draft.too_many')
})

test('A3.2.1-password: a password that is left out stays, an empty one removes it, and its version never tells of it', () => {
  const extension = item('extensions', '8201')!.item as { secret: string | null }
  const kept = after(put('extensions', '8201', { ...extension, secret: null, record: false }))
  assert.is((item('extensions', '8201', kept.state)!.item as typeof extension).secret, 'first secret')
  const removed = after(put('extensions', '8201', { ...extension, secret: '' }))
  assert.is((item('extensions', '8201', removed.state)!.item as typeof extension).secret, null)
  const versions = ['one', 'another'].map(
    (secret) => item('extensions', '8201', after(put('extensions', '8201', { ...extension, secret })).state)!.version,
  )
  assert.is(versions[0], versions[1])
})

test('A3.2.2.3-import-agents A3.2.2.3-extension-list A3.2.2.3-target-queue A3.2.2.4-level A3.2.2.4-position: agents serve a queue, with level and position', () => {
  const draft = after({ do: 'staff', queue: 'VIP', agents: ['201', '202'], level: 2, position: 5, ground }).state
  const places = ['201', '202'].map((code) =>
    (item('agents', code, draft)!.item as { queues: unknown[] }).queues.at(-1),
  )
  assert.equal(places, [
    { queueCode: 'VIP', level: 2, position: 5 },
    { queueCode: 'VIP', level: 2, position: 6 },
  ])
  after()
    .when({ do: 'staff', queue: 'VIP', agents: ['999'], level: 1, position: 1, ground })
    .thenRefused('draft.unknown')
})

test('A3.2.3-order: a route comes where it was dropped, and others keep their numbers while there is room', () => {
  const moved = after({ do: 'move', key: 'all', before: 'second', version: '*', ground }).state
  const routes = itemsIn(moved, ground, sectionOf('routes')!) as { code: string; to: string; order?: number }[]
  assert.equal(
    inOrder(routes).map(({ code }) => code),
    ['first', 'all', 'second'],
  )
  assert.is(routes.find(({ code }) => code === 'first')!.order, 1)
  // Whatever the orders are: it comes right there, and nothing else changes its place.
  const dice = seededDice(3)
  const any = (most: number) => Math.floor(dice() * most)
  for (let round = 0; round < times('DRAFT_ORDERS', 60, 2_000); round++) {
    const all = Array.from({ length: 1 + any(8) }, (_, at) => ({
      code: `r${at}`,
      to: ['*', `9${at}`, `^8${at}$`][any(3)]!,
      ...(any(3) > 0 && { order: any(12) }),
    }))
    const before = inOrder(all).map(({ code }) => code)
    const key = before[any(before.length)]!
    const target = any(before.length + 1)
    const places = placesFor(all, key, before[target] ?? null)
    const now = inOrder(
      all.map((route) => ({ ...route, ...(places.has(route.code) && { order: places.get(route.code)! }) })),
    ).map(({ code }) => code)
    const rest = before.filter((code) => code !== key)
    const at =
      before[target] === undefined
        ? rest.length
        : before[target] === key
          ? before.indexOf(key)
          : rest.indexOf(before[target]!)
    assert.equal(now, rest.toSpliced(at, 0, key), JSON.stringify({ all, key, target }))
  }
})

test('what an activation contains no longer waits; what came later does', () => {
  const { state } = after(
    put('queues', 'PS', queueNamed('PS', { ringMs: 9_000 })),
    put('queues', 'VIP', queueNamed('VIP', { ringMs: 8_000 })),
  )
  assert.is(pendingOf(state, -1).changes.size, 2)
  assert.equal(
    [...pendingOf(state, 0).changes.values()].map(({ key }) => key),
    ['VIP'],
  )
  assert.is(pendingOf(state, 1).changes.size, 0)
  const activated = configurationDecider.decide(
    {
      ...asCommand(configuration),
      queues: [queueNamed('PS', { ringMs: 9_000 }), queueNamed('VIP')],
      draft: 0,
      after: 1,
      note: 'why',
    },
    configuration,
    context,
  )
  assert.equal(
    activated.map(({ data: { draft, note, changed } }) => ({ draft, note, changed })),
    [{ draft: 0, note: 'why', changed: [{ section: 'queues', added: 0, changed: 1, removed: 0 }] }],
  )
  const next = configurationDecider.evolve(configuration, { ...activated[0]!, at: 0 })
  assert.is(next.draft, 0)
  // One that is no draft says nothing about it, and the one after still knows.
  const [plain] = configurationDecider.decide(asCommand(configuration), next, context)
  assert.is(configurationDecider.evolve(noConfiguration, { ...plain!, at: 0 }).draft, 0)
})

const asCommand = (of: Configuration): Activate => {
  const { queues, agents, routes, zone, network } = wholeOf(of)
  return { do: 'activate', zone, queues, agents, routes, network }
}

test('A3.2.2.5-reload: of two who activate at once, the second is told', () => {
  assert.throws(
    () => configurationDecider.decide({ ...asCommand(configuration), after: 0 }, configuration, context),
    (error: { code?: string }) => error.code === 'switchboard.activated_meanwhile',
  )
})

test('discarding gives up one change, or all of them with the version that was taken over', () => {
  const draft = after(
    { do: 'base', version: 1, ground },
    put('queues', 'PS', queueNamed('PS', { ringMs: 9_000 })),
    put('queues', null, queueNamed('NEW'), null),
  )
  const one = after(
    put('queues', 'PS', queueNamed('PS', { ringMs: 9_000 })),
    put('queues', null, queueNamed('NEW'), null),
    {
      do: 'discard',
      items: [{ section: 'queues', key: 'NEW' }],
      ground,
    },
  )
  assert.equal(
    [...one.state.changes.values()].map(({ key }) => key),
    ['PS'],
  )
  one.when({ do: 'discard', items: [{ section: 'queues', key: 'VIP' }], ground }).thenNothing()
  draft.when({ do: 'discard', items: null, ground }).then({ type: 'DraftDiscarded', data: { items: null } })
  after().when({ do: 'discard', items: null, ground }).thenNothing()
})

test('a difference names fields, through lists by what their elements are called', () => {
  const menu = (to: string, more: object[] = []) => ({
    code: '200',
    menus: [{ code: 'root', nodes: [{ key: '1', action: { do: 'queue', to } }, ...more] }],
    hours: [1, 2],
  })
  assert.equal(fieldDifferences(menu('PS'), menu('VIP', [{ key: '2', action: { do: 'back', to: '' } }])), [
    { field: 'menus[].nodes[].action.to', of: ['root', '1'], before: 'PS', after: 'VIP' },
    { field: 'menus[].nodes[].key', of: ['root', '2'], before: null, after: '2' },
    { field: 'menus[].nodes[].action.do', of: ['root', '2'], before: null, after: 'back' },
  ])
  const whole = ground.whole
  const other = withItems(whole, new Map([['queues', itemsOf(whole, sectionOf('queues')!).slice(1)]]))
  assert.equal(sumsOf(differences(whole, other)), [{ section: 'queues', added: 0, changed: 0, removed: 1 }])
  assert.equal([...differences(whole, whole)], [])
})

test('A3.2.3.3-effective-time: a year without holidays is told, the next one from November', () => {
  const calendar = (code: string, dates: readonly string[]) => ({
    code,
    name: code,
    hours: [{ days: [1], from: '09:00', to: '18:00' }],
    days: dates.map((date) => ({ date, name: '', open: [] })),
  })
  const said = (at: number, ...dates: string[]) =>
    [...holidayRemarks([calendar('c', dates)], at, 'Asia/Shanghai')].map(({ problem }) => problem.details['year'])
  assert.equal(said(Date.UTC(2026, 5, 1), '2026-01-01'), [])
  assert.equal(said(Date.UTC(2026, 10, 30), '2026-01-01'), [2027])
  assert.equal(said(Date.UTC(2026, 5, 1)), [2026])
  assert.equal(said(Date.UTC(2026, 11, 31, 16, 1), '2026-01-01'), [2027])
  assert.equal([...holidayRemarks([{ code: 'always', name: '', hours: [], days: [] }], 0, 'UTC')], [])
})

test.run()

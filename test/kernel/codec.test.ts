/** Translation between events as the core knows them and events as a log stores them. */
import { randomUUID } from 'node:crypto'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { Codec, type Draft } from '@ledgerline/core/kernel/codec.ts'
import { defineEvents, event, personalDetail, personalIdentity, type Position } from '@ledgerline/core/kernel/event.ts'
import type { LogEvent, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'

const versions = {
  first: defineEvents({ Moved: event('v1', { x: z.number() }) }),
  third: defineEvents({
    Moved: event(
      'v3',
      { x: z.number(), y: z.number(), unit: z.string() },
      (data) => ({ ...data, y: 0 }),
      (data) => ({ ...data, unit: 'mm' }),
    ),
  }),
}

const samples = defineEvents({
  Called: event('Somebody called.', {
    callId: z.string(),
    from: personalIdentity('number'),
    name: personalDetail('name', 'from'),
    note: personalDetail('note', 'callId'),
    party: z.object({ number: personalIdentity('number'), title: z.string() }),
    others: z.array(z.object({ number: personalIdentity('number') })),
    numbers: z.array(personalIdentity('number')),
    maybe: z.object({ number: personalIdentity('number') }).nullable(),
    tags: z.array(z.string()).optional(),
  }),
})

const called = {
  type: 'Called',
  data: {
    callId: 'c1',
    from: '13800138000',
    name: '王小明',
    note: 'wants a call back',
    party: { number: '13900139000', title: 'Mr' },
    others: [{ number: '13700137000' }, { number: null }],
    numbers: ['13600136000', '13800138000'],
    maybe: null,
  },
}

const meta = {
  tenant: 't',
  actor: 'agent:201',
  at: 1_700_000_000_000,
  origin: 'live',
  correlation: 'c1',
  causation: null,
} as const

const draft = (event: Draft['event'], more: Partial<Draft['meta']> = {}): Draft => ({
  id: randomUUID(),
  event,
  meta: { ...meta, ...more },
})

const recorded = (stored: StoredEvent, index = 0): LogEvent => ({
  ...stored,
  stream: 'call-t.c1',
  revision: index,
  position: String(index + 1).padStart(19, '0') as Position,
  recordedAt: 5,
})

const only = async (codec: Codec, stored: Partial<LogEvent>): Promise<Problem> => {
  const { events, failures } = await codec.decode([
    recorded({
      id: '00000000-0000-7000-8000-000000000001',
      type: 'Moved',
      data: '{"x":1}',
      metadata: '{"t":"t","a":"a","at":1}',
      ...stored,
    }),
  ])
  assert.is(events.length, 0)
  return failures[0]!.problem
}

const test = suite('codec')

test('what is written is read back whole, with its places', async () => {
  const codec = new Codec(samples, memoryVault())
  for (const origin of ['live', 'imported', 'simulated'] as const) {
    const [stored] = await codec.encode([draft(called, { origin, causation: 'cmd' })])
    const [read] = await codec.decodeAll([recorded(stored!, 3)])
    assert.equal(read!.data, called.data)
    const { tenant, actor, at, correlation, causation, schema, stream, revision, position, recordedAt } = read!
    assert.equal(
      { tenant, actor, at, correlation, causation, origin: read!.origin },
      { ...meta, origin, causation: 'cmd' },
    )
    assert.equal(
      { schema, stream, revision, position, recordedAt },
      { schema: 1, stream: 'call-t.c1', revision: 3, position: '0000000000000000004', recordedAt: 5 },
    )
  }
})

test('no personal value is stored in the clear, wherever it is; the input is not modified', async () => {
  const codec = new Codec(samples, memoryVault())
  const before = structuredClone(called)
  const [stored] = await codec.encode([draft(called)])
  for (const value of ['13800138000', '王小明', 'wants a call back', '13900139000', '13700137000', '13600136000'])
    assert.not(stored!.data.includes(value), value)
  assert.ok(stored!.data.includes('Mr'))
  assert.equal(called, before)
})

test('a forgotten person reads as null in everything about them, and nobody else does', async () => {
  const vault = memoryVault()
  const codec = new Codec(samples, vault)
  const stored = (await codec.encode([draft(called), draft(called, { tenant: 'u' })])).map(recorded)
  await vault.forget('t', vault.subject('t', '13800138000'))
  const [read, elsewhere] = await codec.decodeAll(stored)
  assert.equal(read!.data, { ...called.data, from: null, name: null, numbers: ['13600136000', null] })
  assert.equal(elsewhere!.data, called.data, 'another tenant keeps its own')
})

test('a detail is sealed for the person beside it, or for itself if nobody is named', async () => {
  const vault = memoryVault()
  const codec = new Codec(samples, vault)
  const sealedName = async (from: string | null) => {
    const [stored] = await codec.encode([draft({ ...called, data: { ...called.data, from } })])
    return (JSON.parse(stored!.data) as { name: { s: string } }).name.s
  }
  assert.is(await sealedName('13800138000'), vault.subject('t', '13800138000'))
  assert.is(await sealedName(null), vault.subject('t', '王小明'))
})

test('wrong data are refused before anything is written, naming the field', async () => {
  const codec = new Codec(samples, memoryVault())
  const refused = async (event: Draft['event']) => {
    try {
      await codec.encode([draft(called), draft(event)])
    } catch (error) {
      assert.ok(isProblem(error, 'event.invalid'))
      return error.details['path']
    }
    return assert.unreachable('was not refused')
  }
  assert.is(
    await refused({ type: 'Called', data: { ...called.data, party: { number: 5, title: '' } } }),
    'party.number',
  )
  assert.is(await refused({ type: 'Called', data: { ...called.data, callId: undefined } }), 'callId')
  assert.is(await refused({ type: 'Called', data: { ...called.data, extra: 1 } }), '', 'a field that would be lost')
  assert.is(await refused({ type: 'Never', data: {} }), 'type')
})

test('old versions are upcast step by step', async () => {
  const [old] = await new Codec(versions.first, memoryVault()).encode([draft({ type: 'Moved', data: { x: 1 } })])
  const [read] = await new Codec(versions.third, memoryVault()).decodeAll([recorded(old!)])
  assert.equal(read!.data, { x: 1, y: 0, unit: 'mm' })
  assert.is(read!.schema, 3)
  const [now] = await new Codec(versions.third, memoryVault()).encode([
    draft({ type: 'Moved', data: { x: 1, y: 2, unit: 'm' } }),
  ])
  assert.equal((await new Codec(versions.third, memoryVault()).decodeAll([recorded(now!)]))[0]!.data, {
    x: 1,
    y: 2,
    unit: 'm',
  })
})

test('a newer schema and an unknown type are distinguished from a corrupt row', async () => {
  const [newer] = await new Codec(versions.third, memoryVault()).encode([
    draft({ type: 'Moved', data: { x: 1, y: 2, unit: 'm' } }),
  ])
  const codec = new Codec(versions.first, memoryVault())
  const problem = await only(codec, newer!)
  assert.is(problem.code, 'event.newer')
  assert.is(problem.details['schema'], 3)
  assert.is(problem.details['known'], 1)
  assert.is((await only(codec, { type: 'Never' })).code, 'event.unknown')
})

test('a corrupt row is a problem that names it and quotes nothing of it', async () => {
  const codec = new Codec(versions.first, memoryVault())
  const wrong: Partial<LogEvent>[] = [
    { data: '{"x":13800138000' },
    { data: '' },
    { data: 'null' },
    { data: '"13800138000"' },
    { data: '{"x":"13800138000"}' },
    { metadata: '13800138000' },
    { metadata: '{' },
    { metadata: '{"t":"t"}' },
  ]
  for (const row of wrong) {
    const problem = await only(codec, row)
    assert.is(problem.code, 'event.corrupt')
    assert.is(problem.details['position'], '0000000000000000001')
    assert.not(JSON.stringify(problem.details).includes('138'), JSON.stringify(problem.details))
  }
})

test('an event that cannot be read stops none of the others', async () => {
  const vault = memoryVault()
  const codec = new Codec({ ...samples, ...versions.first }, vault)
  const stored = (await codec.encode([draft(called), draft({ type: 'Moved', data: { x: 1 } }), draft(called)])).map(
    recorded,
  )
  stored[1]!.data = '{'
  const changed = JSON.parse(stored[2]!.data) as { from: { c: string } }
  changed.from.c = `${changed.from.c.slice(0, -2)}${changed.from.c.endsWith('AA') ? 'BB' : 'AA'}`
  const { events, failures } = await codec.decode([...stored, { ...stored[2]!, data: JSON.stringify(changed) }])
  assert.equal(
    events.map(({ revision }) => revision),
    [0, 2],
  )
  assert.equal(
    failures.map(({ problem }) => problem.code),
    ['event.corrupt', 'event.corrupt'],
  )
  let thrown: unknown
  await codec.decodeAll(stored).catch((error: unknown) => (thrown = error))
  assert.ok(isProblem(thrown, 'event.corrupt'))
})

test('an event with a personal field where sealing would miss it is refused before anything of it is stored', async () => {
  const hidden = { number: personalIdentity('a number') }
  for (const where of [
    z.union([z.object(hidden), z.null()]),
    z.tuple([z.object(hidden)]),
    z.record(z.string(), z.object(hidden)),
  ]) {
    const codec = new Codec(defineEvents({ Hidden: event('hides a number', { where }) }), memoryVault())
    await codec.encode([draft({ type: 'Hidden', data: { where: null } })]).then(
      () => assert.unreachable(),
      (error: unknown) => assert.match(String(error), /personal field inside/),
    )
  }
})

test.run()

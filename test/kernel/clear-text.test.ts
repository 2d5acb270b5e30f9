/** What may stand in the ledger in the clear: every text of every event is an enum, an id, a code, a setting of the house, or sealed. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { registerEvents } from '@ledgerline/core/registers.ts'
import { houseReasons, ruleReasons } from '@ledgerline/core/agent/reasons.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import {
  defineEvents,
  event,
  personalDetail,
  type ClearText,
  type EventDefinitions,
} from '@ledgerline/core/kernel/event.ts'
import type { LogEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'

const test = suite('text in the clear')

interface Found {
  path: string
  kind: ClearText | 'sealed' | 'free'
  max: number
}

/** What a text must look like. */
function patterns(schema: z.ZodString): RegExp[] {
  return (schema.def.checks ?? []).flatMap((check) => (check._zod.def as { pattern?: RegExp }).pattern ?? [])
}

/** Every text of a schema, and the grounds on which it may be there. */
function texts(schema: z.ZodType, path: string): Found[] {
  const meta = schema.meta()
  if (meta?.personal) return [{ path, kind: 'sealed', max: 0 }]
  // A clock time, a key of a phone: a pattern from end to end that leaves no room for words.
  if (
    schema instanceof z.ZodString &&
    meta?.clear === undefined &&
    patterns(schema).some(({ source }) => /^\^.*\$$/.test(source) && !/\.[*+]/.test(source))
  )
    return []
  if (schema instanceof z.ZodString) return [{ path, kind: meta?.clear ?? 'free', max: schema.maxLength ?? Infinity }]
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, field]) => texts(field as z.ZodType, `${path}.${name}`))
  if (schema instanceof z.ZodArray) return texts(schema.element as z.ZodType, `${path}.*`)
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return texts(schema.unwrap() as z.ZodType, path)
  if (
    schema instanceof z.ZodEnum ||
    schema instanceof z.ZodLiteral ||
    schema instanceof z.ZodNumber ||
    schema instanceof z.ZodBoolean
  )
    return []
  // A union, a record, anything at all: what is inside would not be checked.
  return [{ path, kind: 'free', max: Infinity }]
}

const textsOf = (events: EventDefinitions): Found[] =>
  Object.entries(events).flatMap(([type, { schema }]) => texts(schema, type))
const at = (kind: Found['kind']): string[] =>
  textsOf(catalogue)
    .filter((found) => found.kind === kind)
    .map(({ path }) => path)

test('no event has free text: each text says why everybody may read it, and how long it may be', () => {
  const found = textsOf(catalogue)
  assert.ok(found.length > 200, 'the walk finds them')
  assert.equal(at('free'), [])
  // Longer ones are one bit per member of a queue, made by the matcher, and the name of a stream, whose parts are ids.
  assert.equal(
    found.filter(({ kind, max }) => kind !== 'sealed' && kind !== 'register' && max > 300).map(({ path }) => path),
    ['AgentReserved.decision.seen', 'LossAccepted.streams.*.stream', 'LossAccepted.absent.*'],
  )
})

test('the check sees what is hidden in a list, a default, a union or a record', () => {
  const bad = defineEvents({
    A: event('x', {
      note: z.string(),
      word: z.string().regex(/^.*$/),
      list: z.array(z.object({ why: z.string().max(5).nullable().default(null) })),
    }),
    B: event('x', {
      either: z.union([z.string(), z.number()]),
      any: z.record(z.string(), z.string()),
      name: personalDetail('x', 'note'),
    }),
  })
  assert.equal(
    textsOf(bad)
      .filter(({ kind }) => kind === 'free')
      .map(({ path }) => path),
    ['A.note', 'A.word', 'A.list.*.why', 'B.either', 'B.any'],
  )
})

test('what the configuration and the network say in the clear is this and no more: another one needs a decision', () => {
  // The parts of an activation, and the draft of one, say what it says.
  const clear = (kind: Found['kind']) =>
    at(kind).filter((path) => !/^(SwitchboardSectionStored|DraftChanged)\./.test(path))
  // What registers say, their declarations say.
  assert.equal(
    clear('register').filter((path) => !(path.split('.')[0]! in registerEvents)),
    [],
  )
  const settings = clear('setting').filter((path) => !path.startsWith('SwitchboardActivated.'))
  assert.equal(settings.sort(), [
    'AgentReserved.decision.strategy',
    'CallReceived.category',
    'DepartmentAdded.name',
    'DepartmentChanged.name',
    'HistoryOpened.source',
    'HistoryOpened.zone',
    'RoleAdded.about',
    'RoleAdded.name',
    'RoleChanged.about',
    'RoleChanged.name',
  ])
  assert.equal(clear('ours').sort(), [
    'AgentReserved.decision.seen',
    'CallPlaced.callerId',
    'CallReceived.to',
    'CallRouted.outside.ways.*.callerNumber',
    // What the house's phones call themselves, said after they have proven that they are ours, and our own servers.
    'ExtensionRegistered.host',
    'ExtensionRegistered.protocol',
    'ExtensionRegistered.userAgent',
    'FeatureUsed.digit',
    'IvrEntryRead.entry',
    'IvrEntryTaken.entry',
    'IvrInvalidInput.entry',
    'IvrKeyPressed.entry',
    'IvrKeyPressed.key',
    'LegDialled.callerNumber',
    'LegDigit.digit',
    'LossAccepted.absentDigest',
    'LossAccepted.fingerprint',
    'LossAccepted.places.*.position',
    'LossAccepted.upTo',
    'RecordingStarted.ours',
    // How a request is declared, not what was put into it.
    'RequestForbidden.method',
    'RequestForbidden.route',
    'SwitchboardActivated.network.extensions.*.callerNumbers.*',
    'SwitchboardActivated.network.gateways.*.address',
    'SwitchboardActivated.network.gateways.*.allowed.*',
    'SwitchboardActivated.network.gateways.*.homeDomain',
    'SwitchboardActivated.network.gateways.*.homeUser',
    'SwitchboardActivated.network.gateways.*.outboundProxy',
    'SwitchboardActivated.network.gateways.*.registerProxy',
    'SwitchboardActivated.network.gateways.*.user',
    'SwitchboardActivated.network.media.*.file',
    'SwitchboardActivated.network.numbers.*.number',
    'SwitchboardActivated.routes.*.prefix',
    'SwitchboardActivated.routes.*.to',
    'SwitchboardTakenOver.address',
  ])
})

test('a reason is written as a code, whoever asks for it; an old one is read as it is', async () => {
  const codec = new Codec(catalogue, memoryVault())
  const meta = { tenant: 't', actor: 'agent:201', at: 1, origin: 'live', correlation: null, causation: null } as const
  const away = (reason: string | null) => ({
    id: 'e',
    meta,
    event: {
      type: 'AgentWentAway',
      data: { shiftId: 's-1', agentId: 's', agentCode: '201', by: 'agent', byCode: null, reason },
    },
  })
  for (const { code } of houseReasons) await codec.encode([away(code)])
  for (const code of ruleReasons) await codec.encode([away(code)])
  const [stored] = await codec.encode([away(null)])
  for (const text of ['王芳 13800001111', 'Lunch with Mei', 'lunch!', '13800001111', '']) {
    const error = await codec.encode([away(text)]).then(
      () => null,
      (error: unknown) => error,
    )
    assert.ok(isProblem(error, 'event.invalid'), text)
    assert.not.ok(JSON.stringify(error.details).includes('13800001111'))
  }
  const old = {
    ...stored!,
    stream: 'shift-t.s-1',
    revision: 0,
    position: '1',
    recordedAt: 1,
    data: stored!.data.replace('"reason":null', '"reason":"午餐 with Mei"'),
  } as LogEvent
  const { events, failures } = await codec.decode([old])
  assert.equal([failures.length, (events[0]!.data as { reason: string }).reason], [0, '午餐 with Mei'])
})

test.run()

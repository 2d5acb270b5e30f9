/** Large registers: a stream for each key, numbers in any notation, and values about people. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { memoryAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { Commands } from '@ledgerline/core/kernel/command.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { Vault } from '@ledgerline/core/kernel/vault.ts'
import { RecordCommands } from '@ledgerline/core/record/commands.ts'
import { phone, reference, text, type Values } from '@ledgerline/core/record/fields.ts'
import { kept, recordKind, valuesInput } from '@ledgerline/core/record/kind.ts'
import { LARGE_CATEGORY, largeDecider } from '@ledgerline/core/record/large.ts'
import { books, registers } from '@ledgerline/core/registers.ts'
import { coreProblems } from '@ledgerline/core/problems.ts'
import { given } from '../support/given.ts'

const kindOf = (name: string) => registers.find((kind) => kind.name === name)!
const [blacklistGroups, blacklistNumbers] = [kindOf('blacklist_group'), kindOf('blacklist_number')]

const number = (raw: string, group = 'g1'): Values =>
  kept(blacklistNumbers, { group, number: raw, validUntil: null, remark: null })
const decider = largeDecider(blacklistNumbers)
const added = { type: 'BlacklistNumberAdded', data: { recordId: 'r', values: number('13800001111') } } as const
const removed = { type: 'BlacklistNumberRemoved', data: { recordId: 'r', because: null } } as const
const tenant = 't'

/** Two processes on one log, each with its own memory. */
function house(): { vault: Vault; log: MemoryLog; codec: Codec; process: () => RecordCommands } {
  const vault = memoryVault()
  const codec = new Codec(catalogue, vault)
  let now = 1_000
  const clock = { now: () => now++, at: (_: number, wake: () => void) => (setImmediate(wake), () => {}) }
  const log = new MemoryLog(() => now)
  return {
    vault,
    log,
    codec,
    process() {
      const answers = memoryAnswers(() => now)
      const commands = new Commands({ log, codec, clock, dice: () => 0.5, answers, problems: coreProblems })
      return new RecordCommands({ log, codec, commands, books, kinds: registers })
    },
  }
}
let commands = 0
const envelope = (commandId = `command-${++commands}`) => ({ tenant, commandId, actor: 'operator:operator' })
const codeOf = (error: unknown): string => (isProblem(error) ? error.code : String(error))

const test = suite('a large register')

test('a key is there once; what was removed comes back with its count going on', () => {
  const one = given(decider, added)
  one.when({ do: 'add', recordId: 'r', values: number('138 0000 1111') }).thenRefused('record.key_taken')
  const back = given(decider, added, removed)
  assert.equal(back.state, { entry: null, version: 2 })
  back.when({ do: 'remove', recordId: 'r', because: null }).thenNothing()
  back.when({ do: 'change', recordId: 'r', version: null, values: {} }).thenRefused('record.unknown')
  back.when({ do: 'add', recordId: 'r', values: number('13800001111') }).then({ type: 'BlacklistNumberAdded' })
  // Whoever has version 1 of what was removed does not change what came back.
  const again = given(decider, added, removed, added)
  again
    .when({ do: 'change', recordId: 'r', version: 1, values: { remark: 'x' } })
    .thenRefused('record.changed_meanwhile')
  again.when({ do: 'change', recordId: 'r', version: 3, values: { remark: 'x' } }).then({
    type: 'BlacklistNumberChanged',
    // Whom the remark is about stands beside it, so that it is sealed with their key.
    data: {
      values: { remark: 'x', number: '13800001111' },
      before: { remark: null, number: '13800001111' },
    },
  })
})

test('a number is one number in any notation, and is kept as it was typed, too', () => {
  const input = valuesInput(blacklistNumbers)
  const parse = (raw: string) => input.safeParse({ group: '8f14e45f-ceea-467f-9575-6e1e1f0a2b3c', number: raw })
  for (const raw of [
    '13800001111',
    '+86 138 0000 1111',
    '0086-138-0000-1111',
    '１３８００００１１１１',
    '013800001111',
  ])
    assert.is(number(raw)['number'], '13800001111', raw)
  assert.is(number('13800001111')['numberAsGiven'], null)
  assert.is(number('+86 138 0000 1111')['numberAsGiven'], '+86 138 0000 1111')
  assert.ok(parse('(021) 6123-4567').success)
  for (const raw of ['', 'abc', '138****1111', '1.39E+10', 'anonymous', '1'.repeat(41), '=1+1', "13800001111'--"])
    assert.not(parse(raw).success, raw)
})

test('two processes that add one number at the same moment: one of them is told', async () => {
  const { process } = house()
  const [one, other] = [process(), process()]
  const group = await one.carryOut(
    blacklistGroups,
    {
      do: 'add',
      kind: 'blacklist_group',
      recordId: 'g1',
      values: { name: 'A', validUntil: null, remark: null },
    },
    envelope(),
  )
  assert.ok(group.position)
  const add = (by: RecordCommands, raw: string, of = envelope()) =>
    by.carryOut(blacklistNumbers, { do: 'add', kind: 'blacklist_number', recordId: '', values: number(raw) }, of)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 12 }, (_, index) =>
      add(index % 2 ? one : other, index % 3 ? '13800001111' : '+8613800001111'),
    ),
  )
  assert.is(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') assert.is(codeOf(outcome.reason), 'record.key_taken')
  // The same command again, since its answer was lost: the same answer.
  const mine = envelope()
  const first = await add(one, '13900002222', mine)
  assert.equal(await add(other, '13900002222', mine), first)
  // What it refers to must be there.
  const nowhere = { do: 'add', kind: 'blacklist_number', recordId: '', values: number('13700003333', 'g2') } as const
  assert.is(
    codeOf(await one.carryOut(blacklistNumbers, nowhere, envelope()).catch((error) => error)),
    'record.refers_to_nothing',
  )
})

test('another number is another record, whatever dies on the way', async () => {
  const { process } = house()
  const one = process()
  await one.carryOut(
    blacklistGroups,
    {
      do: 'add',
      kind: 'blacklist_group',
      recordId: 'g1',
      values: { name: 'A', validUntil: null, remark: null },
    },
    envelope(),
  )
  const was = await one.carryOut(
    blacklistNumbers,
    { do: 'add', kind: '', recordId: '', values: number('13800001111') },
    envelope(),
  )
  const change = {
    do: 'change',
    kind: 'blacklist_number',
    recordId: was.recordId,
    version: 1,
    values: kept(blacklistNumbers, { number: '13900002222' }),
  } as const
  const mine = envelope()
  const moved = await one.carryOut(blacklistNumbers, change, mine)
  assert.equal(moved.events, ['BlacklistNumberAdded', 'BlacklistNumberRemoved'])
  assert.is.not(moved.recordId, was.recordId)
  assert.is(codeOf(await one.carryOut(blacklistNumbers, change, envelope()).catch((error) => error)), 'record.unknown')
})

test('nothing in the ledger says whose number it is, and forgetting them empties all of it', async () => {
  const { process, log, codec, vault } = house()
  const one = process()
  await one.carryOut(
    blacklistGroups,
    {
      do: 'add',
      kind: 'blacklist_group',
      recordId: 'g1',
      values: { name: 'A', validUntil: null, remark: null },
    },
    envelope(),
  )
  const values = kept(blacklistNumbers, {
    group: 'g1',
    number: '+86 138 0000 1111',
    validUntil: null,
    remark: '王先生',
  })
  const { recordId } = await one.carryOut(blacklistNumbers, { do: 'add', kind: '', recordId: '', values }, envelope())
  const changed = { do: 'change', kind: '', recordId, version: 1, values: { remark: '王小明' } } as const
  await one.carryOut(blacklistNumbers, changed, envelope())
  const stored = await log.readStream(`${LARGE_CATEGORY}-${tenant}.${recordId}`)
  assert.is(stored.length, 2)
  for (const { data, stream, metadata } of stored) assert.not.match(`${data} ${stream} ${metadata}`, /138|1111|王/)
  await vault.forget(tenant, codec.subject(tenant, '13800001111'))
  for (const { data } of await codec.decodeAll(stored)) {
    const { values: now, before } = data as { values: Values; before?: Values }
    for (const said of [now, before ?? {}])
      assert.equal([said['number'] ?? null, said['numberAsGiven'] ?? null, said['remark'] ?? null], [null, null, null])
  }
})

test('a declaration that could not hold what it says is refused', () => {
  const words = { en: 'x', zh: 'x' }
  const common = {
    table: 'x',
    one: words,
    many: words,
    about: words,
    book: 'b',
    see: 'labels.see',
    edit: 'labels.edit',
    label: 'name',
    large: true,
  } as const
  const name = text({ label: words, most: 9 })
  assert.throws(() => recordKind('x', { ...common, fields: { name } }), /one unique key/)
  assert.throws(
    () => recordKind('x', { ...common, fields: { name }, unique: [{ fields: ['name'] }], review: 'library.review' }),
    /no review/,
  )
  const of = reference({ label: words, to: 'y', onRemove: 'refuse' })
  assert.throws(() => recordKind('x', { ...common, fields: { name, of }, unique: [{ fields: ['name'] }] }), /cascades/)
  const { large: _, ...book } = common
  assert.throws(
    () => recordKind('x', { ...book, fields: { name, tel: phone({ label: words }) }, review: 'library.review' }),
    /in the clear/,
  )
})

test.run()

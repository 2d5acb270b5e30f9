/** Parts of routing: expressions, calendars, feature codes. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { featureActions, featureCodes, type FeatureAction } from '@ledgerline/core/network/settings.ts'
import { CODES_IN_A_CALL, readKeys } from '@ledgerline/core/routing/feature-codes.ts'
import { openingAt } from '@ledgerline/core/routing/opening.ts'
import { compiledPattern, exampleOf, patternFault } from '@ledgerline/core/routing/pattern.ts'

const test = suite('routing: parts')

test('A3.2.3-pattern: expressions for numbers are accepted', () => {
  for (const text of [
    '^(\\d{3,4})$',
    '^(\\d{5,13})$',
    '^9(\\d+)$',
    '^1[3-9]\\d{9}$',
    '^(400|800)\\d{7}$',
    '^\\+44',
    '^0\\d*#?$',
    '^',
    '^.*$',
    '^(?:12|34){1,2}5$',
    '^\\*1',
  ])
    assert.is(patternFault(text), null, text)
  assert.ok(compiledPattern('^(\\d{3,4})$')!.test('8201'))
})

test('A3.2.3-pattern: an expression that could take for ever is refused', () => {
  for (const text of [
    '^(\\d+)+$',
    '^(\\d*)*#',
    '^(1|11)+$',
    '^\\d*\\d*\\d*\\d*x',
    '^(\\d?){30}x',
    '^((1{1,9}){1,9}){1,9}$',
  ])
    assert.is(patternFault(text), 'too_many_ways', text)
  for (const text of ['^(', '^)', '^[', '^*', '^+', '^(?=1)', '^(1)\\1', '^1{3,2}', '^(?<x>1)', '^1**'])
    assert.is(patternFault(text), 'syntax', text)
  assert.is(patternFault('123'), 'not_anchored')
  assert.is(compiledPattern('^(\\d+)+$'), null)
})

test('A3.2.3-pattern: each alternative begins at the beginning, or it would fit in the middle of a number', () => {
  for (const text of ['^10|20', '^10$|20$', '^(1|2)|3']) assert.is(patternFault(text), 'loose_branch', text)
  for (const text of ['^10|^20', '^(10|20)', '^((1|2)|3)$']) assert.is(patternFault(text), null, text)
})

test('A3.2.3-pattern: an example shows what fits an expression, or that nothing does', () => {
  for (const [text, example] of [
    ['^(\\d{3,4})$', '000'],
    ['^(400|80)\\d{2}$', '8000'],
    ['^[3-9]x?\\+$', '3+'],
    ['^$', ''],
    ['^\\d{50}\\d{50}$', null],
    ['^1$2', null],
    ['^(1^2|3)', '3'],
    ['^(', null],
  ] as const)
    assert.is(exampleOf(text), example, text)
})

test('the slowest expressions that are accepted stay within a few milliseconds', () => {
  const slow = compiledPattern('^\\d*\\d*x')!
  const began = performance.now()
  for (let turn = 0; turn < 10; turn++) assert.not.ok(slow.test('1'.repeat(64)))
  assert.ok(performance.now() - began < 1_000)
})

test('A3.2.3.3-effective-time: hours of the week, past midnight, special days, and a change of the clock', () => {
  const night = { hours: [{ days: [5], from: '22:00', to: '02:00' }], days: [] }
  const open = (calendar: Parameters<typeof openingAt>[0], when: string, zone = 'Asia/Shanghai') =>
    openingAt(calendar, Date.parse(when), zone).open
  assert.ok(open(night, '2026-11-27T23:00:00+08:00'))
  assert.ok(open(night, '2026-11-28T01:59:00+08:00'))
  assert.not.ok(open(night, '2026-11-28T02:00:00+08:00'))
  assert.not.ok(open(night, '2026-11-27T01:00:00+08:00'))
  const holidays = {
    hours: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }],
    days: [
      { date: '2026-10-01', name: '国庆节', open: [] },
      { date: '2026-10-10', name: '调休', open: [{ from: '10:00', to: '16:00' }] },
    ],
  }
  assert.not.ok(open(holidays, '2026-10-01T10:00:00+08:00'))
  assert.ok(open(holidays, '2026-10-10T10:00:00+08:00'))
  assert.not.ok(open(holidays, '2026-10-10T09:00:00+08:00'))
  assert.equal(openingAt(holidays, Date.parse('2026-10-01T10:00:00+08:00'), 'Asia/Shanghai'), {
    open: false,
    day: '2026-10-01',
    name: '国庆节',
  })
  assert.ok(open({ hours: [], days: [] }, '2026-10-01T03:00:00+08:00'))
  assert.not.ok(open({ hours: [], days: holidays.days }, '2026-10-01T03:00:00+08:00'))
  // 25 October 2026: in Berlin the hour from 2 to 3 comes twice.
  const early = { hours: [{ days: [7], from: '02:30', to: '04:00' }], days: [] }
  assert.ok(open(early, '2026-10-25T00:45:00Z', 'Europe/Berlin'))
  assert.ok(open(early, '2026-10-25T01:45:00Z', 'Europe/Berlin'))
})

const dialectOf = (dialect: 'standard' | 'zhongfang') => featureCodes.parse({ dialect })
const standard = dialectOf('standard')
const zhongfang = dialectOf('zhongfang')

test('C21.0-variants: both tables, dialled as a whole', () => {
  const tables: [FeatureAction, string, string][] = [
    ['balance', '*181', '90181'],
    ['sign_in', '*001', '90001'],
    ['sign_out', '*000', '90000'],
    ['ready', '*101', '90101'],
    ['not_ready', '*100', '90100'],
    ['long_sign_in', '*99', '90099'],
    ['end_long_sign_in', '*88#', '*88*'],
    ['blind_transfer', '*70*205#', '*70*205*'],
    ['consult', '*71*205#', '*71*205*'],
    ['mark', '*3#', '*3*'],
    ['mark_announce', '*30', '*30'],
    ['mark_last', '*66*3#', '90663'],
    ['mark_last_announce', '*66*30', '906630'],
    ['last_number', '*67', '90067'],
    ['hang_up', '##', '**'],
    ['agent_number', '*114*1', '90114'],
    ['extension_number', '*114*2', '*114#'],
  ]
  assert.equal(tables.map(([action]) => action).toSorted(), featureActions.toSorted())
  for (const [action, ours, theirs] of tables) {
    assert.is(readKeys(standard, ours).feature?.action, action, ours)
    assert.is(readKeys(zhongfang, theirs).feature?.action, action, theirs)
  }
  assert.equal(readKeys(standard, '*70*205#').feature, { action: 'blind_transfer', digit: null, party: '205' })
  assert.equal(readKeys(standard, '*66*30').feature, { action: 'mark_last_announce', digit: '3', party: null })
  assert.is(readKeys(zhongfang, '*001').feature, null)
})

test('C21.0-digit-d C21.0-code-mark-announce: *D0 has no end key; what could be longer waits for more keys', () => {
  const asked = (pressed: string) => readKeys(standard, pressed)
  // *10 is mark 1 and read out the number, or the beginning of *100 and *101.
  assert.equal(
    [asked('*10').feature?.action, asked('*10').feature?.digit, asked('*10').mayGoOn],
    ['mark_announce', '1', true],
  )
  assert.equal([asked('*00').feature?.action, asked('*00').mayGoOn], ['mark_announce', true])
  // *70 begins both transfers.
  assert.equal([asked('*70').feature?.digit, asked('*70').mayGoOn], ['7', true])
  assert.equal([asked('*30').feature?.digit, asked('*30').mayGoOn], ['3', false])
  assert.equal([asked('*100').feature?.action, asked('*100').mayGoOn], ['not_ready', false])
  // In the other dialect 9066D begins 9066D0.
  const theirs = readKeys(zhongfang, '90663')
  assert.equal([theirs.feature?.action, theirs.mayGoOn], ['mark_last', true])
  assert.equal(readKeys(zhongfang, '906630').mayGoOn, false)
  assert.equal(asked('*12'), { feature: null, mayGoOn: false })
  assert.equal(asked('*'), { feature: null, mayGoOn: true })
})

test('C21.0-mark-in-call: what makes no sense in a call delays nothing there', () => {
  // *00 cannot become *001 (sign in) in a call, but may become *000.
  assert.is(readKeys(standard, '*001', CODES_IN_A_CALL).feature, null)
  assert.is(readKeys(standard, '*00', CODES_IN_A_CALL).mayGoOn, true)
  assert.is(readKeys(standard, '*18', CODES_IN_A_CALL).mayGoOn, false)
})

test('a tenant’s own codes take the place of the dialect’s', () => {
  const own = featureCodes.parse({
    codes: [
      { action: 'ready', keys: '*5' },
      { action: 'blind_transfer', keys: '*6A' },
    ],
  })
  assert.is(readKeys(own, '*5').feature?.action, 'ready')
  assert.is(readKeys(own, '*101').feature, null)
  assert.is(readKeys(own, '*100').feature?.action, 'not_ready')
  const transfer = readKeys(own, '*6205')
  assert.equal([transfer.feature?.party, transfer.mayGoOn], ['205', true])
  const only = featureCodes.parse({ dialect: 'own', codes: [{ action: 'ready', keys: '*5' }] })
  assert.is(readKeys(only, '*100').feature, null)
})

test.run()

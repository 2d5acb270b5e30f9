/** What a phone number is, and when two are the same. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { cut, isEmergency, LONGEST, phoneNumber, sameNumber, type NumberKind } from '@ledgerline/core/number/number.ts'

const test = suite('numbers')

const read = (value: string | null) => {
  const { normalised, kind } = phoneNumber(value)
  return [normalised, kind]
}

test('one mobile in all the ways in which networks, gateways and people write it', () => {
  const ways = [
    '13800001111',
    '+8613800001111',
    '008613800001111',
    '013800001111',
    '8613800001111',
    '+86 138-0000-1111',
    '(+86)138 0000 1111',
    '+86013800001111',
    '１３８００００１１１１',
    'tel:+8613800001111',
    'sip:+8613800001111@ims.mnc000.mcc460.3gppnetwork.org;user=phone',
    '"Li Na" <sip:13800001111@10.0.0.9:5060>',
    '<tel:13800001111;phone-context=+86>',
    ' 138\u20110000\u20111111 ',
    'sips:13800001111:secret@host',
  ]
  for (const way of ways) assert.equal(read(way), ['13800001111', 'mobile'], way)
  for (const way of ways) assert.ok(sameNumber(way, '13800001111'), way)
  assert.is(phoneNumber('13800001111').e164, '+8613800001111')
})

test('kinds: landline, service, emergency, internal, foreign, undecidable', () => {
  const expected: [string, string | null, NumberKind][] = [
    ['02161234567', '02161234567', 'fixed'],
    ['+862161234567', '02161234567', 'fixed'],
    ['00862161234567', '02161234567', 'fixed'],
    ['+8602161234567', '02161234567', 'fixed'],
    ['862161234567', '02161234567', 'fixed'],
    ['010-8888 6666', '01088886666', 'fixed'],
    ['+861088886666', '01088886666', 'fixed'],
    ['0755 2345 6789', '075523456789', 'fixed'],
    ['61234567', '61234567', 'fixed'],
    ['4001234567', '4001234567', 'service'],
    ['+864001234567', '4001234567', 'service'],
    ['95588', '95588', 'service'],
    ['+8695588', '95588', 'service'],
    ['10086', '10086', 'service'],
    ['12345', '12345', 'service'],
    ['110', '110', 'emergency'],
    ['+86119', '119', 'emergency'],
    ['120', '120', 'emergency'],
    ['12395', '12395', 'emergency'],
    ['8201', '8201', 'internal'],
    ['101', '101', 'internal'],
    ['+442071838750', '+442071838750', 'foreign'],
    ['00442071838750', '+442071838750', 'foreign'],
    ['+852 2345 6789', '+85223456789', 'foreign'],
    ['+972501234567', '+972501234567', 'foreign'],
    ['*72', '*72', 'other'],
    ['alice', 'alice', 'other'],
    ['sip:alice@example.org', 'alice', 'other'],
    ['123456789', '123456789', 'other'],
  ]
  for (const [value, normalised, kind] of expected) assert.equal(read(value), [normalised, kind], value)
  assert.ok(isEmergency('110') && isEmergency('+86 122') && !isEmergency('1100'))
})

test('callers who withhold their number are nobody: two of them are never the same', () => {
  for (const value of [
    null,
    '',
    '   ',
    'anonymous',
    'Anonymous',
    'sip:anonymous@anonymous.invalid',
    '"Anonymous" <sip:anonymous@anonymous.invalid>',
    'unknown',
    'Restricted',
    'unavailable',
    'private',
    '-',
    '+',
    '\u0000',
  ]) {
    assert.equal(read(value), [null, 'withheld'], String(value))
    assert.is(sameNumber(value, value), false)
  }
})

test('what is too long is cut and kept; what no table accepts is left out', () => {
  const long = '9'.repeat(5_000)
  assert.is(phoneNumber(long).raw!.length, LONGEST)
  assert.is(phoneNumber(long).normalised!.length, LONGEST)
  assert.is(phoneNumber(`138\u00000000\u001b[31m1111`).raw!.includes('\u0000'), false)
  assert.is(cut('a\ud800b', 9), 'ab')
  assert.is(cut('😀😀', 3), '😀')
})

test('total and stable: every input has a result, and normalising a normalised number changes nothing', () => {
  const dice = seededDice(7)
  const letters = [
    '0',
    '1',
    '3',
    '8',
    '6',
    '9',
    '+',
    '*',
    '#',
    '-',
    ' ',
    '(',
    ')',
    'a',
    ':',
    '@',
    ';',
    '<',
    '>',
    '%',
    '\u0000',
    '０',
    '张',
    '\ud83d',
    'sip:',
    'tel:',
    '86',
    '00',
    '138',
    '95',
  ]
  for (let round = 0; round < 20_000; round++) {
    const value = Array.from(
      { length: Math.floor(dice() * 24) },
      () => letters[Math.floor(dice() * letters.length)]!,
    ).join('')
    const { raw, normalised, kind } = phoneNumber(value)
    assert.ok((normalised === null) === (kind === 'withheld'), JSON.stringify(value))
    assert.ok(raw === null || raw.length <= LONGEST)
    if (normalised === null) continue
    assert.ok(normalised.length <= LONGEST + 1, JSON.stringify(value))
    assert.is(phoneNumber(normalised).normalised, normalised, JSON.stringify([value, normalised, kind]))
  }
})

test.run()

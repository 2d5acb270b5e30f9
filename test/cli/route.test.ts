/** `ops/ledgerline route`, asked about a configuration in a file. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { momentOf, offsetAt } from '@ledgerline/core/kernel/time.ts'
import { ledgerline, openDirectory } from './run.ts'

const scratch = openDirectory()
const fixture = fileURLToPath(new URL('../../fixtures/switchboard.json', import.meta.url))
const named = (name: string, content: unknown): string => {
  const file = join(scratch.path, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}
const plan = {
  zone: 'Europe/Berlin',
  queues: [],
  agents: [],
  routes: [
    { code: 'out', type: 'outbound', to: '^9\\d+$', strip: 1, gateways: ['gw1'] },
    { code: 'in', type: 'inbound', to: '62620668', target: { kind: 'extension', code: '8201' }, calendar: 'office' },
  ],
  network: {
    extensions: [{ number: '8201' }],
    gateways: [{ code: 'gw1', mode: 'nni', address: '10.0.0.1' }],
    calendars: [{ code: 'office', name: 'Office', hours: [{ days: [1], from: '09:00', to: '18:00' }] }],
  },
}

const test = suite('route')
test.after(() => scratch.remove())

test('A3.2.3-purpose: says what happens and why, in both languages', async () => {
  const file = named('plan.json', plan)
  const { code, out } = await ledgerline(['route', '--from', '8201', '--to', '913800001111', '--file', file])
  assert.is(code, 0)
  assert.match(out, 'Extension 8201 calls.')
  assert.match(out, 'Rule out matches (outbound).')
  assert.match(out, 'Gateway gw1 can carry the call.')
  assert.match(out, 'So: 13800001111 is dialled by gateway gw1. (rule out)')
  const chinese = await ledgerline(['route', '--from', '8201', '--to', '913800001111', '--file', file, '--lang', 'zh'])
  assert.match(chinese.out, '经网关 gw1 拨打 13800001111。')
  assert.not.match(chinese.out, /[a-z]{4,} [a-z]{3,}/)
})

test('A3.2.3.3-effective-time: --at is on the tenant’s clock, or has an offset of its own', async () => {
  const file = named('plan.json', plan)
  const at = async (when: string) => {
    const { out } = await ledgerline([
      'route',
      '--to',
      '62620668',
      '--gateway',
      'gw1',
      '--at',
      when,
      '--file',
      file,
      '--json',
    ])
    const { outcome, at: moment } = JSON.parse(out) as { outcome: string; at: number }
    return [outcome, new Date(moment).toISOString().slice(0, 16)]
  }
  assert.equal(await at('2026-11-30T09:00'), ['extension', '2026-11-30T08:00'])
  assert.equal(await at('2026-11-30T20:15'), ['closed', '2026-11-30T19:15'])
  assert.equal(await at('2026-11-30T18:15+08:00'), ['extension', '2026-11-30T10:15'])
})

test('the fixture can be asked, and what cannot be asked is named', async () => {
  const told = await ledgerline(['route', '--to', '95500', '--file', fixture, '--json'])
  assert.equal((JSON.parse(told.out) as { target: string }).target, 'vip')
  const wrong = async (...args: string[]) => {
    const { code, err } = await ledgerline(['route', ...args])
    assert.is(code, 1)
    return err
  }
  assert.match(await wrong('--from', '8201'), '--to is missing')
  assert.match(await wrong('--to', '1', '--file', join(scratch.path, 'none.json')), 'cannot be read')
  assert.match(await wrong('--to', '1', '--file', named('bad.json', '{"zone": ')), 'is not JSON')
  assert.match(await wrong('--to', '1', '--file', named('odd.json', { ...plan, zone: 7 })), 'zone')
  assert.match(await wrong('--to', '1', '--at', '2026-02-31T10:00'), '2026-02-31')
})

test('a time on the wall clock is found, also where the clock changes', () => {
  const local = (text: string) => Date.parse(`${text}Z`)
  const back = (text: string, zone: string) => {
    const at = momentOf(local(text), zone)
    return new Date(at + offsetAt(at, zone)).toISOString().slice(0, 16)
  }
  for (const zone of ['Asia/Shanghai', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Apia'])
    for (const text of ['2026-01-01T00:00', '2026-07-01T12:30', '2026-10-25T02:30', '2026-03-29T04:00'])
      assert.is(back(text, zone), text, zone)
  // Of the hour that comes twice, the first; in the hour that is left out, the moment that it would have been.
  assert.is(momentOf(local('2026-10-25T02:30'), 'Europe/Berlin'), Date.parse('2026-10-25T00:30Z'))
  assert.is(momentOf(local('2026-03-29T02:30'), 'Europe/Berlin'), Date.parse('2026-03-29T01:30Z'))
})

test.run()

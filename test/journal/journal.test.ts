/**
 * The journal on a failing disk: it never ends anything, it is bounded, it does not repeat itself, and it belongs to
 * its owner alone.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LineFile } from '@ledgerline/adapters/journal/file.ts'
import { Journal } from '@ledgerline/adapters/journal/journal.ts'
import { until } from '../support/gate.ts'
import { fillUp, smallDisk } from '../support/small-disk.ts'

const scratch = mkdtempSync(join(tmpdir(), 'ledgerline-journal-'))
const test = suite('the journal')
test.after(() => rmSync(scratch, { recursive: true, force: true }))

const entries = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map(
      (line) =>
        JSON.parse(line) as {
          level: number
          time: string
          msg: string
          times?: number
          withinMs?: number
          nth?: number
          gone?: number
        },
    )

/** A steady clock that is moved by hand. */
function steady() {
  let now = 0
  return { now: () => now, pass: (ms: number) => (now += ms) }
}

test('is readable by its owner alone, even if it existed with other rights', () => {
  const [fresh, old] = [join(scratch, 'fresh'), join(scratch, 'old')]
  writeFileSync(old, 'before\n', { mode: 0o644 })
  for (const path of [fresh, old]) {
    const journal = new Journal({ path })
    journal.warn({}, 'something')
    journal.close()
    assert.is(statSync(path).mode & 0o777, 0o600)
  }
  assert.match(readFileSync(old, 'utf8'), /^before\n\{"level":40,/)
})

test('is rotated at its limit, and the oldest is deleted: its size is bounded', () => {
  const path = join(scratch, 'long')
  const file = new LineFile({ path, maxBytes: 1_000, kept: 2 })
  for (let nth = 0; nth < 500; nth++) file.write(`${String(nth).padStart(9, '0')}\n`)
  file.close()
  const found = readdirSync(scratch)
    .filter((name) => name.startsWith('long'))
    .sort()
  assert.equal(found, ['long', 'long.1', 'long.2'])
  const lines = ['long.2', 'long.1', 'long'].flatMap((name) =>
    readFileSync(join(scratch, name), 'utf8').trim().split('\n'),
  )
  assert.equal(
    lines,
    Array.from({ length: lines.length }, (_, index) => String(500 - lines.length + index).padStart(9, '0')),
    'the last of it, whole and in order',
  )
  for (const name of found) assert.ok(statSync(join(scratch, name)).size <= 1_000)
})

test('writes equal entries at once, and then periodically with a count', async () => {
  const path = join(scratch, 'often')
  const journal = new Journal({ path, everyMs: 80 })
  for (let nth = 0; nth < 100; nth++) journal.error({ code: 'tables.unavailable', lagMs: nth }, 'a lane begins again')
  journal.error({ code: 'log.gap' }, 'a lane begins again')
  assert.equal(
    entries(path).map(({ msg, times }) => [msg, times]),
    [
      ['a lane begins again', undefined],
      ['a lane begins again', undefined],
    ],
  )
  await until('the sum', () => entries(path).length === 3)
  assert.equal(entries(path).at(-1)!.times, 99)
  // An entry that has not been repeated for a while is written at once.
  await until('forgotten', async () => {
    // It is left alone for longer than the interval: if asked more often, it would come again each time.
    await pause(3 * 80)
    journal.error({ code: 'log.gap' }, 'a lane begins again')
    return entries(path).filter(({ times }) => times === undefined).length > 2
  })
  journal.close()
})

test('writes at its end what it owes', () => {
  const path = join(scratch, 'owing')
  const journal = new Journal({ path })
  const began = performance.now()
  for (let nth = 0; nth < 3; nth++) journal.warn({}, 'again')
  journal.close()
  assert.equal(
    entries(path).map(({ times }) => times),
    [undefined, 2],
  )
  assert.ok(
    entries(path).at(-1)!.withinMs! <= performance.now() - began + 1,
    'within the time that it took, and not within the minute that it might have',
  )
})

test('carries on when its disk is full (ENOSPC), says so, and resumes where it was', () => {
  const path = join(scratch, 'full')
  symlinkSync('/dev/full', path)
  const told: (string | number)[] = []
  const clock = steady()
  const file = new LineFile({
    path,
    steady: clock.now,
    onLost: (reason) => told.push(reason),
    onBack: (gone) => told.push(gone),
  })
  for (let nth = 0; nth < 5; nth++) file.write(`${nth}\n`)
  assert.equal([file.lost, file.unwritten, told], ['ENOSPC', 5, ['ENOSPC']])
  rmSync(path)
  file.write('5\n')
  assert.is(file.lost, 'ENOSPC', 'it is not tried with every line')
  clock.pass(2_000)
  file.write('6\n')
  assert.equal([file.lost, file.unwritten, told], [null, 0, ['ENOSPC', 0]])
  assert.is(readFileSync(path, 'utf8'), '0\n1\n2\n3\n4\n5\n6\n')
  file.close()
})

test('keeps no more in memory than is sensible, and says how much was lost', () => {
  const path = join(scratch, 'long-away')
  mkdirSync(path)
  const clock = steady()
  let gone = 0
  const file = new LineFile({ path, steady: clock.now, onBack: (lines) => (gone = lines) })
  for (let nth = 0; nth < 1_000; nth++) file.write(`${'x'.repeat(1_000)} ${nth}\n`)
  assert.is(file.lost, 'EISDIR')
  rmSync(path, { recursive: true })
  clock.pass(2_000)
  file.again()
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  assert.ok(lines.length > 200 && lines.length < 300, `${lines.length} lines`)
  assert.is(gone + lines.length, 1_000)
  assert.match(lines.at(-1)!, / 999$/)
  file.close()
})

test('is recreated if someone removed it', () => {
  const path = join(scratch, 'taken')
  const clock = steady()
  const file = new LineFile({ path, steady: clock.now })
  file.write('1\n')
  renameSync(path, `${path}.elsewhere`)
  clock.pass(2_000)
  file.write('2\n')
  file.close()
  assert.equal([readFileSync(`${path}.elsewhere`, 'utf8'), readFileSync(path, 'utf8')], ['1\n', '2\n'])
})

const disk = smallDisk(1)
if (disk) {
  test('loses no line, and tears none for good, on a small disk that fills up and gets room', () => {
    const path = join(disk, 'journal')
    const clock = steady()
    const file = new LineFile({ path, steady: clock.now })
    const line = (nth: number) => `${'y'.repeat(700)} ${nth}\n`
    let nth = 0
    file.write(line(nth++))
    fillUp(join(disk, 'ballast'))
    while (file.lost === null) file.write(line(nth++))
    assert.is(file.lost, 'ENOSPC')
    for (let more = 0; more < 20; more++) file.write(line(nth++))
    rmSync(join(disk, 'ballast'))
    clock.pass(2_000)
    file.write(line(nth++))
    file.close()
    const lines = readFileSync(path, 'utf8').trim().split('\n')
    const whole = lines.filter((text) => /^y{700} \d+$/.test(text))
    assert.equal(
      whole.map((text) => Number(text.split(' ')[1])),
      Array.from({ length: nth }, (_, index) => index),
    )
    assert.ok(lines.length - whole.length <= 1, 'one torn line at most')
  })
} else {
  test.skip('loses no line, and tears none for good, on a small disk that fills up and gets room')
}

test.run()

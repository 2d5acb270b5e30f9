import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Agenda } from '@ledgerline/adapters/clock/agenda.ts'
import { realClock, ScaledClock } from '@ledgerline/adapters/clock/real.ts'
import { VirtualClock } from '@ledgerline/adapters/clock/virtual.ts'
import { seededDice, type Clock } from '@ledgerline/core/kernel/clock.ts'
import { pass, testClock } from '../support/clock.ts'

const agenda = suite('agenda')

agenda('gives things out by time, and those of one moment in the order they came', () => {
  const dice = seededDice(7)
  const list = new Agenda()
  const wanted: { at: number; order: number }[] = []
  const got: { at: number; order: number }[] = []
  for (let order = 0; order < 3000; order++) {
    const at = Math.floor(dice() * 50)
    wanted.push({ at, order })
    list.add(at, () => got.push({ at, order }))
  }
  for (let wake = list.take(100); wake !== null; wake = list.take(100)) wake()
  assert.equal(
    got,
    wanted.toSorted((a, b) => a.at - b.at || a.order - b.order),
  )
})

agenda('forgets what was cancelled, however much of it there is', () => {
  const list = new Agenda()
  const got: number[] = []
  const cancels = Array.from({ length: 5000 }, (_, i) => list.add(5000 - i, () => got.push(5000 - i)))
  cancels.forEach((cancel, i) => i % 10 === 0 || cancel())
  cancels[1]!()
  assert.is(list.size, 500)
  for (let wake = list.take(5000); wake !== null; wake = list.take(5000)) wake()
  assert.is(got.length, 500)
  assert.equal(
    got,
    got.toSorted((a, b) => a - b),
  )
  assert.is(list.next(), null)
})

agenda('takes nothing before its time', () => {
  const list = new Agenda()
  list.add(10, () => {})
  assert.is(list.take(9), null)
  assert.type(list.take(10), 'function')
  assert.is(list.take(10), null)
})

agenda.run()

const virtual = suite('virtual clock')

virtual('jumps from deadline to deadline and ends at the moment asked for', async () => {
  const clock = new VirtualClock(1000)
  const seen: number[] = []
  clock.at(1500, () => seen.push(clock.now()))
  clock.at(1200, () => seen.push(clock.now()))
  clock.at(9000, () => seen.push(clock.now()))
  await clock.run(2000)
  assert.equal(seen, [1200, 1500])
  assert.is(clock.now(), 2000)
  assert.is(clock.next, 9000)
})

virtual('does not move while a chain of promises that a wake set off still runs', async () => {
  const clock = new VirtualClock(0)
  const seen: string[] = []
  clock.at(1, async () => {
    for (let i = 0; i < 500; i++) await Promise.resolve()
    seen.push(`first at ${clock.now()}`)
    clock.at(2, () => seen.push(`second at ${clock.now()}`))
  })
  clock.at(3, () => seen.push(`third at ${clock.now()}`))
  await clock.run()
  assert.equal(seen, ['first at 1', 'second at 2', 'third at 3'])
})

virtual('stands still for work that leaves the process', async () => {
  const clock = new VirtualClock(0)
  const seen: string[] = []
  clock.at(1, () => {
    void clock
      .busy(new Promise<void>((resolve) => setTimeout(resolve, 5)))
      .then(() => seen.push(`back at ${clock.now()}`))
  })
  clock.at(2, () => seen.push('later'))
  await clock.run()
  assert.equal(seen, ['back at 1', 'later'])
})

virtual('what is overdue is done now, and time does not go back', async () => {
  const clock = new VirtualClock(100)
  let at = 0
  clock.at(50, () => (at = clock.now()))
  await clock.run()
  assert.is(at, 100)
})

virtual('a wake that throws ends the run, and the rest is still on the agenda', async () => {
  const clock = new VirtualClock(0)
  let later = false
  clock.at(1, () => {
    throw new Error('broken')
  })
  clock.at(2, () => (later = true))
  await clock.run().then(
    () => assert.unreachable(),
    (error) => assert.is(error.message, 'broken'),
  )
  assert.not(later)
  await clock.run()
  assert.ok(later)
})

virtual('stops when it is told to', async () => {
  const clock = new VirtualClock(0)
  const stop = new AbortController()
  const again = () => {
    if (clock.now() === 1000) stop.abort(new Error('enough'))
    clock.at(clock.now() + 1, again)
  }
  again()
  await clock.run(Number.POSITIVE_INFINITY, stop.signal).then(
    () => assert.unreachable(),
    (error) => assert.is(error.message, 'enough'),
  )
  assert.is(clock.now(), 1000)
})

virtual('passes time for tests', async () => {
  const clock = testClock()
  const start = clock.now()
  let woken = 0
  clock.at(start + 30_000, () => woken++)
  await pass(clock, 29_999)
  assert.is(woken, 0)
  await pass(clock, 1)
  assert.is(woken, 1)
})

virtual.run()

const running = suite('running clocks')

const wakened = (clock: Clock, at: number) => new Promise<number>((resolve) => clock.at(at, () => resolve(clock.now())))

running('the real clock wakes not before its time, and not at all when cancelled', async () => {
  const start = realClock.now()
  const cancel = realClock.at(start, () => assert.unreachable())
  cancel()
  assert.ok((await wakened(realClock, start + 3)) >= start + 3)
})

running('the real clock takes deadlines that are further off than a timer reaches', () => {
  let woken = false
  const cancel = realClock.at(realClock.now() + 100 * 86_400_000, () => (woken = true))
  cancel()
  assert.not(woken)
})

running('a scaled clock starts where it is told and wakes in order', async () => {
  const start = Date.UTC(1999, 1, 3, 6)
  const clock = new ScaledClock(start, 1000)
  const order: string[] = []
  clock.at(start + 4000, () => order.push('second'))
  clock.at(start + 2000, () => order.push('first'))
  assert.ok((await wakened(clock, start + 5000)) >= start + 5000)
  assert.equal(order, ['first', 'second'])
  clock.close()
})

running('a scaled clock can be moved forward, never back', async () => {
  const start = Date.UTC(1999, 1, 3, 6)
  const clock = new ScaledClock(start, 10)
  const woken = wakened(clock, start + 3_600_000)
  clock.skipTo(start + 3_600_000)
  clock.skipTo(start)
  assert.ok((await woken) >= start + 3_600_000)
  clock.close()
})

running('a scaled clock that is closed wakes nobody', async () => {
  const clock = new ScaledClock(0, 1000)
  clock.at(0, () => assert.unreachable())
  clock.close()
  clock.at(0, () => assert.unreachable())
  await wakened(realClock, realClock.now() + 5)
})

running('a clock that stands still or runs back is refused', () => {
  assert.throws(() => new ScaledClock(0, 0), /runs forward/)
  assert.throws(() => new ScaledClock(0, Number.NaN), /runs forward/)
})

running.run()

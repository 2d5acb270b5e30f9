/** A demo that cannot keep its pace slows down and says it: its clock never jumps, and nothing piles up. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ScaledClock } from '@ledgerline/adapters/clock/real.ts'
import { LONGEST_STEP_MS, Pace, type PaceState } from '@ledgerline/ops/run/pace.ts'

const SPEED = 10
const LOOK_MS = 500

/** A demo's clock on a machine whose time is moved by hand, and whose lateness is said by hand. */
function machine() {
  let real = 0
  let late = 0
  const told: PaceState[] = []
  const clock = new ScaledClock(0, SPEED, { longestStepMs: LONGEST_STEP_MS, steady: () => real })
  const pace = new Pace({
    clock,
    late: () => late,
    onChange: (state) => told.push(state),
    steady: () => real,
    everyMs: 1e9,
  })
  return {
    clock,
    pace,
    told,
    lateBy: (ms: number) => (late = ms),
    /** Real time passes and the process turns, as it does where it is given the processor. */
    lives(ms: number) {
      for (const until = real + ms; real < until;) {
        real += 50
        clock.now()
        if (real % LOOK_MS === 0) pace.look()
      }
    },
    /** Real time passes and the process does not turn. */
    sleeps: (ms: number) => (real += ms),
    close() {
      pace.close()
      clock.close()
    },
  }
}

const test = suite('a demo’s pace')

test('is what was asked for while the house can follow', () => {
  const m = machine()
  m.lives(20_000)
  assert.equal([m.clock.now(), m.pace.state, m.told], [200_000, { speed: SPEED, asked: SPEED, behind: false }, []])
  m.close()
})

test('is a little slower by itself where the process is kept from turning: what it did not live through did not happen', () => {
  const m = machine()
  m.lives(1_000)
  m.sleeps(60_000)
  assert.is(m.clock.now(), 10_000 + LONGEST_STEP_MS * SPEED, 'a minute lost is no ten minutes of calls at once')
  m.pace.look()
  assert.equal([m.pace.state.behind, m.told.length], [true, 1])
  assert.ok(m.pace.state.speed < 1)
  m.close()
})

test('slows down as far as it must while the house is late, says how fast it really is, and comes back', () => {
  const m = machine()
  m.lives(10_000)
  m.lateBy(4_000)
  m.lives(60_000)
  // Four seconds late: two seconds of the demo are then half a second of ours a second.
  assert.ok(m.clock.pace <= 0.5 + 0.1, `pace ${m.clock.pace}`)
  const slow = m.pace.state
  assert.equal([slow.asked, slow.behind], [SPEED, true])
  assert.ok(Math.abs(slow.speed - m.clock.pace) < 0.2, `says ${slow.speed}, runs at ${m.clock.pace}`)
  m.lateBy(0)
  m.lives(120_000)
  assert.equal([m.clock.pace, m.pace.state], [SPEED, { speed: SPEED, asked: SPEED, behind: false }])
  assert.equal(
    m.told.map(({ behind }) => behind),
    [true, false],
  )
  m.close()
})

test('never stops altogether, however late the house is, and never goes back', () => {
  const m = machine()
  m.lateBy(1e9)
  let before = m.clock.now()
  for (let nth = 0; nth < 200; nth++) {
    m.lives(500)
    assert.ok(m.clock.now() >= before)
    before = m.clock.now()
  }
  assert.ok(m.clock.pace > 0)
  m.close()
})

test('takes deadlines that are over and not met for what they are: late', () => {
  const m = machine()
  m.clock.at(1_000, () => {})
  // The timer is the machine's: it does not fire while this test holds the processor.
  m.lives(5_000)
  assert.ok(m.clock.lateMs > 100)
  assert.ok(m.clock.pace < SPEED)
  m.close()
})

test('moving the clock over a quiet night is no haste', () => {
  const m = machine()
  m.lives(5_000)
  m.clock.skipTo(m.clock.now() + 8 * 3_600_000)
  m.lives(5_000)
  assert.equal(m.pace.state, { speed: SPEED, asked: SPEED, behind: false })
  m.close()
})

test.run()

/** A demo that cannot keep its pace slows down and says so: its clock never jumps, and nothing piles up. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ScaledClock } from '@ledgerline/adapters/clock/real.ts'
import { LONGEST_STEP_MS, Pace, type PaceState } from '@ledgerline/ops/run/pace.ts'

const SPEED = 10
const LOOK_MS = 500

/** A demo's clock on a machine whose time and lateness the test sets. */
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
    /** Real time passes and the process gets the processor. */
    lives(ms: number) {
      for (const until = real + ms; real < until;) {
        real += 50
        clock.now()
        if (real % LOOK_MS === 0) pace.look()
      }
    },
    /** Real time passes without the process getting the processor. */
    sleeps: (ms: number) => (real += ms),
    close() {
      pace.close()
      clock.close()
    },
  }
}

const test = suite('a demo’s pace')

test('is the requested one as long as the system keeps up', () => {
  const m = machine()
  m.lives(20_000)
  assert.equal([m.clock.now(), m.pace.state, m.told], [200_000, { speed: SPEED, asked: SPEED, behind: false }, []])
  m.close()
})

test('drops a little when the process gets no processor: time that it missed did not happen', () => {
  const m = machine()
  m.lives(1_000)
  m.sleeps(60_000)
  assert.is(
    m.clock.now(),
    10_000 + LONGEST_STEP_MS * SPEED,
    'a lost minute does not become ten minutes of calls at once',
  )
  m.pace.look()
  assert.equal([m.pace.state.behind, m.told.length], [true, 1])
  assert.ok(m.pace.state.speed < 1)
  m.close()
})

test('drops as far as needed while the system is late, is reported as it is, and recovers', () => {
  const m = machine()
  m.lives(10_000)
  m.lateBy(4_000)
  m.lives(60_000)
  // Four seconds late: the demo's two seconds per second drop to half a second per second.
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

test('never drops to zero, however late the system is, and the clock never goes back', () => {
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

test('counts overdue deadlines as late', () => {
  const m = machine()
  m.clock.at(1_000, () => {})
  // The timer is the machine's: it does not fire while this test holds the processor.
  m.lives(5_000)
  assert.ok(m.clock.lateMs > 100)
  assert.ok(m.clock.pace < SPEED)
  m.close()
})

test('is not exceeded when the clock skips a quiet night', () => {
  const m = machine()
  m.lives(5_000)
  m.clock.skipTo(m.clock.now() + 8 * 3_600_000)
  m.lives(5_000)
  assert.equal(m.pace.state, { speed: SPEED, asked: SPEED, behind: false })
  m.close()
})

test.run()

/** Our registration at a gateway, and whether it answers, as decisions over time. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { pinged, unknownHealth } from '@ledgerline/core/registration/health.ts'
import {
  answered,
  ANSWER_MS,
  asked,
  beginning,
  isRegistered,
  registerStep,
  registrationWord,
  type RegisterAnswer,
  type Registering,
} from '@ledgerline/core/registration/registering.ts'

const test = suite('registering at gateways, and their health')
const T = Date.UTC(2026, 10, 30, 8)
const dice = () => 0.5

const ok = (expires: number | null = 600): RegisterAnswer => ({ ...no(200), expires })
function no(status: number, more: Partial<NonNullable<RegisterAnswer>> = {}): NonNullable<RegisterAnswer> {
  return { status, expires: null, minExpires: null, retryAfter: null, challenge: null, ...more }
}

/** Asks at once, and gets this answer. */
function after(state: Registering, answer: RegisterAnswer, now = T): Registering {
  return answered(asked(state, now), answer, now, dice).state
}

test('A3.2.6-mode-uni asks at its beginning, waits for the answer, and is registered for as long as it says', () => {
  const begun = beginning(600_000, T, dice)
  assert.equal(registerStep(begun, T), { do: 'ask', lifetime: 600 })
  assert.is(registrationWord(begun, T), 'registering')
  const waiting = asked(begun, T)
  assert.equal(registerStep(waiting, T + 5_000), { do: 'wait', until: T + ANSWER_MS })
  const { state, prove } = answered(waiting, ok(300), T + 40, dice)
  assert.is(prove, false)
  assert.is(registrationWord(state, T + 40), 'registered')
  assert.is(isRegistered(state, T + 40 + 299_999), true)
  assert.is(isRegistered(state, T + 40 + 300_000), false)
})

test('A3.2.6-mode-uni is refreshed before its time is over, short or long', () => {
  for (const lifetime of [2, 10, 60, 600, 3_600, 86_400])
    for (const seed of [1, 2, 3]) {
      const begun = asked(beginning(lifetime * 1000, T, dice), T)
      const { nextAt } = answered(begun, ok(lifetime), T, seededDice(seed)).state
      assert.ok(nextAt > T + (lifetime * 1000) / 3, `${lifetime} s: not asked all the time`)
      assert.ok(nextAt <= T + Math.max(lifetime * 500, lifetime * 800), `${lifetime} s: in time`)
    }
})

test('A3.2.6-mode-uni an answer without a time of its own is for what was asked', () => {
  assert.is(after(beginning(600_000, T, dice), ok(null)).until, T + 600_000)
})

test('A3.2.6.2-uni-fields a challenge is answered once; the same one again is a wrong password, and long left alone', () => {
  const first = answered(asked(beginning(600_000, T, dice), T), no(401, { challenge: { stale: false } }), T, dice)
  assert.is(first.prove, true)
  const second = answered(first.state, no(401, { challenge: { stale: false } }), T, dice)
  assert.is(second.prove, false)
  assert.is(registrationWord(second.state, T), 'refused')
  assert.is(second.state.failed, 401)
  assert.ok(second.state.nextAt - T >= 30_000)
})

test('A3.2.6.2-uni-fields a stale nonce is answered again, and not for ever', () => {
  const stale = no(407, { challenge: { stale: true } })
  let state = asked(beginning(600_000, T, dice), T)
  let proofs = 0
  for (;;) {
    const next = answered(state, stale, T, dice)
    state = next.state
    if (!next.prove) break
    proofs++
  }
  assert.is(proofs, 3)
  assert.is(registrationWord(state, T), 'failed')
})

test('a challenge that nobody can answer is a refusal', () => {
  assert.is(registrationWord(after(beginning(600_000, T, dice), no(401)), T), 'refused')
})

test('A3.2.6-mode-uni 423: asks at once for the least that the other side takes, and does not follow it for ever', () => {
  let state = after(beginning(60_000, T, dice), no(423, { minExpires: 1_800 }))
  assert.equal(registerStep(state, T), { do: 'ask', lifetime: 1_800 })
  assert.is(registrationWord(state, T), 'registering')
  for (let least = 1_801; least < 1_810; least++) state = after(state, no(423, { minExpires: least }))
  assert.is(registerStep(state, T).do, 'wait')
  assert.is(after(beginning(60_000, T, dice), no(423, { minExpires: 10 })).failed, 423)
  assert.is(after(beginning(60_000, T, dice), no(423, { minExpires: 1e9 })).failed, 423)
})

test('pauses after failures grow, up to a limit, and begin anew after a success', () => {
  let state = beginning(600_000, T, dice)
  const pauses: number[] = []
  for (let n = 0; n < 12; n++) {
    state = after(state, null)
    pauses.push(state.nextAt - T)
  }
  for (const [n, pause] of pauses.entries()) if (n > 0) assert.ok(pause >= pauses[n - 1]!)
  assert.ok(pauses[0]! <= 2_000 && pauses.at(-1)! > 200_000 && pauses.at(-1)! <= 300_000)
  state = after(state, ok())
  assert.is(after(state, no(503)).nextAt - T, pauses[0]!)
})

test('Retry-After is kept to, and not beyond a day', () => {
  assert.is(after(beginning(600_000, T, dice), no(503, { retryAfter: 120 })).nextAt, T + 120_000)
  assert.is(after(beginning(600_000, T, dice), no(503, { retryAfter: 1e9 })).nextAt, T + 86_400_000)
})

test('a refresh that fails takes nothing away before its time; a refusal does', () => {
  const registered = after(beginning(600_000, T, dice), ok(600))
  const silent = after(registered, null, T + 500_000)
  assert.is(isRegistered(silent, T + 599_999), true)
  assert.is(isRegistered(silent, T + 600_000), false)
  assert.is(registrationWord(silent, T + 600_000), 'failed')
  assert.is(isRegistered(after(registered, no(403), T + 500_000), T + 500_000), false)
})

test('a registration for no time is none', () => {
  assert.is(registrationWord(after(beginning(600_000, T, dice), ok(0)), T), 'failed')
})

test('any answers in any order: it always has a next moment, and asks no more often than every second but for a 423', () => {
  const statuses = [100, 200, 302, 400, 401, 403, 404, 407, 423, 480, 500, 503, 603]
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededDice(seed)
    let now = T
    let state = beginning(600_000, now, random)
    let asks = 0
    for (let n = 0; n < 60; n++) {
      const step = registerStep(state, now)
      if (step.do === 'wait') {
        assert.ok(step.until > now)
        now = step.until
        if (state.askedAt !== null) state = answered(state, null, now, random).state
        continue
      }
      asks++
      state = asked(state, now)
      const status = statuses[Math.floor(random() * statuses.length)]!
      const challenge = random() < 0.5 ? { stale: random() < 0.5 } : null
      const [expires, minExpires, retryAfter] = [random() * 4_000, random() * 9_000, random() * 100].map(Math.floor)
      state = answered(
        state,
        no(status, { challenge, expires: expires!, minExpires: minExpires!, retryAfter: retryAfter! }),
        now,
        random,
      ).state
      assert.ok(Number.isFinite(state.nextAt) && state.lifetime >= 1 && state.lifetime <= 86_400)
    }
    assert.ok(asks > 0)
  }
})

const thresholds = { misses: 3, answers: 2 }

test('A3.2.8-list a gateway is unreachable after so many misses, and back after so many answers', () => {
  let health = pinged(unknownHealth, 12, thresholds)
  assert.is(health.reach, 'reachable')
  health = pinged(pinged(health, null, thresholds), null, thresholds)
  assert.is(health.reach, 'reachable')
  health = pinged(health, null, thresholds)
  assert.is(health.reach, 'unreachable')
  assert.is((health = pinged(health, 9, thresholds)).reach, 'unreachable')
  assert.is(pinged(health, null, thresholds).reach, 'unreachable')
  assert.is(pinged(health, 8, thresholds).reach, 'reachable')
})

test('a miss between two answers begins the count anew', () => {
  let health = unknownHealth
  for (const answer of [null, null, 5, null, null, 5, null, null]) health = pinged(health, answer, thresholds)
  assert.is(health.reach, 'reachable')
  assert.is(health.missed, 2)
})

test.run()

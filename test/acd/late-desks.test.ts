/**
 * Desks that fall silent, on machines whose timers are late and in processes that stand still: whose silence counts
 * follows from the shifts, and how long it has lasted from the time spent listening. Never from a timer alone.
 */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DESK_BEAT_MS, DESK_LEASE_MS, DeskPresence } from '@ledgerline/core/desk/presence.ts'
import { houseShiftRules } from '@ledgerline/core/agent/rules.ts'
import { seededDice, type Clock } from '@ledgerline/core/kernel/clock.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { inHouse, eventsOf } from './in-house.ts'
import { times } from '../support/depth.ts'
import type { VirtualHouse } from '../support/house.ts'

const DESKS = ['0a0e3c5e-0000-4000-8000-000000000001', '0a0e3c5e-0000-4000-8000-000000000002']
const CODES = ['201', '202']
/** Two rounds: the desk is noticed in one and due in the other. Timers are late by at most this. */
const LATE_MS = 900
const SLACK_MS = 5_000 + 4 * LATE_MS

const RUNS = times('LATE_DESKS', 60, 2_000)
const desks = suite('desks, and timers that are late')

type Action =
  | { do: 'pass'; ms: number }
  | { do: 'speaks'; agent: number; desk: number }
  | { do: 'claims'; agent: number; desk: number }
  | { do: 'signs'; agent: number; desk: number | null }
  | { do: 'log'; away: false | 'before' | 'after' }
  | { do: 'owner_dies'; withSnapshot: boolean }

const agent = fc.nat({ max: 1 })
const desk = fc.nat({ max: 1 })
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.oneof(
        fc.integer({ min: 0, max: 1_000 }),
        fc.integer({ min: 0, max: DESK_LEASE_MS + 5_000 }),
        fc.integer({ min: DESK_LEASE_MS - 20, max: DESK_LEASE_MS + LATE_MS }),
      ),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('speaks' as const), agent, desk }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('claims' as const), agent, desk }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('signs' as const), agent, desk: fc.option(desk) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('log' as const),
      away: fc.constantFrom<false | 'before' | 'after'>(false, 'before', 'after'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('owner_dies' as const), withSnapshot: fc.boolean() }) },
)

/** Does it; a refusal, or a failure because the log is away, is a fine answer. */
async function asked(house: VirtualHouse, act: () => Promise<unknown>): Promise<boolean> {
  try {
    await house.until(act())
    return true
  } catch (error) {
    if (error instanceof Problem) return false
    throw error
  }
}

desks(
  'whatever happens between a deadline and its timer: a desk that reports stays or comes back, a silent one is ' +
    'lost, an unclaimed one is left alone',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 10, maxLength: 40 }),
        fc.nat(),
        fc.constantFrom(0, 60, LATE_MS),
        async (actions, seed, late) => {
          const lateness = seededDice(seed)
          await inHouse({ agents: 2, seed, late: () => Math.floor(lateness() * (late + 1)) }, async (house) => {
            const { clock } = house
            /** When the desk of each shift was last heard, and when earlier reports stopped counting. */
            const spoke = new Map<string, number>()
            let calmSince = 0
            const check = (): void => {
              if (house.logIsAway || clock.now() - calmSince < DESK_LEASE_MS + SLACK_MS) return
              for (const { agentId, deskSeen, deskLost, shiftId } of house.process.switchboard.shifts()) {
                const silent = clock.now() - (spoke.get(shiftId) ?? -Infinity)
                const said = `${agentId} silent for ${silent} ms, ${deskLost ? 'lost' : 'not lost'}`
                if (!deskSeen) assert.is(deskLost, null, said)
                else if (silent < DESK_LEASE_MS - 10) assert.is(deskLost, null, said)
                else if (silent > DESK_LEASE_MS + SLACK_MS) assert.ok(deskLost, said)
              }
            }
            for (const each of actions) {
              if (each.do === 'pass') {
                await house.pass(each.ms)
                check()
                continue
              }
              if (each.do === 'log') {
                house.logIsAway = each.away
                calmSince = clock.now()
                continue
              }
              if (each.do === 'owner_dies') {
                if (house.logIsAway) continue
                await house.takeOver({ withSnapshot: each.withSnapshot })
                calmSince = clock.now()
                continue
              }
              const agentId = CODES[each.agent]!
              const { switchboard } = house.process
              const before = switchboard.shift(agentId)
              let heard = false
              if (each.do === 'speaks')
                heard = await asked(house, () => house.presence.here(agentId, DESKS[each.desk]!, house.by('agent')))
              // Claiming what is already theirs says nothing new: a desk that is there reports.
              else if (each.do === 'claims')
                heard =
                  (await asked(house, () => house.desk.claimDesk(agentId, DESKS[each.desk]!, house.by('agent')))) &&
                  (before?.deskId !== DESKS[each.desk] || before?.deskLost !== null)
              else if (before)
                await asked(house, () => house.desk.agent(agentId, { do: 'sign_out', by: 'agent' }, house.by('agent')))
              else
                heard =
                  (await asked(house, () =>
                    house.desk.signIn(
                      agentId,
                      { via: 'desk', registered: true, ...(each.desk !== null && { deskId: DESKS[each.desk]! }) },
                      house.by('agent'),
                    ),
                  )) && each.desk !== null
              const heardAt = clock.now()
              await house.pass(10)
              const shift = switchboard.shift(agentId)
              if (heard && shift) spoke.set(shift.shiftId, heardAt)
              check()
            }
            house.logIsAway = false
            await house.pass(2 * (DESK_LEASE_MS + SLACK_MS))
            for (const { agentId, deskSeen, deskLost } of house.process.switchboard.shifts())
              assert.is(deskLost !== null, deskSeen, `${agentId} is silent at last`)
            await house.pass(houseShiftRules.deskGraceMs + houseShiftRules.deskSignOutMs + SLACK_MS)
            for (const { deskSeen } of house.process.switchboard.shifts())
              assert.is(deskSeen, false, 'who had a desk is signed out by now')
          })
        },
      ),
      {
        numRuns: RUNS,
        includeErrorInReport: true,
        endOnFailure: RUNS > 500,
      },
    )
  },
)

desks('a desk that reports while its loss is being written is back at once, and not at its next report', () =>
  inHouse({ agents: 1 }, async (house) => {
    await house.until(house.desk.claimDesk('201', DESKS[0]!, house.by('agent')))
    const written = Promise.withResolvers<void>()
    const append = house.log.append.bind(house.log)
    house.log.append = async (...given) => {
      if (given[2].some(({ type }) => type === 'AgentDeskLost')) await written.promise
      return append(...given)
    }
    await house.pass(DESK_LEASE_MS + 1_000)
    const speaks = house.presence.here('201', DESKS[0]!, house.by('agent'))
    await house.pass(100)
    written.resolve()
    await house.until(speaks)
    await house.pass(100)
    assert.is(house.process.switchboard.shift('201')!.deskLost, null)
    assert.equal(
      [(await eventsOf(house, 'AgentDeskLost')).length, (await eventsOf(house, 'AgentDeskConnected')).length],
      [1, 1],
    )
    await house.pass(DESK_LEASE_MS + 10_000)
    assert.ok(house.process.switchboard.shift('201')!.deskLost, 'and is missed when it falls silent again')
  }),
)

desks(
  'one shift’s lease is not the next one’s: an agent who signs in without a desk is not missed for the desk of the ' +
    'previous shift',
  () =>
    inHouse({ agents: 1 }, async (house) => {
      await house.until(house.desk.claimDesk('201', DESKS[0]!, house.by('agent')))
      await house.pass(1_000)
      await house.until(house.desk.agent('201', { do: 'sign_out', by: 'agent' }, house.by('agent')))
      await house.pass(10)
      await house.until(house.desk.signIn('201', { via: 'phone', registered: true }, house.by('agent')))
      await house.pass(2 * DESK_LEASE_MS)
      assert.equal(await eventsOf(house, 'AgentDeskLost'), [])
    }),
)

// ── a process that stood still ──────────────────────────────────────────────────────────────────

/**
 * A clock moved by a test the way a stopped machine's is: time has passed, and timers fire only then, before anything
 * else is read.
 */
class Stopped implements Clock {
  #now = 1_000_000
  readonly #timers = new Set<{ at: number; wake: () => void }>()

  now(): number {
    return this.#now
  }

  at(at: number, wake: () => void): () => void {
    const timer = { at, wake }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** This much time passes in steps of `everyMs`, between which timers fire. */
  async pass(ms: number, everyMs: number): Promise<void> {
    for (const until = this.#now + ms; this.#now < until;) {
      this.#now += Math.min(everyMs, until - this.#now)
      for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at))
        if (this.#timers.delete(timer)) timer.wake()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** Two desks on a board of their own. */
function twoDesks(): {
  clock: Stopped
  presence: DeskPresence
  lost: string[]
  speaks: (agentId: string) => Promise<void>
} {
  const clock = new Stopped()
  const lost: string[] = []
  const shifts = new Map(
    CODES.map((agentId) => [
      agentId,
      {
        agentId,
        agentCode: agentId,
        shiftId: `${agentId}-1`,
        deskSeen: true,
        deskId: DESKS[0],
        deskLost: null as object | null,
      },
    ]),
  )
  const answer = { revision: 0, position: null, events: [] }
  const switchboard = {
    shift: (agentId: string) => shifts.get(agentId) ?? null,
    shifts: () => shifts.values(),
    configuration: { state: { agents: {} } },
  }
  const desk = {
    deskIsLost: async (agentId: string) => (lost.push(agentId), (shifts.get(agentId)!.deskLost = {}), answer),
    deskIsBack: async (agentId: string) => ((shifts.get(agentId)!.deskLost = null), answer),
  }
  const presence = new DeskPresence({
    tenant: 'test',
    desk,
    switchboard: switchboard as never,
    clock,
    onTrouble: (_, error) => assert.unreachable(String(error)),
  })
  presence.start()
  return {
    clock,
    presence,
    lost,
    speaks: (agentId) =>
      presence.here(agentId, DESKS[0]!, { tenant: 'test', commandId: `${agentId}-${clock.now()}`, actor: 'agent' }),
  }
}

for (const stoodMs of [DESK_LEASE_MS, 60_000, 8 * 3_600_000]) {
  desks(
    `a process that stood still for ${stoodMs / 1000} s heard nobody: no desk is lost for it, and one that stays silent is lost a lease later`,
    async () => {
      const { clock, lost, speaks, presence } = twoDesks()
      for (const agentId of CODES) await speaks(agentId)
      await clock.pass(9_000, 100)
      await clock.pass(stoodMs, stoodMs)
      assert.equal(lost, [])
      // What they reported meanwhile is only read now.
      await speaks('201')
      for (let beat = 0; beat < 3; beat++) {
        await clock.pass(DESK_BEAT_MS, 100)
        await speaks('201')
      }
      assert.equal(lost, ['202'])
      presence.stop()
      await clock.pass(10 * DESK_LEASE_MS, 1_000)
      assert.equal(lost, ['202'], 'who acts no more writes nothing')
    },
  )
}

desks('a timer that never fires: a report from any other desk is enough for a look at all', async () => {
  const { clock, lost, speaks } = twoDesks()
  const deaf = clock.at.bind(clock)
  for (const agentId of CODES) await speaks(agentId)
  clock.at = () => () => {}
  // The desks it has are lost as well: nothing is left that could wake it.
  await clock.pass(5_000, 100)
  for (let beat = 0; beat < 4; beat++) {
    await speaks('201')
    await clock.pass(DESK_BEAT_MS - 1_000, 1_000)
  }
  await speaks('201')
  assert.equal(lost, ['202'])
  clock.at = deaf
})

desks('an agent who is not signed in, or a browser that is not the desk, is refused as before', async () => {
  await inHouse({ agents: 1 }, async (house) => {
    const refused = async (promise: Promise<unknown>) =>
      promise.then(
        () => 'none',
        (error: unknown) => (isProblem(error) ? error.code : String(error)),
      )
    assert.is(await refused(house.presence.here('201', DESKS[0]!, house.by('agent'))), 'agent.desk_elsewhere')
    await house.until(house.desk.agent('201', { do: 'sign_out', by: 'agent' }, house.by('agent')))
    await house.pass(10)
    assert.is(await refused(house.presence.here('201', DESKS[0]!, house.by('agent'))), 'agent.not_signed_in')
  })
})

desks.run()

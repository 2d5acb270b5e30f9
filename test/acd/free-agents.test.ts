/** Lists that are kept in order as agents come and go: whatever happened before, they equal lists sorted and counted afresh. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FreeAgents } from '@ledgerline/core/acd/free-agents.ts'
import { Memory } from '@ledgerline/core/acd/memory.ts'
import { SignedIn } from '@ledgerline/core/acd/signed-in.ts'
import type { OpenShift } from '@ledgerline/core/agent/state.ts'
import { strategies } from '@ledgerline/core/queue/strategies.ts'
import { workWindows } from '@ledgerline/core/queue/workload.ts'
import { queueNamed } from '../support/house.ts'

const ZONE = 'Asia/Shanghai'
const NOON = Date.UTC(2026, 0, 5, 4)
const HOUR_MS = 3_600_000

const agentId = fc.integer({ min: 0, max: 6 }).map((nth) => `agent-${nth}`)
const level = fc.integer({ min: 1, max: 2 })
const settings = fc.record({
  strategy: fc.constantFrom(...strategies),
  workWindow: fc.constantFrom(...workWindows),
  idleFrom: fc.constantFrom('available' as const, 'last_call' as const),
})

/** What may happen to the agents of a queue. */
const happenings = fc.array(
  fc.oneof(
    fc.record({ what: fc.constant('free' as const), agentId, level, position: fc.integer({ min: 1, max: 2 }) }),
    fc.record({ what: fc.constant('gone' as const), agentId }),
    fc.record({ what: fc.constant('talked' as const), agentId, talkMs: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ what: fc.constant('offered' as const), agentId }),
    fc.record({ what: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 5 * HOUR_MS }) }),
    fc.record({ what: fc.constant('activated' as const), settings, roster: fc.uniqueArray(agentId) }),
    fc.record({ what: fc.constant('asked' as const) }),
  ),
  { minLength: 20, maxLength: 80 },
)

const lists = suite('lists kept in order')

lists('free agents stand as if they were measured and sorted at the moment of the choice', () => {
  fc.assert(
    fc.property(settings, happenings, (first, story) => {
      const memory = new Memory()
      const free = new FreeAgents('PS', memory)
      const listed = new Map<string, { level: number; position: number; since: number }>()
      const talks: { agentId: string; at: number; talkMs: number }[] = []
      const offers = new Map<string, number>()
      let queue = queueNamed('PS', first)
      let roster: string[] = []
      let now = NOON
      const put = (id: string): void => {
        const { level: onLevel, position, since } = listed.get(id)!
        free.put(id, id, onLevel, position, since)
      }
      for (const each of story) {
        switch (each.what) {
          case 'free':
            listed.set(each.agentId, { level: each.level, position: each.position, since: now })
            put(each.agentId)
            break
          case 'gone':
            listed.delete(each.agentId)
            free.delete(each.agentId)
            break
          case 'talked': {
            talks.push({ agentId: each.agentId, at: now, talkMs: each.talkMs })
            const data = { agentId: each.agentId, queueCode: 'PS', callId: 'call', talkMs: each.talkMs }
            memory.rememberShift({ type: 'AgentCallEnded', data, at: now }, {} as OpenShift)
            // Every event of a shift puts its agent in their place again.
            if (listed.has(each.agentId)) put(each.agentId)
            break
          }
          case 'offered':
            offers.set(each.agentId, now)
            memory.offered('PS', 'call', each.agentId, { level: 1, position: 1 }, now)
            if (listed.has(each.agentId)) put(each.agentId)
            break
          case 'time':
            now += each.ms
            break
          case 'activated':
            queue = queueNamed('PS', each.settings)
            roster = each.roster.toSorted()
            free.setRoster(roster)
            break
          case 'asked':
            free.inOrder(queue, ZONE, now)
            break
        }
      }
      const standing = free.inOrder(queue, ZONE, now).map((agent) => agent.agentId)
      const expected = [...listed]
        .map(([id, { level: onLevel, position, since }]) => ({ id, key: keyOf(id, onLevel, position, since) }))
        .toSorted((a, b) => compareKeys(a.key, b.key))
      assert.equal(
        standing,
        expected.map(({ id }) => id),
      )
      const { seen, others } = free.written()
      const bits = Buffer.from(seen!, 'base64')
      const inRoster = roster.filter((_, slot) => (bits[slot >> 3]! >> (slot & 7)) & 1)
      assert.equal([...inRoster, ...others].toSorted(), [...listed.keys()].toSorted())
      assert.ok(others.every((id) => !roster.includes(id)))

      function keyOf(id: string, onLevel: number, position: number, since: number): (number | string)[] {
        const { strategy, idleFrom, workWindow } = queue
        const counted = talks.filter((talk) => talk.agentId === id && talk.at >= windowStart(workWindow))
        switch (strategy) {
          case 'longest-idle-agent': {
            const lastTalk = talks.findLast((talk) => talk.agentId === id)
            return [onLevel, idleFrom === 'last_call' ? (lastTalk?.at ?? since) : since, position, id]
          }
          case 'agent-with-least-talk-time':
            return [onLevel, counted.reduce((sum, { talkMs }) => sum + talkMs, 0), position, id]
          case 'agent-with-fewest-calls':
            return [onLevel, counted.length, position, id]
          case 'round-robin':
          case 'sequentially-by-agent-order':
            return [onLevel, position, offers.get(id) ?? 0, id]
          default:
            return [onLevel, position, id]
        }
      }

      function windowStart(window: (typeof workWindows)[number]): number {
        const day = 24 * HOUR_MS
        // Shanghai is eight hours ahead all year.
        if (window === 'today') return Math.floor((now + 8 * HOUR_MS) / day) * day - 8 * HOUR_MS
        return now - Number.parseInt(window, 10) * (window.endsWith('h') ? HOUR_MS : 60_000)
      }
    }),
    { numRuns: 1_000 },
  )
})

lists('who is signed in is counted as a look at everybody would', () => {
  const change = fc.record({ agentId, level, rests: fc.boolean(), leaves: fc.boolean() })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const present = new SignedIn()
      const known = new Map<string, { level: number; rests: boolean }>()
      for (const { agentId: id, level: onLevel, rests, leaves } of changes) {
        if (leaves) {
          present.delete(id)
          known.delete(id)
        } else {
          present.put(id, onLevel, rests)
          known.set(id, { level: onLevel, rests })
        }
        const everybody = [...known.values()]
        assert.is(
          present.lowestLevel(),
          everybody.length === 0 ? null : Math.min(...everybody.map((each) => each.level)),
        )
        assert.is(present.isAnybody(true), everybody.length > 0)
        assert.is(
          present.isAnybody(false),
          everybody.some((each) => !each.rests),
        )
        assert.is(present.has(id, onLevel, rests), !leaves)
      }
    }),
  )
})

function compareKeys(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [nth, value] of a.entries()) if (value !== b[nth]) return value < b[nth]! ? -1 : 1
  return 0
}

lists.run()

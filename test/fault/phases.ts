/**
 * The table of faults and phases: every fault in every phase of a call, each a case of its own, on a
 * virtual house. A case shows that the phase was reached and that the fault happened, lets the rest of
 * the day pass, and ends with the leak audit; at the end the tables are folded from all their ledgers.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Fault, FaultKind } from '@ledgerline/adapters/telephony/simulator/faults.ts'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { withRig } from '../projections/rig.ts'
import { tenant } from '../support/house.ts'
import { inboundPhases, placedPhases, standingPhases } from '../support/call-phases.ts'
import { Stage, type Phase, type Role } from '../support/stage.ts'

/** A fault as it strikes a leg of a call, or the call as a whole (role null). */
export interface Strike {
  name: string
  /** Strikes each leg separately, or the whole. */
  each: 'leg' | 'call'
  strike(stage: Stage, role: Role | null): Promise<void> | void
  /** Did it happen? Counted by the simulator, unless it was done to it directly. */
  kind?: FaultKind
  /** After this long the ledger and the network hold the same legs again, though nobody has done anything, ms. */
  agreeAfterMs?: number
}

/** How long the reconciler needs for a leg the network had reported: its pace, plus the time for a last word. */
export const RECONCILED_MS = 15_000 + 2_000 + 100

/** A fault on the next occasion of a leg, or of any leg if the role is null. */
export function armed(kind: FaultKind, more: Partial<Fault> & { each?: 'leg' | 'call'; called?: string } = {}): Strike {
  const { each = 'leg', called, ...fault } = more
  return {
    name: called ?? kind,
    each,
    kind,
    strike(stage, role) {
      const of = role ? { legId: stage.legs[role]! } : {}
      stage.house.telephony.inject({ kind, when: { nth: 1 }, ...fault, of: { ...of, ...fault.of } })
    },
  }
}

/** A leg as the network holds it now; null when it does not. */
export async function legOf(stage: Stage, role: Role): Promise<{ state: string } | null> {
  return (await stage.house.telephony.legs()).find((leg) => leg.legId === stage.legs[role]) ?? null
}

/** Tests of these faults in all phases. Seeds differ, so that no two cases share an id. */
export function faultTable(name: string, strikes: readonly Strike[], firstSeed: number): void {
  const table = suite(name)
  const ledgers: AnyEvent[][] = []
  let seed = firstSeed
  for (const phase of [...inboundPhases, ...placedPhases, ...standingPhases]) {
    for (const strike of strikes) {
      for (const role of strike.each === 'leg' ? phase.roles : [null]) {
        const own = seed++
        table(`${strike.name}${role ? ` of the ${role}` : ''}, ${phase.name}`, async () => {
          ledgers.push(await caseOf(phase, strike, role, own))
        })
      }
    }
  }
  table('tables equal the log of every case', tablesEqual(`phases_${firstSeed}`, ledgers))
  table.run()
}

/**
 * The tables are folded from these ledgers, each a separate tenant's: they equal a fresh fold, and no call is open in
 * them.
 */
export function tablesEqual(name: string, ledgers: readonly AnyEvent[][]): () => Promise<void> {
  return withRig(name, async (rig) => {
    for (const [index, ledger] of ledgers.entries()) {
      const own = `case${index}`
      const lengths = new Map<string, number>()
      for (const { stream, type, data, at, id, actor, origin, correlation, causation } of ledger) {
        const renamed = stream.replace(`-${tenant}.`, `-${own}.`)
        const length = lengths.get(renamed) ?? 0
        const stored = await rig.codec.encode([
          { id, event: { type, data } as never, meta: { tenant: own, actor, at, origin, correlation, causation } },
        ])
        await rig.log.append(renamed, length === 0 ? 'none' : length - 1, stored)
        lengths.set(renamed, length + 1)
      }
    }
    const engine = rig.engine()
    await engine.start()
    await rig.caughtUp(engine, 'case0')
    await rig.verified(engine)
    assert.equal(await rig.sql('select call_id from calls where ended_at is null'), [])
  })
}

async function caseOf(phase: Phase, strike: Strike, role: Role | null, seed: number): Promise<AnyEvent[]> {
  const stage = await Stage.open(seed)
  const { house } = stage
  const struckBefore = strike.kind ? (house.telephony.struck.get(strike.kind) ?? 0) : 0
  try {
    await phase.reach(stage, async () => {
      for (const type of phase.has) assert.ok(stage.story.includes(type), `${phase.name}: ${type} has happened`)
      for (const type of phase.hasNot)
        assert.not.ok(stage.story.includes(type), `${phase.name}: ${type} has not happened yet`)
      if (role) assert.ok(stage.legs[role], `there is a leg of the ${role}`)
      await strike.strike(stage, role)
    })
    if (strike.agreeAfterMs !== undefined) {
      await house.pass(strike.agreeAfterMs)
      assert.equal(await stage.disagreements(), [])
    }
    await stage.end()
    if (strike.kind)
      assert.ok((house.telephony.struck.get(strike.kind) ?? 0) > struckBefore, `${strike.kind} has struck`)
    return await house.ledger()
  } finally {
    await house.close()
  }
}

/** Phones as they come back. */
export const backAgain = picksUp({ after: () => 3_000 })

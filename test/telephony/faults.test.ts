import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ScaledClock } from '@ledgerline/adapters/clock/real.ts'
import { faultKinds, readFaults, type Fault, type FaultKind } from '@ledgerline/adapters/telephony/simulator/faults.ts'
import { HOLD_PATIENCE_MS, picksUp, type Caller } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { SimulatedTelephony } from '@ledgerline/adapters/telephony/simulator/simulator.ts'
import { seededDice, type Clock } from '@ledgerline/core/kernel/clock.ts'
import type { TelephonyReport } from '@ledgerline/core/telephony/port.ts'
import { pass, testClock } from '../support/clock.ts'

const tenant = 'test'
/** A seed with a high second draw (the first is the phone owner's): a delay of up to a minute is then most of a minute. */
const LATE = 5
const faults = suite('faults of the simulated network')

const caller = (change: Partial<Caller> = {}): Caller => ({
  tenant,
  from: null,
  to: '95555',
  gateway: null,
  customerId: null,
  priority: 0,
  patienceMs: 3_600_000,
  talkMs: 30_000,
  holdPatienceMs: HOLD_PATIENCE_MS,
  talkEndedBy: 'customer',
  ...change,
})

interface Line {
  telephony: SimulatedTelephony
  seen: TelephonyReport[]
  pass(ms: number): Promise<void>
  /** What was reported about a leg, in order. */
  of(legId: string): string[]
}

/** A network with these faults, and a reader of its reports. */
async function onLine(plan: readonly Fault[], body: (line: Line) => Promise<void>, seed = 1): Promise<void> {
  const clock = testClock()
  const telephony = new SimulatedTelephony({ clock, dice: seededDice(seed), faults: plan })
  const seen: TelephonyReport[] = []
  const stop = new AbortController()
  const reading = (async () => {
    for await (const report of telephony.reports(stop.signal)) seen.push(report)
  })()
  telephony.plug(tenant, '201', picksUp({ after: () => 3_000, aloneMs: Number.POSITIVE_INFINITY }))
  try {
    await body({
      telephony,
      seen,
      pass: (ms) => pass(clock, ms),
      of: (legId) => seen.filter((report) => 'legId' in report && report.legId === legId).map(({ what }) => what),
    })
  } finally {
    stop.abort()
    await reading
    await telephony.close()
  }
}

const dial = (telephony: SimulatedTelephony, legId = 'agent') =>
  telephony.command(`dial-${legId}`, tenant, {
    do: 'dial',
    target: {
      legId,
      callId: 'c',
      purpose: 'agent',
      to: { kind: 'extension', extension: '201' },
      callerId: null,
      ringMs: 20_000,
    },
  })
const hangUp = (telephony: SimulatedTelephony, legId = 'agent') =>
  telephony.command(`end-${legId}`, tenant, {
    do: 'hang_up',
    legId,
    end: { by: 'system', cause: 16, sip: null, reason: 'completed' },
  })
const legs = async (telephony: SimulatedTelephony): Promise<string[]> =>
  (await telephony.legs()).map((leg) => leg.legId)
const first = (kind: FaultKind, more: Partial<Fault> = {}): Fault[] => [{ kind, when: { nth: 1 }, ...more }]

faults('leg-lost: it is gone soon, and nobody says so', () =>
  onLine(first('leg-lost'), async ({ telephony, pass, of }) => {
    const { legId } = telephony.arrive(caller())!
    await pass(10_000)
    assert.equal([await legs(telephony), of(legId)], [[], ['incoming']])
  }),
)

faults('bye-lost: it ends, and the report never comes', () =>
  onLine(first('bye-lost'), async ({ telephony, pass, of }) => {
    const { legId } = telephony.arrive(caller())!
    telephony.act(legId, 'hang_up')
    await pass(60_000)
    assert.equal([await legs(telephony), of(legId)], [[], ['incoming']])
  }),
)

faults('bye-at-once: answered and ended, or ended alone', async () => {
  const stories = new Set<string>()
  for (let seed = 1; seed <= 8; seed++) {
    await onLine(
      first('bye-at-once'),
      async ({ telephony, pass, of }) => {
        await dial(telephony)
        await pass(3_000)
        stories.add(of('agent').join(' '))
        assert.equal(await legs(telephony), [])
      },
      seed,
    )
  }
  assert.equal([...stories].toSorted(), ['ringing answered ended', 'ringing ended'])
})

faults('crossing: our cancel meets an answer, our hold somebody who hangs up', () =>
  onLine([{ kind: 'crossing', when: { chance: 1 } }], async ({ telephony, pass, of }) => {
    await dial(telephony)
    await pass(1_000)
    await hangUp(telephony)
    await pass(0)
    assert.equal(of('agent'), ['ringing', 'answered', 'ended'])
    const { legId } = telephony.arrive(caller())!
    await telephony.command('answer', tenant, { do: 'answer', legId })
    await pass(0)
    assert.equal(of(legId), ['incoming', 'answered', 'ended'])
  }),
)

faults('crossing: two who hang up in the same moment; it ended by the other side', () =>
  onLine(first('crossing', { of: { what: 'hang_up' } }), async ({ telephony, seen, pass }) => {
    await dial(telephony)
    await pass(5_000)
    await hangUp(telephony)
    await pass(0)
    const ends = seen.filter((report) => report.what === 'ended')
    assert.equal(
      ends.map((report) => report.what === 'ended' && report.end.by),
      ['agent'],
    )
  }),
)

faults('command-lost: it is taken, and nothing comes of it; under another id it is done', () =>
  onLine(first('command-lost'), async ({ telephony, pass }) => {
    await dial(telephony)
    await dial(telephony)
    await pass(5_000)
    assert.equal(await legs(telephony), [], 'the same id gets the same answer again')
    await dial(telephony, 'another')
    await pass(5_000)
    assert.equal(await legs(telephony), ['another'])
  }),
)

faults('phone-gone: it loses its registration as it rings, and comes back', () =>
  onLine(first('phone-gone', { lastsMs: 30_000 }), async ({ telephony, seen, pass }) => {
    await dial(telephony)
    await pass(1_000)
    assert.is(seen.at(-1)?.what, 'unregistered')
    await pass(30_000)
    assert.is(seen.filter((report) => report.what === 'registered').length, 2)
  }),
)

faults('media-down: for so long, and everybody is told', () =>
  onLine([{ kind: 'media-down', when: { nth: 2 }, lastsMs: 20_000 }], async ({ telephony, seen, pass }) => {
    const { legId } = telephony.arrive(caller())!
    await telephony.command('answer', tenant, { do: 'answer', legId })
    await pass(19_999)
    assert.equal([await legs(telephony), telephony.arrive(caller())], [[], null])
    await pass(1)
    assert.ok(telephony.arrive(caller()))
    await pass(0)
    assert.equal(
      seen.filter((report) => report.what === 'media').map((report) => report.what === 'media' && report.up),
      [false, true],
    )
  }),
)

faults('report-late: it and all after it wait, in order, each with its own time', () =>
  onLine(
    first('report-late', { of: { what: 'ringing' }, lastsMs: 60_000 }),
    async ({ telephony, seen, pass, of }) => {
      await dial(telephony)
      await pass(4_000)
      assert.equal(of('agent'), [])
      await hangUp(telephony)
      await pass(60_000)
      assert.equal(of('agent'), ['ringing', 'answered', 'ended'])
      const times = seen.filter((report) => 'legId' in report).map((report) => report.at)
      assert.equal(
        times.map((at) => at - times[0]!),
        [0, 3_000, 4_000],
      )
    },
    LATE,
  ),
)

faults('report-doubled: again afterwards; report-overtaken: after those that happened later', async () => {
  await onLine([{ kind: 'report-doubled', when: { chance: 1 }, lastsMs: 20_000 }], async ({ telephony, pass, of }) => {
    await dial(telephony)
    await pass(60_000)
    assert.equal(of('agent').toSorted(), ['answered', 'answered', 'ringing', 'ringing'])
  })
  await onLine(
    first('report-overtaken', { of: { what: 'ringing' }, lastsMs: 60_000 }),
    async ({ telephony, pass, of }) => {
      await dial(telephony)
      await pass(120_000)
      assert.equal(of('agent'), ['answered', 'ringing'])
    },
    LATE,
  )
})

faults('they strike at the n-th occasion, by chance or at a rate per hour, on one leg or one kind of leg', async () => {
  const struckOf = async (fault: Fault): Promise<number> => {
    let struck = 0
    await onLine([fault], async ({ telephony, pass }) => {
      for (let n = 0; n < 1_000; n++) {
        telephony.arrive(caller({ patienceMs: 5_000 }))
        await pass(3_600)
      }
      struck = telephony.struck.get('bye-lost') ?? 0
    })
    return struck
  }
  assert.is(await struckOf({ kind: 'bye-lost', when: { nth: 7 } }), 1)
  assert.is(await struckOf({ kind: 'bye-lost', when: { nth: 7 }, of: { legId: 'nobody' } }), 0)
  assert.is(await struckOf({ kind: 'bye-lost', when: { chance: 1 }, of: { what: 'answered' } }), 0)
  const seldom = await struckOf({ kind: 'bye-lost', when: { chance: 0.1 } })
  assert.ok(seldom > 60 && seldom < 150, `${seldom} of 1000`)
  const hourly = await struckOf({ kind: 'bye-lost', when: { perHour: 20 } })
  assert.ok(hourly > 8 && hourly < 40, `${hourly} in an hour`)
})

faults('the same seed gives the same bad day, another seed another one', async () => {
  const day = async (seed: number): Promise<string> => {
    let story = ''
    await onLine(
      (Object.keys(faultKinds) as FaultKind[]).map((kind) => ({ kind, when: { chance: 0.1 } })),
      async ({ telephony, seen, pass }) => {
        for (let n = 0; n < 100; n++) {
          telephony.arrive(caller({ patienceMs: 20_000 }))
          await dial(telephony, `leg-${n}`).catch(() => {})
          await pass(7_000)
          await hangUp(telephony, `leg-${n}`).catch(() => {})
        }
        await pass(600_000)
        story = JSON.stringify([seen, [...telephony.struck]])
        assert.is(telephony.struck.size, Object.keys(faultKinds).length, 'each kind has struck')
      },
      seed,
    )
    return story
  }
  const one = await day(5)
  assert.is(await day(5), one)
  assert.is.not(await day(6), one)
})

faults('a network that was calmed does nothing wrong any more', () =>
  onLine([{ kind: 'bye-lost', when: { chance: 1 } }], async ({ telephony, pass, of }) => {
    telephony.calm()
    const { legId } = telephony.arrive(caller({ patienceMs: 1_000 }))!
    await pass(2_000)
    assert.equal(of(legId), ['incoming', 'ended'])
  }),
)

faults('they strike on running clocks as well', async () => {
  const clock: Clock & { close(): void } = new ScaledClock(0, 1000)
  const telephony = new SimulatedTelephony({
    clock,
    dice: seededDice(1),
    faults: [{ kind: 'media-down', when: { nth: 1 }, lastsMs: 2_000 }],
  })
  telephony.arrive(caller())
  const seen: string[] = []
  for await (const report of telephony.reports(new AbortController().signal)) {
    seen.push(report.what === 'media' ? `media ${report.up ? 'up' : 'down'}` : report.what)
    if (seen.at(-1) === 'media up') break
  }
  assert.equal(seen, ['incoming', 'media down', 'media up'])
  await telephony.close()
  clock.close()
})

faults.run()

const written = suite('fault plans in text form')

written('kinds with a chance, a rate an hour or an occasion, and how long', () => {
  assert.equal(readFaults('bye-lost=0.01, media-down=1/h:20s,leg-lost=@3,report-late=.5:250ms'), {
    plan: [
      { kind: 'bye-lost', when: { chance: 0.01 } },
      { kind: 'media-down', when: { perHour: 1 }, lastsMs: 20_000 },
      { kind: 'leg-lost', when: { nth: 3 } },
      { kind: 'report-late', when: { chance: 0.5 }, lastsMs: 250 },
    ],
  })
})

written('what is none is named', () => {
  for (const wrong of [
    '',
    'bye-lost',
    'bye-lost=',
    'bye-lost=2',
    'media-down=0/h',
    'leg-lost=@0',
    'storm=0.1',
    'toString=0.1',
    'bye-lost=0.1:5',
    'bye-lost=-1',
    'bye-lost=1e9',
  ]) {
    assert.equal(readFaults(`crossing=1,${wrong}`), { wrong }, wrong)
  }
})

written.run()

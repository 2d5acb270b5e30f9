import { suite } from 'uvu'
import { checkConfiguration, noConfiguration } from '@ledgerline/core/configuration/configuration.ts'
import * as assert from 'uvu/assert'
import {
  busiestDay,
  busiestHour,
  patienceOf,
  readRecordedDays,
} from '@ledgerline/adapters/import/anonymous-bank/recorded-day.ts'
import { ScaledClock } from '@ledgerline/adapters/clock/real.ts'
import { VirtualClock } from '@ledgerline/adapters/clock/virtual.ts'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { memoryAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { Desk } from '@ledgerline/core/desk/desk.ts'
import { SwitchboardProcess } from '@ledgerline/core/switchboard/process.ts'
import { catalogue, type AnyEvent } from '@ledgerline/core/catalogue.ts'
import { seededDice, uuid7 } from '@ledgerline/core/kernel/clock.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { Commands } from '@ledgerline/core/kernel/command.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { DEMO_DAY } from '@ledgerline/fixtures/demo.ts'
import { demo, type Demo } from '@ledgerline/ops/run/demo.ts'
import { toldInTheClear } from '../support/told-of-people.ts'
import { bankFile, bankRow, hungUp, unqueued, withFiles } from '../support/history.ts'

const HOUR = 3_600_000
const at = (text: string) => Date.parse(`${text}+02:00`)

/** A ledger that outlives its owners, with the demo running on it in virtual time. */
class DemoHouse {
  readonly facts: AnyEvent[] = []
  readonly refusals: string[] = []
  readonly warnings: string[] = []
  readonly clock: VirtualClock
  demo!: Demo
  process!: SwitchboardProcess
  readonly #log: MemoryLog
  readonly #codec = new Codec(catalogue, memoryVault())
  readonly #dice = seededDice(3)
  #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(start: number) {
    this.clock = new VirtualClock(start)
    this.#log = new MemoryLog(() => this.clock.now())
  }

  async open(file?: string): Promise<this> {
    const { clock } = this
    this.demo = await demo({ clock, lastAt: clock.now() - 1, ...(file && { file }) })
    const commands = new Commands({
      log: this.#log,
      codec: this.#codec,
      clock,
      dice: this.#dice,
      answers: memoryAnswers(() => clock.now()),
    })
    const { tenant, telephony } = this.demo
    this.process = new SwitchboardProcess({
      tenant,
      telephony,
      clock,
      commands,
      log: this.#log,
      codec: this.#codec,
      dice: this.#dice,
      newId: uuid7(this.#dice),
      origin: 'simulated',
      snapshots: { load: async () => null, save: async () => {} },
      notes: { warn: (message) => void this.warnings.push(message) },
      onFact: (fact) => {
        this.facts.push(fact as unknown as AnyEvent)
        this.demo.onFact(fact)
      },
    })
    const desk = new Desk({ switchboard: this.process.switchboard, commands, telephony })
    this.#stop = new AbortController()
    const ready = new Promise<void>((resolve) => (this.#running = this.process.run(this.#stop.signal, resolve)))
    let isReady = false
    void ready.then(() => (isReady = true))
    while (!isReady) await clock.run(clock.now() + 1)
    await desk.activate(this.demo.configuration, {
      tenant,
      commandId: `activate-${clock.now()}`,
      actor: 'operator',
      origin: 'simulated',
    })
    await clock.run(clock.now() + 1)
    this.demo.start({
      state: this.process.switchboard,
      desk,
      onRefusal: (agentId, error) => void this.refusals.push(`${agentId} ${isProblem(error) ? error.code : error}`),
    })
    return this
  }

  pass(ms: number): Promise<void> {
    return this.clock.run(this.clock.now() + ms)
  }

  async close(): Promise<void> {
    this.demo.stop()
    this.#stop.abort()
    await Promise.all([this.#running, this.clock.run(this.clock.now())])
    await this.demo.telephony.close()
  }

  get log(): MemoryLog {
    return this.#log
  }

  count(type: AnyEvent['type']): number {
    return this.facts.filter((fact) => fact.type === type).length
  }

  get signedIn(): string[] {
    const { switchboard } = this.process
    return this.demo.configuration.agents
      .filter(({ agentCode }) => switchboard.shift(switchboard.agentOfCode(agentCode) ?? ''))
      .map(({ name }) => name!)
  }
}

const replay = suite('the demo')

replay('the recorded day becomes queues, people and numbers', async () => {
  const house = new DemoHouse(at('1999-02-03T13:00:00'))
  const { configuration, day, zone, tenant } = await demo({ clock: house.clock })
  assert.equal([day, zone, tenant], ['1999-02-03', 'Asia/Jerusalem', 'demo'])
  assert.equal(
    configuration.queues.map((queue) => queue.code),
    ['IN', 'NE', 'NW', 'PE', 'PS', 'TT'],
  )
  assert.is(configuration.agents.length, 17)
  assert.equal(
    [configuration.agents[0]!.agentCode, configuration.agents[0]!.name, configuration.agents[0]!.extension],
    ['201', 'Anat', '8201'],
  )
  assert.is(new Set(configuration.routes.flatMap(({ queueCode, to }) => (queueCode ? [to] : []))).size, 6)
  // A3.2.1-add, A3.2.4-purpose, A3.2.6-add: each agent has a phone in it, and nothing is hardly meant.
  const remarks = [...checkConfiguration({ do: 'activate', ...configuration }, noConfiguration)]
  assert.equal(
    remarks.map(({ problem }) => problem.message),
    [],
  )
  for (const { queues } of configuration.agents) assert.ok(queues.length > 0)
})

replay('begins shortly before the busiest hour unless it goes on from somewhere', async () => {
  const opened = await demo({})
  const days = await readRecordedDays(DEMO_DAY)
  const rush = at('1999-02-03T00:00:00') + busiestHour(days.days[0]!) * 1000
  assert.ok(opened.clock instanceof ScaledClock && opened.speed === 10)
  assert.ok(opened.clock.now() >= rush - 5 * 60_000 && opened.clock.now() < rush)
  opened.stop()
  const again = await demo({ lastAt: at('1999-02-05T10:00:00'), speed: 60 })
  assert.ok(again.clock.now() > at('1999-02-05T10:00:00') && again.clock.now() < at('1999-02-05T10:05:00'))
  again.stop()
})

replay('two hours of traffic: whoever worked is there, calls are answered, nobody is left over', async () => {
  const house = await new DemoHouse(at('1999-02-03T10:00:00')).open()
  await house.pass(HOUR)
  assert.equal(house.signedIn, ['Avni', 'Dorit', 'Eli', 'Idit', 'Kazav', 'Pinhas', 'Yifat', 'Yitz', 'Zohari'])
  await house.pass(HOUR)
  assert.ok(house.count('CallReceived') > 200, `${house.count('CallReceived')} calls`)
  assert.ok(house.count('CallAnswered') / house.count('CallReceived') > 0.9)
  assert.ok(house.count('AgentWrapUpEnded') > 150)
  assert.equal([house.refusals, house.warnings], [[], []])
  await house.close()

  // No agent or caller appears in that ledger in clear text, by anything known about them.
  const { servers, days } = await readRecordedDays(DEMO_DAY)
  const callers = house.facts.flatMap(({ type, data }) =>
    type === 'CallReceived' ? [data.from, data.fromRaw, data.customerId] : [],
  )
  const names = [
    ...servers,
    ...house.demo.configuration.agents.map(({ name }) => name),
    ...callers,
    ...days.flatMap(({ calls }) => calls.map(({ customerId }) => customerId)),
  ]
  const known = new Set(names.filter((text): text is string => text !== null && text.length > 2))
  assert.ok(known.size > 500, `${known.size} names and numbers`)
  assert.equal(await toldInTheClear(house.log, known), [])
})

replay('after a restart it goes on: nobody signs in twice, and the next callers come', async () => {
  const house = await new DemoHouse(at('1999-02-03T10:00:00')).open()
  await house.pass(HOUR / 2)
  const before = house.signedIn
  await house.close()
  house.facts.length = 0
  await house.open()
  await house.pass(HOUR / 2)
  assert.equal(
    house.signedIn.filter((name) => before.includes(name)),
    before,
  )
  const signIns = house.facts.filter((fact) => fact.type === 'AgentSignedIn').map((fact) => fact.data.name)
  assert.equal(
    signIns.filter((name) => before.includes(name!)),
    [],
  )
  assert.ok(house.count('CallAnswered') > 20)
  assert.equal(house.refusals, [])
  await house.close()
})

replay('when the day is over another one follows', async () => {
  const rows = (date: string, server: string) =>
    ['10:00', '10:05', '10:10', '10:20'].map((time, i) =>
      bankRow({
        date,
        call_id: String(i),
        server,
        ...unqueued,
        vru_entry: `${time}:00`,
        vru_exit: `${time}:00`,
        vru_time: '0',
        ser_start: `${time}:00`,
        ser_exit: `${time}:40`,
        ser_time: '40',
      }),
    )
  await withFiles(
    {
      f: bankFile(
        ...rows('990201', 'ANAT'),
        ...rows('990202', 'ELI'),
        bankRow({ ...hungUp, ...unqueued, date: '990202', call_id: '99' }),
      ),
    },
    async (paths) => {
      const house = await new DemoHouse(at('1999-02-01T09:00:00')).open(paths.f)
      const servers: string[][] = []
      for (let day = 0; day < 3; day++) {
        house.facts.length = 0
        await house.pass(24 * HOUR)
        servers.push([
          ...new Set(house.facts.flatMap((fact) => (fact.type === 'AgentSignedIn' ? [fact.data.name!] : []))),
        ])
        assert.is(house.count('CallReceived'), 4)
      }
      assert.equal(servers, [['Anat'], ['Eli'], ['Anat']])
      await house.close()
    },
  )
})

replay.run()

const recorded = suite('a recorded day')

recorded(
  'leaves out phantoms and callers who hung up before any queue; a long time without service is a break',
  async () => {
    const served = (call_id: string, from: string, to: string, ser_time: string) =>
      bankRow({
        call_id,
        ...unqueued,
        vru_entry: from,
        vru_exit: from,
        vru_time: '0',
        ser_start: from,
        ser_exit: to,
        ser_time,
      })
    const rows = [
      served('1', '9:00:00', '9:10:00', '600'),
      served('2', '9:20:00', '9:25:00', '300'),
      served('3', '11:00:00', '11:05:00', '300'),
      bankRow({ ...hungUp, call_id: '4' }),
      bankRow({ ...hungUp, ...unqueued, call_id: '5' }),
      bankRow({ outcome: 'PHANTOM', call_id: '6' }),
    ]
    await withFiles({ f: bankFile(...rows), nothing: bankFile(bankRow({ ...hungUp, ...unqueued })) }, async (paths) => {
      const days = await readRecordedDays(paths.f!)
      const [day] = days.days
      assert.equal(
        day!.calls.map(({ at, gaveUp, talkS }) => [at / 60, gaveUp, talkS]),
        [
          [480 + 10 / 60, true, 0],
          [540, false, 600],
          [560, false, 300],
          [660, false, 300],
        ],
      )
      assert.equal(day!.shifts, [
        {
          server: 'MICHAL',
          work: [
            { from: 9 * 3600 - 120, to: 9 * 3600 + 1500 },
            { from: 11 * 3600 - 120, to: 11 * 3600 + 300 },
          ],
          types: ['PS'],
        },
      ])
      assert.equal([days.meanPatienceS, days.meanTalkS, busiestDay(days), busiestHour(day!)], [50, 400, 0, 8.5 * 3600])
      // Callers who gave up have exactly the recorded patience; served callers would have waited longer.
      assert.is(
        patienceOf(day!.calls[0]!, days, () => 0.5),
        50_000,
      )
      assert.ok(patienceOf({ ...day!.calls[1]!, waitS: 30 }, days, () => 0.5) > 30_000)
      await readRecordedDays(paths.nothing!).then(
        () => assert.unreachable(),
        (error) => assert.ok(isProblem(error, 'history.no_day')),
      )
    })
  },
)

recorded.run()

/**
 * Effects: what leaves the house because of an event. Queued with the row and the checkpoint, only by live lanes;
 * carried out by one of several processes, at least once, again after a while, and given up with a warning.
 */
import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { steadyClock } from '@ledgerline/adapters/clock/steady.ts'
import { callRecordHook, signatureOf } from '@ledgerline/adapters/jobs/call-record-hook.ts'
import { JobRunner, type CarryOut, type RunnerPace } from '@ledgerline/adapters/jobs/runner.ts'
import { openLeases } from '@ledgerline/adapters/lease/postgres.ts'
import type { Job } from '@ledgerline/projections/engine/changes.ts'
import { CALL_RECORD } from '@ledgerline/projections/models/calls.ts'
import { until } from '../support/gate.ts'
import { say, withRig, type Rig } from '../projections/rig.ts'

const effects = suite('effects')

const wanted = new Set([CALL_RECORD])
const quick: Partial<RunnerPace> = { lookMs: 10, againMs: 5, longestMs: 20, attemptMs: 200, attempts: 3 }

/** Brings the rig's clock to now: events that the log took before its tables were made have no effects. */
function toNow(rig: Rig): void {
  rig.pass(Date.now() + 60_000 - rig.now())
}

async function callsEnd(rig: Rig, ...callIds: string[]): Promise<void> {
  for (const callId of callIds) await rig.append(`call-test.${callId}`, say.received(callId), say.ended(callId))
}

interface JobRow {
  id: string
  state: string
  attempts: number
  last_error: string | null
  row: Record<string, unknown>
}

const queued = (rig: Rig): Promise<JobRow[]> =>
  rig.sql<JobRow>('select id, state, attempts, last_error, row from tables.jobs order by position')

interface Working {
  runner: JobRunner
  done: string[]
  stop(): Promise<void>
}

async function runnerOn(rig: Rig, node: string, carryOut: CarryOut, told: string[] = []): Promise<Working> {
  const leases = await openLeases(rig.database.url)
  const done: string[] = []
  const note = (_: object, message: string): void => void told.push(message)
  const runner = new JobRunner({
    url: rig.database.url,
    leases,
    steady: steadyClock,
    node,
    carryOut: new Map([
      [
        CALL_RECORD,
        async (job: Job, signal: AbortSignal) => {
          await carryOut(job, signal)
          done.push(job.row['callId'] as string)
        },
      ],
    ]),
    logger: { warn: note, error: note },
    pace: quick,
  })
  runner.start()
  return {
    runner,
    done,
    async stop() {
      await runner.stop()
      await leases.close()
    },
  }
}

effects(
  'are queued once a call is over, with its row and without anything that identifies a person; not before, and not ' +
    'for nobody',
  withRig('effects_queued', async (rig) => {
    toNow(rig)
    const engine = rig.engine({ effects: wanted })
    await engine.start()
    await rig.append('call-test.c1', say.received('c1'))
    await rig.caughtUp(engine)
    assert.equal(await queued(rig), [])
    await rig.append('call-test.c1', say.ended('c1'))
    await rig.caughtUp(engine)
    const [job, ...more] = await queued(rig)
    assert.equal(more, [])
    assert.is(job!.state, 'waiting')
    assert.is(job!.row['callId'], 'c1')
    assert.is(job!.row['status'], 'ended')
    assert.not('fromNumber' in job!.row)
    assert.not('customerId' in job!.row)
    // Nobody carries such effects out: none are queued.
    await engine.stop()
    const deaf = rig.engine()
    await deaf.start()
    await callsEnd(rig, 'c2')
    await rig.caughtUp(deaf)
    assert.is((await queued(rig)).length, 1)
  }),
)

effects(
  'of a call are had once, although its agent is noted to be in it only after it has ended',
  withRig('effects_late_agent', async (rig) => {
    toNow(rig)
    const engine = rig.engine({ effects: wanted })
    await engine.start()
    const segmentId = 's1'
    await rig.append('call-test.c1', say.received('c1'), say.ended('c1'))
    await rig.append(
      'shift-test.201',
      say.shift('AgentCallStarted', '201', {
        callId: 'c1',
        segmentId,
        queueCode: 'PS',
        direction: 'inbound',
        wrapUpMs: 10_000,
        offerId: 'o1',
      }),
      say.shift('AgentWrapUpEnded', '201', { callId: 'c1', segmentId, queueCode: 'PS', wrapUpMs: 4_000, by: 'agent' }),
    )
    await rig.caughtUp(engine)
    assert.is((await queued(rig)).length, 1)
    assert.equal(await rig.sql('select wrap_up_ms::int from calls'), [{ wrap_up_ms: 4_000 }])
    await rig.verified(engine)
  }),
)

effects(
  'are not repeated by a rebuild, a verification, or new tables folded from an old log',
  withRig('effects_rebuild', async (rig) => {
    await callsEnd(rig, 'old')
    toNow(rig)
    const engine = rig.engine({ effects: wanted })
    await engine.start()
    await rig.caughtUp(engine)
    assert.equal(await queued(rig), [], 'the log took it before these tables were made')
    await callsEnd(rig, 'new')
    await rig.caughtUp(engine)
    assert.is((await queued(rig)).length, 1)
    await rig.sql('delete from tables.jobs')
    await engine.rebuild(['calls'])
    await rig.verified(engine)
    await engine.boardsAsOf('test', rig.now())
    assert.equal(await queued(rig), [])
  }),
)

effects(
  'exist in the table exactly where the row does: an uncommitted page leaves none behind',
  withRig('effects_atomic', async (rig) => {
    toNow(rig)
    const engine = rig.engine({ effects: wanted })
    await engine.start()
    await rig.sql(
      `create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'not now' using errcode = '53100'; end $$`,
    )
    await rig.sql(
      'create trigger refuse before update on tables.checkpoints for each row execute function public.refuse()',
    )
    await callsEnd(rig, 'c1')
    await until('a page that is refused', () => rig.troubles.length > 0)
    assert.equal(await queued(rig), [])
    assert.equal(await rig.sql('select from calls'), [])
    await rig.sql('drop trigger refuse on tables.checkpoints')
    await rig.caughtUp(engine)
    assert.is((await queued(rig)).length, 1)
  }),
)

effects(
  'are carried out once each by two processes of which one has the lease; when it stops the other continues',
  withRig('effects_two', async (rig) => {
    toNow(rig)
    const engine = rig.engine({ effects: wanted })
    await engine.start()
    const first = await runnerOn(rig, 'first', async () => {})
    await until('a runner', async () => (await first.runner.state()).runner)
    const second = await runnerOn(rig, 'second', async () => {})
    try {
      await callsEnd(rig, 'c1', 'c2', 'c3')
      await until(
        'jobs that are done',
        async () => (await queued(rig)).filter(({ state }) => state === 'done').length === 3,
      )
      assert.equal([first.done.toSorted(), second.done], [['c1', 'c2', 'c3'], []])
      await first.stop()
      await callsEnd(rig, 'c4')
      await until('the other, who goes on', () => second.done.length === 1)
      assert.is(first.done.length, 3)
    } finally {
      await second.stop()
    }
  }),
)

effects(
  'are not held up by one that never ends and hears no signal: it is made again, and the others leave meanwhile',
  withRig('effects_deaf', async (rig) => {
    toNow(rig)
    const engine = rig.engine({ effects: wanted })
    await engine.start()
    const begun: string[] = []
    const runner = await runnerOn(rig, 'first', async (job) => {
      const callId = job.row['callId'] as string
      begun.push(callId)
      if (callId === 'c1' && begun.filter((one) => one === callId).length === 1) await new Promise<never>(() => {})
    })
    try {
      await callsEnd(rig, 'c1')
      await until('one that never ends', () => begun.length === 1)
      await callsEnd(rig, 'c2')
      await until(
        'jobs that are done',
        async () => (await queued(rig)).filter(({ state }) => state === 'done').length === 2,
      )
      assert.equal(
        [runner.done.toSorted(), (await queued(rig)).map(({ attempts }) => attempts)],
        [
          ['c1', 'c2'],
          [2, 1],
        ],
      )
    } finally {
      await runner.stop()
    }
  }),
)

effects(
  'are made by nobody on an old belief: a holder whose lease was given to another takes no job',
  withRig('effects_fence', async (rig) => {
    toNow(rig)
    const engine = rig.engine({ effects: wanted })
    await engine.start()
    const old = await runnerOn(rig, 'old', async () => {})
    try {
      await until('a runner', async () => (await old.runner.state()).runner)
      // Given to another process behind its back, as after a stop longer than a lease; it still believes it has it.
      await rig.sql(`update processes.leases set epoch = epoch + 1, holder = 'new', until = clock_timestamp() + interval '1 hour', backend = pg_backend_pid(),
      began = (select backend_start from pg_stat_activity where pid = pg_backend_pid()) where name = 'jobs'`)
      await callsEnd(rig, 'c1')
      await rig.caughtUp(engine)
      await until('that it has learnt it', async () => !(await old.runner.state()).runner)
      assert.equal(old.done, [])
      assert.is((await queued(rig))[0]!.attempts, 0)
    } finally {
      await old.stop()
    }
  }),
)

effects(
  'are tried again when they fail, and given up after many attempts, which is reported and visible',
  withRig('effects_dead', async (rig) => {
    toNow(rig)
    const engine = rig.engine({ effects: wanted })
    await engine.start()
    const told: string[] = []
    const tries = new Map<string, number>()
    const work = await runnerOn(
      rig,
      'only',
      async ({ row }, signal) => {
        const callId = row['callId'] as string
        const count = (tries.get(callId) ?? 0) + 1
        tries.set(callId, count)
        if (callId === 'once' && count === 1) throw new Error('not at home')
        if (callId === 'never') throw new Error('never at home')
        // Does not answer until it is given up.
        if (callId === 'silent' && count === 1) await once(signal, 'abort').then(() => signal.throwIfAborted())
      },
      told,
    )
    try {
      await callsEnd(rig, 'once', 'never', 'silent')
      await until(
        'all that can be done',
        async () => (await queued(rig)).filter(({ state }) => state !== 'waiting').length === 3,
      )
      const rows = new Map((await queued(rig)).map((job) => [job.row['callId'], job]))
      assert.equal(
        [...rows].map(([callId, { state, attempts }]) => [callId, state, attempts]),
        [
          ['once', 'done', 2],
          ['never', 'dead', 3],
          ['silent', 'done', 2],
        ],
      )
      assert.is(rows.get('never')!.last_error, 'never at home')
      assert.equal(told.filter((line) => line === 'a job was given up').length, 1)
      const { waiting, dead } = await work.runner.state()
      assert.equal([waiting, dead], [0, 1])
    } finally {
      await work.stop()
    }
  }),
)

effects(
  'BX-15: a finished call is sent to a customer’s system, signed, with an id that stays the same when repeated',
  withRig('effects_hook', async (rig) => {
    toNow(rig)
    const engine = rig.engine({ effects: wanted })
    await engine.start()
    const got: { headers: IncomingMessage['headers']; body: string }[] = []
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const part of request) body += part
      got.push({ headers: request.headers, body })
      // Down at first.
      response.writeHead(got.length === 1 ? 503 : 204).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const secret = 'a secret of sixteen signs'
    const work = await runnerOn(
      rig,
      'only',
      callRecordHook({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/calls`, secret }),
    )
    try {
      await callsEnd(rig, 'c1')
      await until('a record that was taken', async () => (await queued(rig))[0]?.state === 'done')
      assert.is(got.length, 2)
      assert.is(got[0]!.headers['idempotency-key'], got[1]!.headers['idempotency-key'])
      assert.is(got[0]!.body, got[1]!.body)
      const record = JSON.parse(got[1]!.body) as { kind: string; tenant: string; call: Record<string, unknown> }
      assert.equal(
        [record.kind, record.tenant, record.call['callId'], record.call['endedBy']],
        [CALL_RECORD, 'test', 'c1', 'customer'],
      )
      assert.not(got[1]!.body.includes('13800002225'), 'no number')
      const signed = got[1]!.headers['ledgerline-signature'] as string
      assert.is(signed, signatureOf(got[1]!.body, secret, Number(/t=(\d+)/.exec(signed)![1])))
    } finally {
      await work.stop()
      server.close()
    }
  }),
)

effects.run()

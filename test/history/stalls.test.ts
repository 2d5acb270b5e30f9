/** An import over a log that does not answer for a while. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { importAnonymousBank, UnfinishedImport } from '@ledgerline/adapters/import/anonymous-bank/import.ts'
import type { Stall } from '@ledgerline/adapters/import/stalls.ts'
import type { Append, EventLog } from '@ledgerline/core/kernel/log.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { bankFile, bankRow, bankTarget, everything, withFiles } from '../support/history.ts'

const rows = Array.from({ length: 1000 }, (_, i) => bankRow({ call_id: String(i), server: `S${i % 5}` }))

/** A log that fails on some of its calls; with `done`, after it did what was asked. */
function failing(log: EventLog, fails: (call: number, what: string) => 'before' | 'after' | null): EventLog {
  let calls = 0
  const through = <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const how = fails(calls++, what)
    const lost = () => Promise.reject(new Problem('log.unavailable', { reason: 'it stands still' }))
    return how === 'before' ? lost() : how === 'after' ? work().then(lost) : work()
  }
  return {
    append: (...args) => through('append', () => log.append(...args)),
    appendMany: (appends: readonly Append[]) => through('appendMany', () => log.appendMany(appends)),
    readStream: (...args) => through('readStream', () => log.readStream(...args)),
    readAll: (...args) => log.readAll(...args),
    subscribe: (...args) => log.subscribe(...args),
    head: () => through('head', () => log.head()),
    identity: () => log.identity(),
    awayMs: () => log.awayMs(),
    close: () => log.close(),
  }
}

const stalls = suite('an import over a log that stands still')

for (const how of ['before', 'after'] as const) {
  stalls(`rides it out, reports it, and counts what it brought as its own (answers lost ${how} the work)`, async () => {
    const target = bankTarget()
    const told: Stall[] = []
    // The first request, and every second of many.
    let batches = 0
    const log = failing(target.log, (call, what) =>
      call === 0 || (what === 'appendMany' && batches++ % 2 === 0) ? how : null,
    )
    await withFiles({ f: bankFile(...rows) }, async ({ f }) => {
      const report = await importAnonymousBank({
        files: [f!],
        ...target,
        log,
        firstPauseMs: 1,
        onStall: (stall) => told.push(stall),
      })
      assert.equal(
        [report.calls, report.alreadyThere, report.repeated, report.notLoaded, report.events],
        [1000, 0, 0, 0, 5000],
      )
    })
    assert.ok(
      told.length >= 5 &&
        told.every(({ problem, againInMs }) => isProblem(problem, 'log.unavailable') && againInMs !== null),
      `${told.length}`,
    )
    assert.is((await everything(target)).length, 5000 + 1 + 5)
  })
}

stalls('gives up in the end, reports what it did, and continues from there next time', async () => {
  const target = bankTarget()
  let batches = 0
  const log = failing(target.log, (_, what) => (what === 'appendMany' && ++batches > 3 ? 'before' : null))
  await withFiles({ f: bankFile(...rows) }, async ({ f }) => {
    const told: Stall[] = []
    const error = await importAnonymousBank({
      files: [f!],
      ...target,
      log,
      patienceMs: 50,
      firstPauseMs: 1,
      onStall: (stall) => told.push(stall),
    }).then(
      () => assert.unreachable(),
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof UnfinishedImport && isProblem(error, 'log.unavailable'))
    assert.is(told.at(-1)!.againInMs, null)
    const { calls } = error.report
    assert.ok(calls > 0 && calls < 1000)
    const report = await importAnonymousBank({ files: [f!], ...target })
    assert.equal([report.calls, report.alreadyThere], [1000, calls])
  })
})

stalls('is stopped at once while it waits', async () => {
  const stop = new AbortController()
  const log = failing(bankTarget().log, () => 'before')
  await withFiles({ f: bankFile(...rows) }, async ({ f }) => {
    const importing = importAnonymousBank({
      files: [f!],
      ...bankTarget(),
      log,
      firstPauseMs: 3_600_000,
      signal: stop.signal,
      onStall: () => stop.abort(new Error('enough')),
    })
    await importing.then(
      () => assert.unreachable(),
      (error: Error) => assert.is(error.message, 'enough'),
    )
  })
})

stalls.run()

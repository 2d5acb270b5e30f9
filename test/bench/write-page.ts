/**
 * Measures event logs and projections side by side and writes the results into ops/docs/log-benchmarks.md: `node
 * test/bench/write-page.ts`, with EVENT_LOG (or LIVE_EVENTSTORE) for the part about EventStoreDB. `--events N`: a
 * smaller or larger ledger for projections and rebuilds.
 */
import { execFile, execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { availableParallelism, loadavg } from 'node:os'
import { promisify } from 'node:util'
import type { BenchCase, BenchResult } from './result.ts'
import { PEER_EVENTS } from './peers/beside.ts'

const main = fileURLToPath(new URL('../../ops/cli/main.ts', import.meta.url))
const page = new URL('../../ops/docs/log-benchmarks.md', import.meta.url)
const events = process.argv.includes('--events')
  ? process.argv.slice(process.argv.indexOf('--events'), process.argv.indexOf('--events') + 2)
  : []

const commit = execFileSync('git', ['log', '-1', '--format=%h (%cs)'], { encoding: 'utf8' }).trim()

async function bench(name: string): Promise<BenchResult> {
  console.error(`bench ${name} …`)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-deprecation', '--max-semi-space-size=64', main, 'bench', name, '--json', ...events],
    { maxBuffer: 16 * 2 ** 20 },
  )
  return JSON.parse(stdout) as BenchResult
}

/** `what: who` of a case; who is null if there is nobody to compare with. */
function named({ case: name }: BenchCase): { what: string; who: string | null } {
  const [what, who] = name.split(': ') as [string, string | undefined]
  return { what, who: who ?? null }
}

/** Whose figures are compared: the first divided by the second. */
const compared: Readonly<Record<string, readonly [string, string]>> = {
  'EventStoreDB beside PostgreSQL': ['Ledgerline, EventStoreDB', 'Ledgerline, PostgreSQL'],
  "ours beside the official client's": ['Ledgerline, EventStoreDB', 'official client, EventStoreDB'],
}

/** A comparison as in the page's own rows: readers who divide them must get what is written here. */
function fromRows(held: BenchCase): BenchCase {
  const { what, who } = named(held)
  const [first, second] = (compared[who ?? ''] ?? []).map((by) => all.filter((each) => each.case === `${what}: ${by}`))
  if (!first || !second) return held
  if (first.length !== 1 || second.length !== 1) throw new Error(`${held.case}: not one row each to compare`)
  const value = Math.round((first[0]!.value / second[0]!.value) * 100) / 100
  return { ...held, value, met: value >= Number(held.bar!.replace('≥ ', '')) }
}

const figure = ({ value, unit }: BenchCase): string =>
  unit === 'events/s' ? value.toLocaleString('en-GB') : `${value.toLocaleString('en-GB')} ${unit}`
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** One line per measure, one column for each contender. */
function beside(cases: readonly BenchCase[], systems: readonly string[]): string[] {
  const measures = [
    ...new Set(
      cases
        .map((each) => named(each))
        .filter(({ who }) => who !== null && systems.includes(who))
        .map(({ what }) => what),
    ),
  ]
  const lines = measures.map((what) => [
    what,
    ...systems.map(
      (who) => cases.filter((each) => named(each).what === what && named(each).who === who).map(figure)[0] ?? '–',
    ),
  ])
  return [row(['events/s', ...systems]), row(['---', ...systems.map(() => '---:')]), ...lines.map(row)]
}

// Other load on the machine before we begin is not ours; a machine that is busy with it measures little.
const otherLoad = loadavg()[0]!
const isBusy = otherLoad > availableParallelism() / 2
const results = [await bench('log'), await bench('projections'), await bench('rebuild')]
const all = results.flatMap(({ cases }) => cases)
const held = all.filter(({ bar }) => bar !== null).map(fromRows)
const others = all.filter((each) => each.bar === null && named(each).who === null)
// Contenders measured at something that another is measured at too.
const systems = [
  ...new Set(
    all
      .map((each) => named(each).who)
      .filter((who) => who !== null && !who.includes('beside') && !who.endsWith(', the change')),
  ),
] as string[]

writeFileSync(
  page,
  `${[
    '# Event logs and projections, measured side by side',
    '',
    '<!-- Written by `node test/bench/write-page.ts`; changes of the text belong there. -->',
    '',
    `Measured ${new Date().toISOString().slice(0, 10)}, the code of ${commit}, on: ${results[0]!.machine}. All in one go, each ` +
      'benchmark in a process of its own, servers and clients on the same machine. Machines differ, and the same case moves by a ' +
      'fifth between runs: hold the ratios. Code written since is not measured here; `ops/ledgerline bench log|projections|rebuild ' +
      '--json` measures what you have.',
    '',
    ...(isBusy
      ? [
          `**The machine was busy with other work when this was measured** (load average ${otherLoad.toFixed(1)} on ${availableParallelism()} cores before it began): figures are far below what it does alone, and cases that were measured minutes apart cannot be compared. Repeat it on a quiet machine before anything is concluded from a bar that was not met.`,
          '',
        ]
      : []),
    '## Beside each other',
    '',
    ...beside(all, systems),
    '',
    '## What it is held to',
    '',
    row(['case', 'value', 'bar', '']),
    row(['---', '---:', '---:', '---']),
    ...held.map((each) => row([each.case, figure(each), each.bar!, each.met ? 'met' : '**not met**'])),
    '',
    '## For comparison',
    '',
    row(['case', 'value']),
    row(['---', '---:']),
    ...others.map((each) => row([each.case, figure(each)])),
    '',
    '## How it is measured',
    '',
    '```',
    'node test/bench/write-page.ts                                              # all of this page; PostgreSQL comes along',
    'EVENT_LOG=esdb://host:2113?tls=false node test/bench/write-page.ts         # with EventStoreDB or KurrentDB',
    'ops/ledgerline bench log --json                                            # one of them: log, projections, rebuild',
    '```',
    '',
    '- **Events**: those of a busy call centre (`test/bench/events.ts`): some 300 calls open at once, 500 agents, 50 queues, 362 bytes an event on average once they are stored. The same seed gives the same events. Appends are of one such event, or 100.',
    '- **Append**: each to a new stream that must not exist, on disk before it is answered (`fsync` on), on PostgreSQL from one connection or pool as each library opens it. *64 in flight*, *8 in flight*: as many callers, each waiting for its own answer; one alone waits for the disk each time. All of them in turns, three rounds, the best of each.',
    '- **Read**: the whole log, in order, data and metadata parsed; the best of three. The official client in its own loop (`for await … of readAll()`).',
    '- **Live**: tables follow the log from its first event to its head, page by page, rows and checkpoint in one transaction whose commit does not wait for the disk (what a crash takes back is folded again). PostgreSQL and EventStoreDB one right after the other; *beside* is always the quotient of two rows of this page. *Rebuild*: the same tables by each one’s own way to build again. *One small table*: a row a call of five columns, folded from five types of event (`test/bench/peers/overview.ts`). Ours validates every event against its schema and opens sealed personal fields; the peers do neither and store none sealed.',
    `- **Peers** (benchmark only, never a dependency of the product), on the same PostgreSQL server: [act](https://github.com/rotorsoft/act-root) with \`@rotorsoft/act-pg\`, and [Emmett](https://event-driven-io.github.io/emmett/) with \`@event-driven-io/emmett-postgresql\`, the newest that install together from npm; each as its documentation shows, with batches of 1,000 instead of its smaller default, prepared statements, and commits that do not wait for the disk while it folds. Their tables are folded from ${PEER_EVENTS.toLocaleString('en-GB')} events, ours from all: at a pace that does not change with the number. All must come to the same sums, or the benchmark fails.`,
    '',
    'Where they measure something a little different:',
    '',
    '- act: `commit` of its store is measured, without the loading and validating of its actions. Its reactions run one after another for one target stream, one statement each, acknowledged once a batch and outside of the statements’ transactions: at least once, not exactly once. It has no way to build a table again in this version: its place is reset and everything drained anew.',
    '- Emmett: its projector handles a batch in one transaction together with its checkpoint, as ours. Its log is filled by one writer: filled by eight at once, its projector (which reads in the order of transactions and goes on by position) passed over some of the events, and the sums did not agree.',
    '- Ours: appends that wait at the same moment are joined into one call of the server, each with its own revision check and answer; one caller who waits for each answer gains nothing from it.',
  ].join('\n')}\n`,
)
console.error('ops/docs/log-benchmarks.md')

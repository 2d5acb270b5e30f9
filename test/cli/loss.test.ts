/**
 * Events that someone took out of the ledger, on both logs: nothing is folded without them until someone accepts it,
 * and then the ledger says what is gone, who accepted it, and when.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openLog } from '@ledgerline/adapters/log/open.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { lossStream } from '@ledgerline/core/ledger/events.ts'
import { StandIn } from '../eventstore/standin.ts'
import { everything } from '../support/log-reading.ts'
import { bankFile, bankRow } from '../support/history.ts'
import { freshDatabase } from '../support/postgres.ts'
import { tablesDatabase } from '../support/tables.ts'
import { ledgerline, openDirectory, type Ran } from './run.ts'

/** The beginning of a day: a few dozen calls. */
const rows = gunzipSync(readFileSync(new URL('../../fixtures/anonymous-bank-1999-02-03.txt.gz', import.meta.url)))
  .toString('latin1')
  .split('\n')
  .slice(0, 60)
  .join('\n')

interface Ledger {
  env: NodeJS.ProcessEnv
  /** The log's address. */
  url: string
  /** Removes the events of a stream before a revision. */
  cut(stream: string, before: number): Promise<void>
  /** Removes a whole stream. */
  remove(stream: string): Promise<void>
  close(): Promise<unknown>
}

const ledgers: Record<string, () => Promise<Ledger>> = {
  async PostgreSQL() {
    const [database, log] = [await tablesDatabase('loss'), await freshDatabase('loss_log')]
    const cut = async (stream: string, before: number): Promise<void> => {
      const client = connection(log.url, { application: 'knife' })
      await client.connect()
      await client.query('alter table log.events disable trigger never_changed')
      await client.query('delete from log.events where stream = $1 and revision < $2', [stream, before])
      await client.query('alter table log.events enable trigger never_changed')
      await client.end()
    }
    return {
      env: { DATABASE_URL: database.url, LOG_DATABASE_URL: log.url },
      url: log.url,
      cut,
      remove: (stream) => cut(stream, 2 ** 31 - 1),
      close: () => Promise.all([database.drop(), log.drop()]),
    }
  },
  async EventStoreDB() {
    const [database, log, server] = [
      await tablesDatabase('loss'),
      await freshDatabase('loss_log'),
      await StandIn.start(),
    ]
    return {
      env: { DATABASE_URL: database.url, LOG_DATABASE_URL: log.url, EVENT_LOG: server.url() },
      url: server.url(),
      async cut(stream, before) {
        server.ledger.truncate(stream, BigInt(before))
        server.ledger.scavenge()
      },
      async remove(stream) {
        server.ledger.tombstone(stream)
        server.ledger.scavenge()
      },
      close: () => Promise.all([server.close(), database.drop(), log.drop()]),
    }
  },
}

for (const [name, open] of Object.entries(ledgers)) {
  const test = suite(`events that are gone from the ledger: ${name}`)
  const scratch = openDirectory()
  let ledger: Ledger
  let streams: string[] = []
  const ask = (...args: string[]): Promise<Ran> => ledgerline([...args, '--data', scratch.path], ledger.env)
  const read = async () => {
    const log = await openLog({ url: ledger.url })
    const all = await everything(log)
    const losses = await log.readStream(lossStream)
    await log.close()
    return { all, losses }
  }

  test.before(async () => {
    ledger = await open()
    const file = join(scratch.path, '1999-02.txt')
    writeFileSync(file, `${rows}\n`)
    const { code, err } = await ask('import', 'anonymous-bank', file)
    assert.is(code, 0, err)
    const counts = new Map<string, number>()
    for (const { stream } of (await read()).all) counts.set(stream, (counts.get(stream) ?? 0) + 1)
    streams = [...counts]
      .filter(([stream, count]) => stream.startsWith('imported_call-') && count >= 5)
      .map(([stream]) => stream)
  })
  test.after(async () => {
    scratch.remove()
    await ledger.close()
  })

  test('a complete ledger is folded again, and reported as complete', async () => {
    assert.is((await ask('rebuild', 'calls')).code, 0)
    const { code, out } = await ask('verify', 'calls')
    assert.is(code, 0)
    assert.match(out, /The tables equal the ledger/)
    assert.not.match(out, /gone/)
  })

  test('a loss is refused and named; the tables stay as they were', async () => {
    await ledger.cut(streams[0]!, 3)
    const before = (await ask('sql', 'select count(*) from calls')).out
    const { code, err } = await ask('rebuild', 'calls')
    assert.is.not(code, 0)
    assert.match(err, /Events are gone from the ledger, or differ from what was sealed: 3 missing/)
    assert.ok(err.includes(`${streams[0]} 0–2`), err)
    assert.match(err, /--accept-loss/)
    assert.is((await ask('sql', 'select count(*) from calls')).out, before)
    assert.equal((await read()).losses, [])
  })

  test('verify reports it, even if the tables would equal what is left', async () => {
    const { code, out } = await ask('verify', 'calls')
    assert.is(code, 1)
    assert.match(out, /3 events are gone/)
    assert.ok(out.includes(`${streams[0]}: revisions 0 to 2 are not there`), out)
    assert.match(out, /The ledger itself is NOT complete/)
    assert.is((await ask('verify', '--chain')).code, 1)
  })

  test('the call that lost them says so: this is not our defect', async () => {
    const { code, err } = await ask('replay', '--call', streams[0]!.slice(streams[0]!.indexOf('.') + 1))
    assert.is.not(code, 0)
    assert.match(err, /Events of stream .* are gone from the event log: revision 0 is missing, the next one is 3/)
  })

  test('once someone accepts it, the ledger says what is gone, who accepted it and when', async () => {
    const begun = Date.now()
    const { code, out, err } = await ask('rebuild', 'calls', '--accept-loss')
    assert.is(code, 0, err)
    assert.ok(out.includes(`${streams[0]}: revisions 0 to 2 are not there`), out)
    const [loss, ...others] = (await read()).losses
    assert.equal(others, [])
    assert.is(loss!.type, 'LossAccepted')
    const data = JSON.parse(loss!.data) as Record<string, unknown>
    assert.is(data['events'], 3)
    assert.equal(data['streams'], [{ stream: streams[0], from: 0, to: 2 }])
    const { a, at } = JSON.parse(loss!.metadata) as { a: string; at: number }
    assert.match(a, /^operator:./)
    assert.ok(at >= begun && at <= Date.now())
  })

  test('from then on tables are folded without it, and this is reported', async () => {
    assert.is((await ask('rebuild', 'calls')).code, 0)
    const { code, out } = await ask('verify', 'calls')
    assert.is(code, 0, out)
    assert.match(out, /3 events are gone .* accepted by operator:/)
    assert.is((await ask('rebuild', 'calls', '--accept-loss')).code, 0)
    assert.is((await read()).losses.length, 1, 'nothing new to be accepted')
  })

  test('a later loss is refused again', async () => {
    await ledger.cut(streams[1]!, 2)
    const { code, err } = await ask('rebuild', 'calls')
    assert.is.not(code, 0)
    assert.match(err, /5 missing/)
    assert.is((await ask('rebuild', 'calls', '--accept-loss')).code, 0)
    assert.is((await read()).losses.length, 2)
    assert.is((await ask('rebuild', 'calls')).code, 0)
  })

  test('a whole stream lost before it was sealed is noticed by the rows that the tables have of it', async () => {
    const file = join(scratch.path, '1999-03.txt')
    writeFileSync(file, `${bankFile(bankRow({ call_id: '1' }), bankRow({ call_id: '2' }), bankRow({ call_id: '3' }))}`)
    assert.is((await ask('import', 'anonymous-bank', file, '--tenant', 'other')).code, 0)
    const stream = (await read()).all.find(
      ({ stream: name, type }) => name.startsWith('imported_call-other.') && type === 'CallEnded',
    )!.stream
    await ledger.remove(stream)
    const refused = await ask('rebuild', 'calls')
    assert.is.not(refused.code, 0)
    const verified = await ask('verify', 'calls')
    assert.is(verified.code, 1)
    assert.match(verified.out, /The ledger itself is NOT complete/)
    assert.ok(refused.err.includes(`${stream} 0–`), refused.err)
    assert.ok(verified.out.includes(`${stream}: the tables know it, but nothing of it is there`), verified.out)
    const { code, err } = await ask('rebuild', 'calls', '--accept-loss')
    assert.is(code, 0, err)
    assert.equal((JSON.parse((await read()).losses.at(-1)!.data) as { absent: string[] }).absent, [stream])
    const again = await ask('verify', 'calls')
    assert.is(again.code, 0, again.out)
    assert.match(again.out, /accepted by operator:/)
  })

  test.run()
}

/** `log copy` as it is typed: from PostgreSQL to PostgreSQL, killed in the middle, run again, verified. */
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { DEMO_DAY } from '@ledgerline/fixtures/demo.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { fill } from '../bench/events.ts'
import { freshDatabase } from '../support/postgres.ts'
import { tablesDatabase } from '../support/tables.ts'
import { ledgerline, openDirectory, start } from './run.ts'

const test = suite('log copy, typed')
const scratch = openDirectory()
const from = await freshDatabase('typed_copy_from')
const to = await freshDatabase('typed_copy_to')
const log = await openPostgresLog({ url: from.url })
const total = await fill(log, new Codec(catalogue, memoryVault()), { events: 12_000 })
const copy = (...options: string[]) => ledgerline(['log', 'copy', '--from', from.url, '--to', to.url, ...options])

test.after(async () => {
  await log.close()
  scratch.remove()
  await Promise.all([from.drop(), to.drop()])
})

/** Events in the target; none before its tables exist. */
async function count(): Promise<number> {
  const client = connection(to.url, { application: 'test' })
  await client.connect()
  try {
    return (await client.query<{ count: number }>('select count(*) from log.events')).rows[0]!.count
  } catch {
    return 0
  } finally {
    await client.end()
  }
}

test('killed in the middle it continues where it stopped, and ends with everything compared', async () => {
  const child = start(['log', 'copy', '--from', from.url, '--to', to.url])
  const gone = once(child, 'exit')
  while ((await count()) === 0 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2))
  child.kill('SIGKILL')
  await gone
  const { code, out, err } = await copy()
  assert.is(code, 0, err)
  const [, copied, there] = /^([\d,]+) events copied, ([\d,]+) were already there\./
    .exec(out)!
    .map((text) => Number(text.replaceAll(',', '')))
  assert.is(copied! + there!, total)
  assert.ok(there! > 0, 'something was there when it was killed')
  assert.match(out, new RegExp(`The copy equals the original: ${total.toLocaleString('en-GB')} events`))
  assert.match(out, /ops\/ledgerline rebuild/)
})

test('only verifies, without writing; its exit code is 1 if the copy differs', async () => {
  const answer = JSON.parse((await copy('--verify', '--json')).out) as { equal: boolean; events: number; copy: null }
  assert.equal([answer.equal, answer.events, answer.copy], [true, total, null])
  await log.append('call-bench.late', 'none', [
    {
      id: '00000000-0000-4000-8000-000000000001',
      type: 'LegRinging',
      data: '{"callId":"late","legId":"l"}',
      metadata: '{"t":"bench","a":"test","at":1}',
    },
  ])
  const { code, out } = await copy('--verify')
  assert.is(code, 1)
  assert.match(
    out,
    /the copy ends; the original continues with LegRinging 00000000-0000-4000-8000-000000000001, call-bench\.late 0/,
  )
  const again = await copy()
  assert.equal([again.code, again.out.startsWith('1 events copied')], [0, true])
  assert.match(
    (await ledgerline(['--lang', 'zh', 'log', 'copy', '--from', from.url, '--to', to.url, '--verify'])).out,
    /副本与原日志一致/,
  )
})

test('a target that contains other events, the same log twice and an invalid address are refused in one line', async () => {
  const other = await freshDatabase('typed_copy_other')
  try {
    const strange = await openPostgresLog({ url: other.url })
    await strange.append('call-x.1', 'none', [
      { id: '00000000-0000-4000-8000-000000000001', type: 'Strange', data: '{}', metadata: '{}' },
    ])
    await strange.close()
    const { code, err } = await ledgerline(['log', 'copy', '--from', from.url, '--to', other.url])
    assert.is(code, 1)
    assert.match(err, /^The target contains other events: Strange 00000000-0000-4000-8000-000000000001 \(call-x\.1 0/)
  } finally {
    await other.drop()
  }
  assert.match(
    (await ledgerline(['log', 'copy', '--from', from.url, '--to', from.url])).err,
    /^Both addresses lead to the same log\./,
  )
  const mistyped = await ledgerline(['log', 'copy', '--to', 'redis://user:secret@host'])
  assert.match(mistyped.err, /^--to is not the address of a log\./)
  assert.not.match(mistyped.err, /secret/)
  assert.match((await ledgerline(['log', 'copy'])).err, /--to is missing/)
  assert.match(
    (await ledgerline(['--lang', 'zh', 'log', 'copy', '--from', from.url, '--to', from.url])).err,
    /两个地址指向同一个日志/,
  )
})

test('without --from it copies the PostgreSQL log of the house', async () => {
  const env = { DATABASE_URL: from.url, LOG_DATABASE_URL: from.url }
  const { code, out, err } = await ledgerline(['log', 'copy', '--to', to.url, '--data', scratch.path], env)
  assert.is(code, 0, err)
  assert.match(out, /^0 events copied/)
})

test('a house started on the moved log is told so and does nothing; rebuild folds its tables from it', async () => {
  const tables = await tablesDatabase('typed_copy_tables')
  const house = (logUrl: string) => ({ DATABASE_URL: tables.url, LOG_DATABASE_URL: logUrl })
  const ask = (args: string[], env: NodeJS.ProcessEnv) => ledgerline([...args, '--data', scratch.path], env)
  try {
    assert.is((await ask(['verify', 'calls'], house(from.url))).code, 0)
    const refused = await ask(['verify', 'calls'], house(to.url))
    assert.equal([refused.code, refused.out], [1, ''])
    assert.match(
      refused.err,
      /^The tables were folded from another log than the one in use\. .*ops\/ledgerline rebuild/,
    )
    const child = start(['up', '--port', '0', '--data', scratch.path], house(to.url))
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    assert.is(code, 1)
    assert.match(said, /The tables were folded from another log/)
    // Forgetting to name the ledger must not report that all is well, nor fold the tables from nothing.
    for (const forgotten of [
      ['verify', '--chain'],
      ['rebuild'],
      ['replay', '--agent', '201'],
      ['sql', 'select 1'],
      ['import', 'anonymous-bank', DEMO_DAY],
    ]) {
      const { code, out, err } = await ask(forgotten, house(to.url))
      assert.equal([code, out], [1, ''], forgotten.join(' '))
      assert.match(err, /The tables were folded from another log/, forgotten.join(' '))
    }
    const copied = await ask(['log', 'copy', '--to', from.url], house(to.url))
    assert.equal(
      [copied.code, copied.err.trimEnd()],
      [
        1,
        'The PostgreSQL log here is not the ledger in use, which is elsewhere. Name the log to copy with --from, such as --from "$EVENT_LOG".',
      ],
    )
    const rebuilt = await ask(['rebuild', '--other-log', 'calls'], house(to.url))
    assert.is(rebuilt.code, 0, rebuilt.err)
    assert.is((await ask(['verify', 'calls'], house(to.url))).code, 0)
    assert.match((await ask(['--lang', 'zh', 'verify', 'calls'], house(from.url))).err, /现有数据表由另一个日志生成/)
  } finally {
    await tables.drop()
  }
})

test.run()

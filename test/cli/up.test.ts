/** `up` as a process: ready, one owner, one port, and gone politely. Time limit: 120 s. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ledgerline, openDirectory, start } from './run.ts'

const scratch = openDirectory()
const data = join(scratch.path, 'data')

const test = suite('up')
test.after(() => scratch.remove())

test('answers at the printed address, holds its data and its port, and ends when told to', async () => {
  const child = start(['up', '--demo', '--port', '0', '--data', data])
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const said: string[] = []
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  try {
    const [line] =
      (await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()).value?.match(
        /http:\/\/127\.0\.0\.1:\d+/,
      ) ?? []
    assert.ok(line, said.join(''))
    assert.match(said.join(''), 'Replaying 1999-02-03, 10 times as fast.')
    const port = new URL(line).port

    const agents = (await (await fetch(`${line}/api/v1/agent_monitor`)).json()) as { rows: unknown[] }
    assert.ok(agents.rows.length > 5)
    assert.equal(
      JSON.parse(
        (await ledgerline(['sql', 'select count(*) as agents from agent_monitor', '--data', data, '--json'])).out,
      ),
      [{ agents: agents.rows.length }],
    )

    const second = await ledgerline(['up', '--port', '0', '--data', data])
    assert.equal(
      [second.code, second.err.trimEnd()],
      [
        1,
        `The data directory ${data} is in use by process ${child.pid}. Stop that process first, or choose another directory with --data.`,
      ],
    )
    const sameDoor = await ledgerline(['up', '--port', port, '--data', join(scratch.path, 'other')])
    assert.is(sameDoor.code, 1)
    assert.match(sameDoor.err.trimEnd(), new RegExp(`^Port ${port} is in use by another program\\..*--port\\.$`))
  } finally {
    child.kill('SIGTERM')
  }
  assert.is(await exited, 0)
  assert.not(existsSync(join(data, 'owner.json')))
  assert.not(existsSync(join(data, 'postgres', 'postmaster.pid')))
  assert.is((await ledgerline(['verify', '--data', data])).code, 0)
})

test.run()

/** `up` as a process: ready, one owner, one port, and gone politely. Time limit: 120 s. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { until } from '../support/gate.ts'
import { rowsOf } from '../support/owners.ts'
import { ledgerline, openDirectory, start } from './run.ts'

const scratch = openDirectory()
const data = join(scratch.path, 'data')
const COUNT = 'select count(*) as agents from agent_monitor'

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

    // People sign in one after the other, and the tables follow: HTTP and SQL have the same, once nobody comes between.
    const counted = async (): Promise<number> => (await rowsOf(line, 'agent_monitor?limit=200')).length
    await until('agents that HTTP and SQL count alike', async () => {
      const agents = await counted()
      const [asked] = JSON.parse((await ledgerline(['sql', COUNT, '--data', data, '--json'])).out) as {
        agents: number
      }[]
      return agents > 5 && agents === (await counted()) && asked!.agents === agents
    })

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

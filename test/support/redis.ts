/** A Redis server for tests: Debian's own, on a free port, with nothing on disk. Tests can kill and restart it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { until } from './gate.ts'

export interface TestRedis {
  url: string
  /** Ends it as a crash would. */
  kill(): Promise<void>
  /** It stops answering but keeps its connections until it is resumed. */
  stall(): void
  goOn(): void
  /** Starts it again at the same address. */
  start(): Promise<void>
  stop(): Promise<void>
}

export async function startRedis(): Promise<TestRedis> {
  const directory = mkdtempSync(join(tmpdir(), 'ledgerline-redis-'))
  const port = await freePort()
  let child: ChildProcess | null = null
  let missing: Error | null = null
  const end = (): void => void child?.kill('SIGKILL')
  process.once('exit', end)
  const redis: TestRedis = {
    url: `redis://127.0.0.1:${port}`,
    async kill() {
      const exited = child && child.exitCode === null ? once(child, 'exit') : null
      end()
      await exited
    },
    stall: () => void child?.kill('SIGSTOP'),
    goOn: () => void child?.kill('SIGCONT'),
    async start() {
      child = spawn(
        'redis-server',
        ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory],
        { stdio: 'ignore' },
      )
      child.once(
        'error',
        (error) => (missing = new Error('there is no redis-server: ops/test installs it', { cause: error })),
      )
      await until('a Redis that answers', () => {
        if (missing) throw missing
        return answers(port)
      })
    },
    async stop() {
      await redis.kill()
      process.off('exit', end)
      rmSync(directory, { recursive: true, force: true })
    },
  }
  await redis.start()
  return redis
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

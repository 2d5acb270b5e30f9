/** This machine: the version of Node, limits, disk, the port of the screens, and ffmpeg. */
import { spawn } from 'node:child_process'
import { readFile, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { within } from '@ledgerline/adapters/postgres/line.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { projectRoot, type Config } from '../config.ts'
import { bad, good, hint, PATIENCE_MS, type Check, type Finding } from './finding.ts'

/** A connection a call and one a board, and the log's files besides. */
const FILES_WANTED = 4_096
/** The house itself, and an embedded database. */
const MEMORY_WANTED = 2 * 1024 ** 3
const DISK_WANTED = 2 * 1024 ** 3
const GIB = 1024 ** 3

export async function* machineCheck(config: Config): Check {
  yield await nodeFinding()
  yield await filesFinding()
  if (totalmem() < MEMORY_WANTED)
    yield hint('machine', new Problem('doctor.memory_little', { has: gib(totalmem()), wants: gib(MEMORY_WANTED) }))
  yield await diskFinding(config.directory)
  if (config.roles.includes('api')) yield await portFinding(config.port)
  yield await ffmpegFinding()
}

async function nodeFinding(): Promise<Finding> {
  const wanted = (await readFile(join(projectRoot, '.nvmrc'), 'utf8')).trim()
  const [has, wants] = [process.versions.node, wanted].map((text) => Number(text.split('.')[0]))
  return has! < wants!
    ? bad('machine', new Problem('doctor.node_old', { has: process.versions.node, wants: wanted }))
    : good('machine', `Node ${process.versions.node}`, `Node ${process.versions.node}`)
}

async function filesFinding(): Promise<Finding> {
  // Only Linux tells; elsewhere there is nothing to compare with.
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1]
  const files = soft === undefined || soft === 'unlimited' ? Infinity : Number(soft)
  return files < FILES_WANTED
    ? hint('machine', new Problem('doctor.files_few', { has: files, wants: FILES_WANTED }))
    : good(
        'machine',
        files === Infinity ? 'no limit on open files' : `${files} open files`,
        files === Infinity ? '打开文件数不限' : `可打开 ${files} 个文件`,
      )
}

async function diskFinding(directory: string): Promise<Finding> {
  const where = await nearest(directory)
  const { bavail, bsize } = await statfs(where)
  const free = bavail * bsize
  return free < DISK_WANTED
    ? hint('machine', new Problem('disk.little', { directory, free: Math.floor(free / 1024 ** 2) }))
    : good('machine', `${gib(free)} GiB free in ${where}`, `${where} 剩余 ${gib(free)} GiB`)
}

/** The directory, or that of its parents that exists. */
async function nearest(directory: string): Promise<string> {
  for (let at = directory; ; at = join(at, '..'))
    if (at === '/' || (await statfs(at).catch(() => null)) !== null) return at
}

/** Free, or taken by a house: by ours, or by the one that it would then get in the way of. */
async function portFinding(port: number): Promise<Finding> {
  if (port === 0 || (await isFree(port)))
    return good('machine', `port ${port || 'any'} is free`, `端口 ${port || '任意'} 可用`)
  const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(PATIENCE_MS) })
    .then((response) => response.json() as Promise<{ node?: unknown; well?: unknown }>)
    .catch(() => null)
  if (typeof answer?.node !== 'string') return bad('machine', new Problem('server.port_taken', { port }))
  return answer.well === true
    ? good('machine', `Ledgerline runs on port ${port} and is well`, `Ledgerline 正在端口 ${port} 上运行，状态良好`)
    : hint('machine', new Problem('doctor.house_unwell', { port }))
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

async function ffmpegFinding(): Promise<Finding> {
  const version = await within(PATIENCE_MS, firstLineOf('ffmpeg', '-version')).catch(() => null)
  if (version === null) return hint('machine', new Problem('doctor.ffmpeg_missing'))
  const number = /version (\S+)/.exec(version)?.[1] ?? ''
  return good('machine', `ffmpeg ${number}`, `ffmpeg ${number}`)
}

/** @throws Error there is no such program */
function firstLineOf(program: string, ...args: string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: PATIENCE_MS })
  return new Promise((resolve, reject) => {
    let text = ''
    child.once('error', reject)
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    child.once('close', (code) => (code === 0 ? resolve(text.split('\n', 1)[0]!) : reject(new Error(`exit ${code}`))))
  })
}

function gib(bytes: number): string {
  return (bytes / GIB).toFixed(1)
}

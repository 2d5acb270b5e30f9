/** The data directory, the databases of tables and log, Redis, and the receiver of call records. */
import { access, constants } from 'node:fs/promises'
import { connect as connectSocket } from 'node:net'
import { probeRedis } from '@ledgerline/adapters/live/redis-probe.ts'
import { addressOf } from '@ledgerline/adapters/postgres/connect.ts'
import { within } from '@ledgerline/adapters/postgres/line.ts'
import { findMasterKey } from '@ledgerline/adapters/keys/master.ts'
import type { Configuration } from '@ledgerline/core/configuration/configuration.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { connect, disconnect } from '@ledgerline/projections/engine/connect.ts'
import type { Config } from '../config.ts'
import { withInstallation, type Installation, type InstallationNotes } from '../installation/installation.ts'
import { configurationOfTenant } from '../routing.ts'
import { bad, clockFinding, good, hint, PATIENCE_MS, type Area, type Check, type Finding } from './finding.ts'

/** Each of our processes keeps some fifteen, and reports take more. */
const CONNECTIONS_WANTED = 60

/** Is there a data directory that we can use, and a key to what is sealed? */
export async function* directoryCheck({ directory, masterKey }: Config): Check {
  const reason = await access(directory, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => null,
    (error: NodeJS.ErrnoException) => error,
  )
  if (reason?.code === 'ENOENT')
    yield good('data', `${directory} will be made at the first start`, `首次启动时将创建 ${directory}`)
  else if (reason) yield bad('data', new Problem('data.not_writable', { directory, reason: reason.message }))
  const key = findMasterKey(directory, masterKey === null ? {} : { LEDGERLINE_MASTER_KEY: masterKey })
  if (key?.wasExposed) yield hint('data', new Problem('doctor.key_was_exposed', { file: key.source }))
  yield key === null
    ? good('data', 'the master key will be made at the first start', '首次启动时将生成主密钥')
    : good('data', `master key from ${key.source}`, `主密钥来自 ${key.source}`)
}

/**
 * Log and tables, opened as every command opens them.
 * @param found called with each tenant's configuration in force, which the later checks ask about
 */
export async function databasesFindings(
  config: Config,
  notes: InstallationNotes,
  found: (configuration: Configuration) => void,
): Promise<Finding[]> {
  const findings: Finding[] = []
  try {
    await withInstallation({ config, use: 'read', notes }, async (installation) => {
      for (const area of ['tables', 'log'] as const)
        if (area === 'tables' || config.eventStore === null)
          findings.push(...(await databaseFindings(area, installation[area], config.databases !== null)))
      findings.push(await headFinding(installation))
      for (const configuration of await configurationsInForce(installation)) found(configuration)
    })
  } catch (error) {
    if (isProblem(error, 'data.none'))
      findings.push(good('tables', 'none yet; `ops/ledgerline up` makes them', '尚无数据；ops/ledgerline up 会创建'))
    else if (isProblem(error)) findings.push(bad(error.code.startsWith('log.') ? 'log' : 'tables', error))
    else throw error
  }
  return findings
}

async function databaseFindings(area: Area, url: string, isServer: boolean): Promise<Finding[]> {
  const client = await connect(url, { application: 'ledgerline doctor', statementMs: PATIENCE_MS })
  try {
    const from = Date.now()
    const { rows } = await client.query<{ version: string; most: number; encoding: string; now: string }>(
      `select current_setting('server_version') as version, current_setting('max_connections')::int as most,
        current_setting('server_encoding') as encoding, (extract(epoch from clock_timestamp()) * 1000)::float8 as now`,
    )
    const to = Date.now()
    const { version, most, encoding, now } = rows[0]!
    const where = addressOf(url)
    const findings: Finding[] = [
      good(
        area,
        `PostgreSQL ${version} at ${where}, ${to - from} ms`,
        `PostgreSQL ${version}（${where}），${to - from} 毫秒`,
      ),
    ]
    if (encoding !== 'UTF8') findings.push(bad(area, new Problem('doctor.encoding', { where, encoding })))
    // The embedded one is set up by us.
    if (isServer && Number(most) < CONNECTIONS_WANTED)
      findings.push(hint(area, new Problem('doctor.connections_few', { where, has: most, wants: CONNECTIONS_WANTED })))
    const clock = clockFinding(area, where, Number(now), { from, to })
    return clock ? [...findings, clock] : findings
  } finally {
    await disconnect(client)
  }
}

async function headFinding({ eventLog }: Installation): Promise<Finding> {
  const from = performance.now()
  const head = await within(PATIENCE_MS, eventLog.head())
  const ms = Math.round(performance.now() - from)
  return head === null
    ? good('log', `answers in ${ms} ms, and is empty`, `${ms} 毫秒内响应，尚为空`)
    : good('log', `answers in ${ms} ms`, `${ms} 毫秒内响应`)
}

async function configurationsInForce({ tables, eventLog, codec }: Installation): Promise<Configuration[]> {
  const configurations: Configuration[] = []
  for (const tenant of await tenantsOf(tables)) {
    const configuration = await configurationOfTenant(tenant, eventLog, codec)
    if (configuration.version > 0) configurations.push(configuration)
  }
  return configurations
}

async function tenantsOf(tables: string): Promise<readonly string[]> {
  const { knownTenants } = await import('@ledgerline/projections/reports/latest.ts')
  const client = await connect(tables, { application: 'ledgerline doctor' })
  try {
    return await knownTenants(client)
  } catch (error) {
    // Tables that nobody has folded yet.
    if (isProblem(error) || (error as { code?: string }).code !== '42P01') throw error
    return []
  } finally {
    await disconnect(client)
  }
}

/** Redis carries live push and registrations; it keeps nothing that must not be lost. */
export async function* redisCheck(url: string): Check {
  const where = new URL(url).host
  try {
    const { version, time, asked } = await probeRedis(url, PATIENCE_MS)
    const ms = asked.to - asked.from
    yield good('redis', `Redis ${version} at ${where}, ${ms} ms`, `Redis ${version}（${where}），${ms} 毫秒`)
    const clock = clockFinding('redis', where, time, asked)
    if (clock) yield clock
  } catch (error) {
    yield bad('redis', new Problem('doctor.unreachable', { what: 'Redis', where, reason: reasonOf(error) }))
  }
}

/** Does somebody listen where call records are sent? Nothing is sent: it would be taken for a call. */
export async function* hookCheck(url: string): Check {
  const { hostname, port, protocol } = new URL(url)
  const socket = connectSocket({ host: hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) })
  const where = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
  try {
    await within(PATIENCE_MS, new Promise<void>((done, fail) => socket.once('connect', done).once('error', fail)))
    yield good('hook', `${where} accepts connections`, `${where} 可以连接`)
  } catch (error) {
    yield bad(
      'hook',
      new Problem('doctor.unreachable', { what: 'CALL_RECORD_HOOK_URL', where, reason: reasonOf(error) }),
    )
  } finally {
    socket.destroy()
  }
}

/** An error of several addresses has no message of its own. */
export function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  return message || code || String(error)
}

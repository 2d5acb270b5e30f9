/** Tries everything that an installation needs, one thing after the other, and says what is wrong and what to do. */
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { Configuration } from '@ledgerline/core/configuration/configuration.ts'
import { readConfig, type Config, type Overrides } from '../config.ts'
import type { InstallationNotes } from '../installation/installation.ts'
import { bad, good, guarded, type Check } from './finding.ts'
import { databasesFindings, directoryCheck, hookCheck, redisCheck } from './data.ts'
import { machineCheck } from './machine.ts'

export interface DoctorOptions {
  env: NodeJS.ProcessEnv
  overrides: Overrides
  notes: InstallationNotes
}

/** Settings that cannot be read end it: nothing else is known without them. */
export async function* doctor({ env, overrides, notes }: DoctorOptions): Check {
  let config: Config
  try {
    config = readConfig(env, overrides)
  } catch (error) {
    if (!isProblem(error)) throw error
    return yield bad('settings', error)
  }
  yield good('settings', `this process does: ${config.roles.join(', ')}`, `本进程的角色：${config.roles.join('、')}`)
  yield* guarded('machine', () => machineCheck(config))
  yield* guarded('data', () => directoryCheck(config))
  const configurations: Configuration[] = []
  yield* guarded('tables', async function* () {
    yield* await databasesFindings(config, notes, (found) => configurations.push(found))
  })
  const { redis, callRecordHook, telephony } = config
  if (redis !== null) yield* guarded('redis', () => redisCheck(redis))
  if (callRecordHook !== null) yield* guarded('hook', () => hookCheck(callRecordHook.url))
  if (telephony === null)
    return yield good(
      'sip',
      'the simulator is the telephone network; DRACHTIO_URL and FREESWITCH_URL name a real one',
      '电话网络为模拟器；真实网络由 DRACHTIO_URL 和 FREESWITCH_URL 指定',
    )
  // Loaded where needed: the SIP library takes its time.
  const { sipCheck, mediaCheck, networkCheck } = await import('./telephony.ts')
  for (const server of telephony.drachtio) yield* guarded('sip', () => sipCheck(server))
  const media = configurations.flatMap(({ network }) => network.media)
  for (const server of telephony.freeswitch) yield* guarded('media', () => mediaCheck(server, telephony, media))
  const { trialCheck } = await import('./trial.ts')
  for (const server of telephony.freeswitch)
    yield* guarded('media', () => trialCheck(telephony.drachtio, server, telephony.prompts))
  const gateways = configurations.flatMap(({ network }) => network.gateways)
  yield* guarded('network', () => networkCheck(gateways))
}

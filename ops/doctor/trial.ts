/** A trial call through every FreeSWITCH: what no question to a server answers, a call of two seconds does. */
import { join } from 'node:path'
import { within } from '@ledgerline/adapters/postgres/line.ts'
import { EventSocket, type EventSocketAddress } from '@ledgerline/adapters/telephony/drachtio/event-socket.ts'
import { TRIAL_KEYS, trialCall, TrialFailed } from '@ledgerline/adapters/telephony/drachtio/trial-call.ts'
import { ServerLine, type ServerAddress } from '@ledgerline/adapters/telephony/sip/server-line.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { bad, good, hint, PATIENCE_MS, type Check } from './finding.ts'

/** The SIP profile that takes calls, as the library looks for it. */
const PROFILE = 'drachtio_mrf'
const TAKES_CALLS = /^\s*drachtio_mrf\s.*sip:mod_sofia@(?:\d{1,3}\.){3}\d{1,3}:\d+/m
/** A house has it in every language. */
const PROMPT = 'greeting.wav'

/** What is missing for it was said before: a server that is away, a profile that does not run. */
export async function* trialCheck(sip: readonly ServerAddress[], media: EventSocketAddress, prompts: string): Check {
  const server = `${media.host}:${media.port}`
  const ownAddress = await addressTowards(media)
  const line = ownAddress === null ? null : await firstOf(sip)
  if (!ownAddress || !line) return
  try {
    const prompt = join(prompts, PROMPT)
    const { answeredMs, promptMs, keys } = await trialCall({
      srf: line.srf!,
      media,
      ownAddress,
      profile: PROFILE,
      prompt,
    })
    if (keys !== TRIAL_KEYS)
      return yield bad('media', new Problem('doctor.trial_keys', { server, heard: keys || '-', pressed: TRIAL_KEYS }))
    const seconds = (promptMs / 1000).toFixed(1)
    yield good(
      'media',
      `a trial call on ${server}: answered after ${answeredMs} ms, a prompt of ${seconds} s played, all keys heard`,
      `${server} 的试呼：${answeredMs} 毫秒接通，播放语音 ${seconds} 秒，按键全部收到`,
    )
  } catch (error) {
    if (!(error instanceof TrialFailed)) throw error
    yield failed(error, server, ownAddress)
  } finally {
    await line.close()
  }
}

function failed({ step, message }: TrialFailed, server: string, where: string) {
  // Only a trial needs this way back; calls of the house do without.
  if (message === 'Connection timeout') return hint('media', new Problem('doctor.trial_no_way_back', { server, where }))
  if (step === 'play') return bad('media', new Problem('doctor.trial_prompt', { server, reason: message }))
  if (step === 'keys')
    return bad('media', new Problem('doctor.trial_keys', { server, heard: '-', pressed: TRIAL_KEYS }))
  return bad('media', new Problem('doctor.trial_call', { server, reason: message }))
}

/** Our address as this server sees it; null: it is away, or takes no calls. */
async function addressTowards(media: EventSocketAddress): Promise<string | null> {
  try {
    const socket = await EventSocket.open({ address: media, events: [], heard: () => {}, gone: () => {} })
    try {
      return TAKES_CALLS.test(await socket.api('sofia status')) ? socket.ownAddress : null
    } finally {
      socket.close()
    }
  } catch {
    return null
  }
}

/** The first SIP server that accepts us. */
async function firstOf(servers: readonly ServerAddress[]): Promise<ServerLine | null> {
  for (const address of servers) {
    let isUp = (): void => {}
    const up = new Promise<void>((resolve) => (isUp = resolve))
    const line = new ServerLine({ address, dice: Math.random, prepare: () => {}, onUp: () => isUp() })
    const isThere = await within(PATIENCE_MS / 2, up).then(
      () => true,
      () => false,
    )
    if (isThere) return line
    await line.close()
  }
  return null
}

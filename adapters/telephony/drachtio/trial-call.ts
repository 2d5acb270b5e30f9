/**
 * A trial call: two endpoints on a media server, called through the SIP server and connected over the network. One plays a
 * prompt and gathers keys, the other presses them. So it proves what no question to a server answers: INVITEs are taken,
 * prompts can be played, and sound goes from where the media server sends it to where it listens.
 *
 * This is the work of drachtio-fsmrf in this house. Its endpoint is a channel with a connection of its own, which obeys one
 * awaited call after the other: play, gather, hang up. For a call that lasts two seconds and has to die with the process that
 * made it, nothing is simpler. A call of a customer is steered by `event-socket.ts` instead, since there the same
 * properties are wrong: it costs twice the processor time, and dies with us.
 */
import Mrf, { type Endpoint, type MediaServer } from 'drachtio-fsmrf'
import { within } from '../../postgres/line.ts'
import type { Srf } from '../sip/srf.ts'
import { EventSocket, type EventSocketAddress } from './event-socket.ts'

export interface TrialOptions {
  /** A connection to a SIP server. */
  srf: Srf
  media: EventSocketAddress
  /** An address of ours that the media server can connect to. It listens there during the call. */
  ownAddress: string
  profile: string
  /** What is played, as the media server finds it. */
  prompt: string
}

/** How far it came, and what it took, ms. */
export interface Trial {
  answeredMs: number
  promptMs: number
  /** What was heard of {@link TRIAL_KEYS}. */
  keys: string
}

export type TrialStep = 'connect' | 'call' | 'play' | 'keys'

/** A step of the trial did not succeed. */
export class TrialFailed extends Error {
  readonly step: TrialStep

  constructor(step: TrialStep, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.step = step
  }
}

export const TRIAL_KEYS = '1379'
/** The library waits for ever: for a connection, for an answer, for the end of a prompt, ms. */
const CONNECT_MS = 5_000
const CALL_MS = 8_000
const PROMPT_MS = 15_000
const KEYS_MS = 5_000
const END_MS = 2_000

/** @throws TrialFailed */
export async function trialCall({ srf, media, ownAddress, profile, prompt }: TrialOptions): Promise<Trial> {
  const { host, port, password } = media
  // To a server that refuses us the library connects again and again, until the process ends.
  const opened = EventSocket.open({ address: media, events: [], heard: () => {}, gone: () => {} })
  const socket = await step('connect', CONNECT_MS, opened, (late) => late.close())
  socket.close()
  const server = await step(
    'connect',
    CONNECT_MS,
    new Mrf(srf).connect({ address: host, port, secret: password, listenAddress: ownAddress, profile }),
    (late) => late.disconnect(),
  )
  const open: Endpoint[] = []
  try {
    const from = performance.now()
    const caller = await called(server, open)
    const answeredMs = Math.round(performance.now() - from)
    const house = await called(server, open, caller.local.sdp)
    await step('call', CALL_MS, caller.modify(house.local.sdp))
    const { playbackMilliseconds } = await step('play', PROMPT_MS, house.play(prompt))
    const length = TRIAL_KEYS.length
    const gathered = house.playCollect({
      file: SILENCE,
      min: length,
      max: length,
      timeout: KEYS_MS,
      digitTimeout: 1_000,
    })
    await step('keys', KEYS_MS, caller.execute('send_dtmf', TRIAL_KEYS))
    const { digits = '' } = await step('keys', KEYS_MS + END_MS, gathered)
    return { answeredMs, promptMs: Number(playbackMilliseconds ?? 0), keys: digits }
  } finally {
    await Promise.all(open.map((endpoint) => within(END_MS, endpoint.destroy()).catch(() => {})))
    server.disconnect()
  }
}

async function called(server: MediaServer, open: Endpoint[], remoteSdp?: string): Promise<Endpoint> {
  const asked = server.createEndpoint({ ...(remoteSdp !== undefined && { remoteSdp }) })
  const endpoint = await step('call', CALL_MS, asked, (late) => void late.destroy().catch(() => {}))
  open.push(endpoint)
  return endpoint
}

const SILENCE = 'silence_stream://10'

/** @param late what becomes of a result that comes when nobody waits for it any more */
async function step<T>(
  name: TrialStep,
  ms: number,
  asked: Promise<T>,
  late: (result: T) => void = () => {},
): Promise<T> {
  try {
    return await within(ms, asked)
  } catch (error) {
    asked.then(late, () => {})
    throw new TrialFailed(name, error)
  }
}

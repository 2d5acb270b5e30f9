/**
 * Everything that a call centre does with one call, on real servers and with nobody's help: in by the gateway, through the
 * menu and the queue, answered with the desk's button, held, whispered at, handed over after a consultation, recorded and
 * rated; seen on the wall while it happens, and in every list and figure afterwards. A second call is answered by the phone.
 * Needs: LIVE_DRACHTIO, LIVE_FREESWITCH. Time limit: 300 s.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { browserHears, speakingBrowser } from '../../support/browser-phone.ts'
import { builtScreens } from '../../support/browser.ts'
import { until } from '../../support/gate.ts'
import { TonePhone } from '../../support/tone-phone.ts'
import { deskOf, SecureSockets } from './browser-desk.ts'
import { Centre, OUTSIDE, type Row } from './centre.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import type { OwnDrachtio } from './server.ts'
import { readWave, secondsOf } from './wave.ts'

/** Hz. */
const [CUSTOMER, FIRST, SECOND, SUPERVISOR] = [400, 700, 900, 1100]

interface Context {
  sockets: SecureSockets
  drachtio: OwnDrachtio
  freeswitch: OwnFreeSwitch
  centre: Centre
  outside: TonePhone
  browser: Browser
  directory: string
}

const test = suite<Context>('a whole call')

test.before.each(async (context) => {
  await builtScreens()
  context.sockets = await SecureSockets.make()
  const { drachtio, url } = await context.sockets.drachtio()
  context.drachtio = drachtio
  context.freeswitch = await OwnFreeSwitch.start()
  context.directory = await mkdtemp(join(tmpdir(), 'ledgerline-whole-'))
  context.outside = await new TonePhone('13800001111', { tone: CUSTOMER, host: OUTSIDE }).start()
  context.centre = await Centre.open(drachtio, context.freeswitch, context.outside.port, {
    LEDGERLINE_PHONE_URL: url,
    LEDGERLINE_RECORDINGS: join(context.directory, 'spool'),
    LEDGERLINE_RECORDING_STORE: join(context.directory, 'store'),
  })
  context.centre.keep(context.outside)
  await context.centre.change((present) => ({
    ...present,
    queues: present.queues.map((queue) => ({ ...queue, survey: { when: 'every_call', waitMs: 20_000 } })),
  }))
  context.browser = await speakingBrowser(FIRST)
})
test.after.each(async ({ browser, centre, drachtio, freeswitch, sockets, directory }) => {
  await until('no channel to be left', async () => (await freeswitch.channels()) === 0)
  await until('nobody to be left in a call', async () =>
    (await centre.get('/api/v1/agent_monitor')).rows.every(({ callId }) => callId === null),
  )
  await browser.close()
  await centre.closeAndVerify()
  await drachtio.remove()
  await freeswitch.remove()
  await sockets.remove()
  await rm(directory, { recursive: true, force: true })
})

/** The wall: what the live stream has shown, by topic and key, and everything that it ever showed of a column. */
class Wall {
  readonly #over = new AbortController()
  readonly #shown = new Map<string, Set<unknown>>()

  /** Listens from now on. */
  async open(centre: Centre): Promise<void> {
    const { signal } = this.#over
    const response = await fetch(`${centre.url}/api/v1/live?topics=calls,agent_monitor,queue_day`, {
      headers: centre.headers,
      signal,
    })
    void this.#read(response).catch((error: Error) => {
      if (!signal.aborted) throw error
    })
  }

  async #read({ body }: Response): Promise<void> {
    let text = ''
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const messages = text.split('\n\n')
      text = messages.pop()!
      for (const message of messages) this.#take(message)
    }
  }

  #take(message: string): void {
    const data = /^data: ?(.*)$/m.exec(message)?.[1]
    if (data === undefined) return
    const { topic, rows, upserts } = JSON.parse(data) as { topic?: string; rows?: Row[]; upserts?: Row[] }
    for (const row of rows ?? upserts ?? [])
      for (const [column, value] of Object.entries(row)) {
        const key = `${topic}.${column}`
        this.#shown.set(key, (this.#shown.get(key) ?? new Set()).add(value))
      }
  }

  /** Was this ever shown? */
  shows(column: string, value: unknown): boolean {
    return this.#shown.get(column)?.has(value) ?? false
  }

  close(): void {
    this.#over.abort()
  }
}

const ended = async (centre: Centre, count: number): Promise<Row[]> => {
  let rows: Row[] = []
  await until(`${count} calls in the list`, async () => {
    rows = (await centre.get('/api/v1/calls?sort=receivedAt')).rows
    return rows.length === count && rows.every(({ status }) => status === 'ended')
  })
  return rows
}

test('A2.2-btn-answer A2.2-btn-hold A2.2-btn-transfer A2.2-btn-satisfaction A3.2.3.5-ivr A11.1.4-recordings C3.5-consult-transfer C5.3-whisper from the gateway to the statistics', async (context) => {
  const { centre, outside, browser, directory } = context
  const wall = new Wall()
  await wall.open(centre)
  const second = await centre.phone('8202', SECOND, { answerAfterMs: 100 })
  const supervisor = await centre.phone('8900', SUPERVISOR, { answerAfterMs: 100 })
  const page = await deskOf(browser, centre, '201')

  // In by the gateway, through the menu, into the queue.
  const heard = outside.packets
  assert.is(await centre.call(outside, '200'), 200)
  await until('the greeting', () => outside.packets > heard + 50)
  await outside.press('1')
  // Answered with the desk's button.
  await page.waitForSelector('[data-phone-call=ringing]')
  await until('the wall to show that it rings', () => wall.shows('agent_monitor.state', 'ringing'))
  await page.click('[data-phone-act=answer]')
  const talks = (): Promise<void> =>
    until(
      'both to talk',
      async () => outside.hears(FIRST).length > 0 && (await browserHears(page, CUSTOMER)).length > 0,
    )
  await talks()
  const { callId } = await centre.agent('201')
  await until('the wall to show the call', () => wall.shows('calls.callId', callId))

  // Held and taken back.
  await page.click('[data-act=hold]')
  await until(
    'the hold',
    async () => outside.hears(FIRST).length === 0 && (await browserHears(page, CUSTOMER)).length === 0,
  )
  await until('the wall to show the hold', () => wall.shows('agent_monitor.state', 'on_hold'))
  await page.click('[data-act=resume]')
  await talks()

  // Whispered at.
  await centre.command('supervisor/whisper', {
    callId,
    agentCode: '201',
    supervisorCode: '900',
    extension: '8900',
  })
  await until(
    'the whisper',
    async () =>
      (await browserHears(page, SUPERVISOR)).length > 0 &&
      outside.hears(SUPERVISOR).length === 0 &&
      supervisor.hears(CUSTOMER, FIRST).length === 2,
  )

  // Handed over after a consultation, and answered by the phone.
  await centre.ready('202')
  const here = { callId, agentCode: '201' }
  await centre.command('calls/consult', { ...here, toAgentCode: '202' })
  await until(
    'the consultation',
    async () => second.hears(FIRST).length > 0 && (await browserHears(page, SECOND)).length > 0,
  )
  // What was heard a moment ago counts for a while.
  await until('the customer to hear neither', () => outside.hears(FIRST, SECOND).length === 0)
  await centre.command('calls/hand-over', here)
  await until(
    'the customer with the second',
    () => outside.hears(SECOND).length > 0 && second.hears(CUSTOMER).length > 0,
  )
  await page.waitForSelector('[data-phone-ended]')
  const said = outside.samples
  await until('something to be said', () => outside.samples - said > 16_000)

  // Rated.
  await second.bye()
  await until('the question', async () => (await centre.get('/api/v1/surveys')).rows.length === 1)
  await until('the agent’s voice to be gone', () => outside.hears(SECOND).length === 0)
  await outside.press('1')
  await until('the customer to be let go', () => !outside.inCall)
  const [first] = await ended(centre, 1)

  // Another call is answered by the phone alone.
  await centre.command('agents/away', { agentCode: '201' })
  await until('202 to be ready again', async () => (await centre.agent('202'))['state'] === 'ready')
  assert.is(await centre.call(outside, '95500'), 200)
  await until('both to talk', () => outside.hears(SECOND).length > 0 && second.hears(CUSTOMER).length > 0)
  await outside.bye()
  const [, other] = await ended(centre, 2)

  // The call list.
  const facts = ({ outcome, agentCode, queueCode, transfers, rating, endedBy }: Row) => ({
    outcome,
    agentCode,
    queueCode,
    transfers,
    rating,
    endedBy,
  })
  assert.equal(
    [facts(first!), facts(other!)],
    [
      {
        outcome: 'answered',
        agentCode: '202',
        queueCode: 'service',
        transfers: 1,
        rating: 'satisfied',
        endedBy: 'system',
      },
      { outcome: 'answered', agentCode: '202', queueCode: 'service', transfers: 0, rating: null, endedBy: 'customer' },
    ],
  )
  assert.is(first!['callId'], callId)

  // The timeline.
  const { events } = (await centre.get(`/api/v1/calls/${String(callId)}/timeline`)) as unknown as {
    events: { type: string }[]
  }
  const types = new Set(events.map(({ type }) => type))
  for (const type of STORY) assert.ok(types.has(type), `${type} in ${[...types].join(', ')}`)

  // The recording: customer left, everybody else right.
  let recording: Row | undefined
  await until('the recordings to be kept', async () => {
    const { rows } = await centre.get('/api/v1/recordings?sort=startedAt')
    recording = rows[0]
    return rows.length === 2 && rows.every(({ status }) => status === 'kept')
  })
  assert.equal([recording!['callId'], recording!['agentCodes']], [callId, ['201', '202']])
  const { channels, rate } = readWave(join(directory, 'store', String(recording!['file'])))
  const [customer, agent] = [secondsOf(channels[0]!, rate, CUSTOMER), secondsOf(channels[1]!, rate, SECOND)]
  assert.ok(customer > 1 && agent > 0.5, `heard in it: the customer ${customer} s, the second agent ${agent} s`)

  // Statistics.
  const [day] = (await centre.get('/api/v1/queue_day?queueCode=service')).rows
  assert.equal([day!['offered'], day!['answered'], day!['abandoned']], [2, 2, 0])
  const [rated] = (await centre.get('/api/v1/surveys')).rows
  assert.equal([rated!['callId'], rated!['rating']], [callId, 'satisfied'])
  await until('the wall to show what the day was', () => wall.shows('queue_day.answered', 2))
  wall.close()
  await page.close()
})

/** What a timeline must tell of such a call. */
const STORY = [
  'CallReceived',
  'IvrKeyPressed',
  'CallQueued',
  'CallOffered',
  'CallAnswered',
  'RecordingStarted',
  'LegHeld',
  'LegResumed',
  'SupervisorJoined',
  'ConsultationStarted',
  'CallTransferred',
  'SurveyRated',
  'CallEnded',
]

test.run()

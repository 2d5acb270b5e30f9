/**
 * The doctor on real servers, and its trial call: what it proves, where it stops, and that nothing of it is left.
 * Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  TRIAL_KEYS,
  trialCall,
  TrialFailed,
  type TrialOptions,
} from '@ledgerline/adapters/telephony/drachtio/trial-call.ts'
import { ServerLine } from '@ledgerline/adapters/telephony/sip/server-line.ts'
import { projectRoot } from '@ledgerline/ops/config.ts'
import { ledgerline, openDirectory } from '../../cli/run.ts'
import { until } from '../../support/gate.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { OwnDrachtio } from './server.ts'

interface Context {
  drachtio: OwnDrachtio
  freeswitch: OwnFreeSwitch
  line: ServerLine
}

const test = suite<Context>('the doctor on real servers')
const prompts = join(projectRoot, 'fixtures/prompts/en')

test.before(async (context) => {
  context.drachtio = await OwnDrachtio.start()
  context.freeswitch = await OwnFreeSwitch.start()
  const { control: port, secret } = context.drachtio
  context.line = new ServerLine({
    address: { host: '127.0.0.1', port, secret },
    dice: Math.random,
    prepare: () => {},
  })
  await until('a connection to drachtio', () => context.line.srf !== null)
})
test.after(async ({ drachtio, freeswitch, line }) => {
  await line.close()
  await drachtio.remove()
  await freeswitch.remove()
})

const trial = ({ freeswitch, line }: Context, more: Partial<TrialOptions> = {}) =>
  trialCall({
    srf: line.srf!,
    media: freeswitch.address,
    ownAddress: '127.0.0.1',
    profile: 'drachtio_mrf',
    prompt: join(prompts, 'greeting.wav'),
    ...more,
  })
const failing = async (context: Context, more: Partial<TrialOptions>): Promise<string> => {
  const error = await trial(context, more).then(
    () => assert.unreachable('it succeeded'),
    (failure: unknown) => failure,
  )
  assert.instance(error, TrialFailed)
  return (error as TrialFailed).step
}
const nothingLeft = ({ freeswitch }: Context): Promise<void> =>
  until('no channel to be left', async () => (await freeswitch.channels()) === 0)

test('a trial call is answered, plays a prompt and hears keys, and leaves no channel, ten times over', async (context) => {
  for (let round = 0; round < 10; round++) {
    const { answeredMs, promptMs, keys } = await trial(context)
    assert.is(keys, TRIAL_KEYS)
    assert.ok(promptMs > 500, `a prompt of ${promptMs} ms`)
    assert.ok(answeredMs < 5_000)
    await nothingLeft(context)
  }
})

test('it says where it failed: the password, the prompt; and leaves no channel then either', async (context) => {
  const { address } = context.freeswitch
  assert.is(await failing(context, { media: { ...address, password: 'wrong' } }), 'connect')
  assert.is(await failing(context, { prompt: '/there/is/no/such.wav' }), 'play')
  await nothingLeft(context)
})

test('the doctor finds both servers well, and says what the trial call took', async (context) => {
  const { drachtio, freeswitch } = context
  const scratch = openDirectory()
  const spool = join(scratch.path, 'spool')
  mkdirSync(spool, { recursive: true })
  const { out } = await ledgerline(['doctor', '--json'], {
    LEDGERLINE_DATA: join(scratch.path, 'data'),
    LEDGERLINE_PORT: '0',
    LEDGERLINE_PROMPTS: prompts,
    LEDGERLINE_RECORDINGS: spool,
    DRACHTIO_URL: `drachtio://:${drachtio.secret}@127.0.0.1:${drachtio.control}`,
    FREESWITCH_URL: `esl://:${freeswitch.address.password}@127.0.0.1:${freeswitch.port}`,
  })
  scratch.remove()
  const { findings } = JSON.parse(out) as { findings: { area: string; state: string; says: string; code?: string }[] }
  const of = (area: string) => findings.filter((each) => each.area === area)
  assert.equal(
    [...of('sip'), ...of('media'), ...of('prompts')].filter(({ state }) => state === 'bad'),
    [],
  )
  assert.ok(
    of('media').some(({ says }) => /a trial call on .+: answered after \d+ ms, a prompt of \d.+ s played/.test(says)),
    JSON.stringify(of('media')),
  )
  await nothingLeft(context)
})

test.run()

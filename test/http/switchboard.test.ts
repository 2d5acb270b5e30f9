/** The configuration of the switchboard over HTTP, on a real switchboard. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startSpine, type Spine } from './spine.ts'

const configuration = suite('configuration over HTTP')
let spine: Spine

configuration.before(async () => {
  spine = await startSpine('http_switchboard', { agents: 2 })
})
configuration.after(() => spine.close())

interface Told {
  status: number
  body: {
    code?: string
    version?: number
    queues?: { code: string; tiers: object; music: string }[]
    agents?: { agentCode: string }[]
    events?: string[]
    position?: string
  }
}

async function ask(method: 'GET' | 'POST', path: string, body?: object): Promise<Told> {
  const response = await spine.during(
    fetch(`${spine.url}/api/v1/${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    }),
  )
  return { status: response.status, body: (await response.json()) as Told['body'] }
}

const queue = (change: object = {}) => ({
  code: 'PS',
  name: 'Regular',
  strategy: 'round-robin',
  priority: 0,
  ringMs: 15_000,
  wrapUpMs: 0,
  maxNoAnswer: 3,
  noAnswerDelayMs: 0,
  rejectDelayMs: 0,
  busyDelayMs: 0,
  targetMs: 20_000,
  targetRatio: 0.8,
  shortAbandonMs: 5_000,
  maxWaitMs: 0,
  ...change,
})
const agent = {
  agentId: '201',
  agentCode: '201',
  name: '张三',
  extension: '8201',
  group: null,
  department: null,
  queues: [{ queueCode: 'PS', level: 1, position: 1 }],
}
const asked = (commandId: string, change: object = {}) => ({
  commandId,
  zone: 'Asia/Shanghai',
  queues: [queue()],
  agents: [agent],
  routes: [{ code: 'all', to: '*', queueCode: 'PS' }],
  ...change,
})

configuration(
  'A3.2.2.5-reload: what is sent is in force as a whole, with defaults for what was left out, and calls cite its ' +
    'version',
  async () => {
    const before = (await ask('GET', 'switchboard')).body.version!
    const activated = await ask('POST', 'switchboard/activate', asked('activate-0001'))
    assert.equal([activated.status, activated.body.events], [200, ['SwitchboardActivated']])
    await spine.pass(10)
    const { body } = await ask('GET', 'switchboard')
    assert.is(body.version, before + 1)
    assert.equal(
      body.queues!.map(({ code, tiers, music }) => ({ code, tiers, music })),
      [{ code: 'PS', tiers: { apply: false, waitMs: 300_000, multiply: true, skipEmpty: false }, music: 'hold_music' }],
    )
    const callId = spine.floor.call('PS', { talkMs: 1_000 })
    await spine.pass(30_000)
    const routed = (await spine.floor.ledger()).find(
      (event) => event.type === 'CallRouted' && event.data.callId === callId,
    )
    assert.is((routed!.data as { configVersion: number }).configVersion, before + 1)
  },
)

configuration('activating what is in force changes nothing, and the same command gets the same answer', async () => {
  assert.equal((await ask('POST', 'switchboard/activate', asked('activate-0002'))).body.events, [])
  assert.equal((await ask('POST', 'switchboard/activate', asked('activate-0001'))).body.events, [
    'SwitchboardActivated',
  ])
})

configuration('a configuration with loose ends is refused, says which, and leaves the old one in force', async () => {
  const before = (await ask('GET', 'switchboard')).body.version
  const table: [change: object, code: string][] = [
    [{ zone: 'Asia/Nowhere' }, 'switchboard.zone_unknown'],
    [{ queues: [queue(), queue()] }, 'switchboard.twice'],
    [{ agents: [agent, { ...agent, agentId: '202', agentCode: '202' }] }, 'switchboard.twice'],
    [{ agents: [{ ...agent, queues: [{ queueCode: 'NE', level: 1, position: 1 }] }] }, 'switchboard.queue_unknown'],
    [{ routes: [{ code: 'all', to: '*', queueCode: 'NE' }] }, 'switchboard.queue_unknown'],
    [
      {
        queues: [
          queue({
            exits: {
              timed_out: { kind: 'queue', code: 'NE' },
              no_agent: { kind: 'hang_up', code: '' },
              left_by_key: { kind: 'hang_up', code: '' },
              overflowed: { kind: 'hang_up', code: '' },
              closed: { kind: 'hang_up', code: '' },
            },
          }),
        ],
      },
      'switchboard.exit_unknown',
    ],
    [{ queues: [queue({ strategy: 'by-mood' })] }, 'request.invalid'],
    [{ queues: [queue({ hours: [{ days: [8], from: '09:00', to: '25:00' }] })] }, 'request.invalid'],
  ]
  for (const [index, [change, code]] of table.entries()) {
    const { status, body } = await ask('POST', 'switchboard/activate', asked(`refused-000${index}`, change))
    assert.is(body.code, code)
    assert.ok(status >= 400 && status < 500)
  }
  assert.is((await ask('GET', 'switchboard')).body.version, before)
})

configuration(
  'A3.2.1-type-rule, A3.2.3-order: a dry run says everything at once, in both languages, and writes nothing',
  async () => {
    const before = await spine.floor.log.head()
    const { commandId: _, ...wanted } = asked('check', {
      routes: [
        { code: 'all', to: '*', order: 1, queueCode: 'PS' },
        { code: 'hotline', to: '95588', order: 2, type: 'inbound', target: { kind: 'ivr', code: 'main' } },
      ],
      network: {
        extensions: [{ number: '8201' }, { number: '200', type: 'ivr', target: 'main' }],
        calendars: [{ code: 'office', name: 'Office', hours: [], days: [{ date: '2026-02-31', name: '', open: [] }] }],
      },
    })
    const { status, body } = (await ask('POST', 'switchboard/check', wanted)) as unknown as {
      status: number
      body: {
        activates: boolean
        more: number
        findings: { code: string; refuses: boolean; where: string | null; en: Said; zh: Said }[]
      }
    }
    assert.equal([status, body.activates, body.more], [200, false, 0])
    assert.equal(
      body.findings.map(({ code, refuses, where }) => [code, refuses, where]),
      [
        ['network.unknown', true, 'network.extensions.1.target'],
        ['network.day_impossible', true, 'network.calendars.0.days.0.date'],
        ['network.unknown', true, 'routes.1.target'],
        ['network.route_never', false, 'routes.1.to'],
      ],
    )
    assert.equal(
      [body.findings[0]!.en.sentence, body.findings[0]!.zh.sentence],
      [
        'extension 200 names the voice menu main, which is not in this configuration.',
        'extension 200 引用的IVR main 不在本配置中。',
      ],
    )
    assert.ok(body.findings.every(({ en, zh }) => en.cure !== '' && zh.cure !== ''))
    assert.is(await spine.floor.log.head(), before)
    const { commandId: __, ...right } = asked('check', { network: { extensions: [{ number: '8201-8210' }] } })
    const told = (await ask('POST', 'switchboard/check', right)).body as object
    assert.equal(told, { activates: true, findings: [], more: 0 })
  },
)

interface Said {
  sentence: string
  cure: string
}

configuration(
  'A3.2.1-add, A3.2.6-add: a misspelt field of the network is refused in both languages rather than ignored',
  async () => {
    for (const network of [
      { extentions: [] },
      { extensions: [{ number: '8201', calerNumbers: [] }] },
      { gateways: [{ code: 'gw1', mode: 'nni', address: 'x', prot: 5060 }] },
      { gateways: [{ code: 'gw1', mode: 'sip', address: 'x' }] },
    ]) {
      const { status, body } = await ask('POST', 'switchboard/activate', asked('misspelt-0001', { network }))
      const { translations } = body as unknown as { translations: Record<'en' | 'zh', { detail: string }> }
      assert.equal([status, body.code], [400, 'request.invalid'])
      assert.match(translations.zh.detail, /[\u4e00-\u9fff]/)
      assert.is.not(translations.en.detail, translations.zh.detail)
    }
  },
)

configuration.run()

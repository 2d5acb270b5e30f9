/** Our side of gateways, against a registrar over real UDP: before the stand-in of drachtio, and before a real one. */
import { randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import { Names, type Lookups } from '@ledgerline/adapters/telephony/sip/names.ts'
import { TrunkLines, type TrunkLinesOptions } from '@ledgerline/adapters/telephony/sip/trunk-lines.ts'
import type { GatewayState } from '@ledgerline/core/registration/reported.ts'
import { gatewaySettings, type GatewaySettings } from '@ledgerline/core/network/settings.ts'
import { connected, sipHouse, TENANT, type Drachtio, type SipHouse } from '../drachtio/house.ts'
import { field } from '../drachtio/message.ts'
import { TestRegistrar, type RegistrarSettings } from '../drachtio/registrar.ts'
import { until } from '../support/gate.ts'
import { keptInMemory } from '../support/kept-in-memory.ts'

interface World {
  drachtio: Drachtio
  close(): Promise<void>
}

interface Lines {
  lines: TrunkLines
  /** What was reported of the gateway last. */
  now(code?: string): GatewayState | null
  said: ({ gateway: string } & GatewayState)[]
  /** What is in force. */
  inForce: { gateways: readonly GatewaySettings[] }
}

export function trunkLinesContract(title: string, begin: () => Promise<World>) {
  const contract = suite<{ world: World; house: SipHouse; open: TrunkLines[]; registrars: TestRegistrar[] }>(title)
  contract.before(async (context) => {
    context.world = await begin()
    context.house = await sipHouse(context.world.drachtio, keptInMemory())
    await connected(context.house)
  })
  contract.before.each((context) => {
    context.open = []
    context.registrars = []
  })
  contract.after.each(async ({ open, registrars }) => {
    await Promise.all(open.map((lines) => lines.close(false)))
    for (const registrar of registrars) registrar.close()
  })
  contract.after(async ({ house, world }) => {
    await house.close()
    await world.close()
  })

  type Context = Parameters<Parameters<typeof contract>[1]>[0]

  async function registrarOf(context: Context, settings: Partial<RegistrarSettings> = {}, at?: string) {
    const registrar = await TestRegistrar.start(settings, at)
    context.registrars.push(registrar)
    return registrar
  }

  function follow(
    context: Context,
    settings: Partial<GatewaySettings>[],
    options: Partial<TrunkLinesOptions> = {},
  ): Lines {
    const inForce = {
      gateways: settings.map((each) => ({
        ...gatewaySettings.parse({ code: 'gw1', mode: 'uni', address: '127.0.0.1', pingEveryMs: 0, ...each }),
        // Faster than a configuration may ask for.
        ...(each.registerEveryMs !== undefined && { registerEveryMs: each.registerEveryMs }),
      })),
    }
    const said: Lines['said'] = []
    const lines = new TrunkLines({
      tenant: TENANT,
      gateways: () => inForce.gateways,
      srf: () => context.house.sip.srf(),
      names: new Names(),
      known: () => null,
      report: (report) => void said.push(report as never),
      clock: realClock,
      dice: Math.random,
      random: randomBytes,
      lookMs: 20,
      pingMs: 400,
      spreadMs: 50,
      ...options,
    })
    context.open.push(lines)
    return {
      lines,
      said,
      inForce,
      now: (code = 'gw1') => said.findLast(({ gateway }) => gateway === code) ?? null,
    }
  }

  const uni = ({ port }: TestRegistrar): Partial<GatewaySettings> => ({ port, user: '6001', secret: '123456' })
  const registered = ({ now }: Lines): boolean => now()?.registration === 'registered'

  for (const [algorithms, status] of [
    [['MD5'], 401],
    [['SHA-256', 'MD5'], 401],
    [['MD5'], 407],
  ] as const)
    contract(
      `A3.2.6-mode-uni A3.2.6.2-uni-fields registers with ${algorithms.join(' or ')}, asked by ${status}`,
      async (context) => {
        const registrar = await registrarOf(context, { algorithms, status })
        const lines = follow(context, [uni(registrar)])
        await until('the registration', () => registered(lines))
        assert.is(lines.now()!.up, true)
        assert.match(registrar.contact!.uri, /^sip:6001@127\.0\.0\.1(:\d+)?;transport=udp$/)
        const [first, second] = registrar.of('REGISTER')
        assert.is(field(second!, 'call-id'), field(first!, 'call-id'))
        assert.ok(Number.parseInt(field(second!, 'cseq')!, 10) > Number.parseInt(field(first!, 'cseq')!, 10))
        assert.match(first!.start, /^REGISTER sip:127\.0\.0\.1 SIP/)
        assert.match(field(first!, 'from')!, /<sip:6001@127\.0\.0\.1>/)
        if (algorithms[0] === 'SHA-256') assert.match(field(second!, 'authorization')!, /algorithm=SHA-256/)
      },
    )

  contract('A3.2.6-mode-uni is refreshed before its time is over, with the same Call-ID', async (context) => {
    const registrar = await registrarOf(context, { longest: 2 })
    const lines = follow(context, [uni(registrar)])
    await until('the registration', () => registrar.contact !== null)
    const { callId, cseq } = registrar.contact!
    await until('its refreshment', () => registrar.contact!.cseq > cseq)
    assert.ok(registrar.isRegistered)
    assert.is(registrar.contact!.callId, callId)
    assert.equal([...new Set(lines.said.map(({ registration }) => registration))], ['registered'])
  })

  contract('A3.2.6-mode-uni 423: registers for as long as the other side wants', async (context) => {
    const registrar = await registrarOf(context, { shortest: 1_800 })
    const lines = follow(context, [{ ...uni(registrar), registerEveryMs: 60_000 }])
    await until('the registration', () => registered(lines))
    assert.ok(registrar.contact!.until - Date.now() > 1_700_000)
  })

  contract('A3.2.6-mode-uni a stale nonce is answered with a new proof', async (context) => {
    const registrar = await registrarOf(context)
    registrar.stale = 2
    await until(
      'the registration',
      (
        (lines) => () =>
          registered(lines)
      )(follow(context, [uni(registrar)])),
    )
  })

  contract(
    'A3.2.6.2-uni-fields A3.2.8-list a wrong password: refused, down, and not tried again and again',
    async (context) => {
      const registrar = await registrarOf(context, { secret: 'another' })
      const lines = follow(context, [uni(registrar)])
      await until('the refusal', () => lines.now() !== null)
      assert.equal([lines.now()!.up, lines.now()!.registration, lines.now()!.sip], [false, 'refused', 401])
      const { length } = registrar.of('REGISTER')
      assert.is(length, 2)
    },
  )

  contract(
    'A3.2.6-mode-uni a registrar that cannot do it now is asked again, and then we are registered',
    async (context) => {
      const registrar = await registrarOf(context)
      registrar.refuses = { status: 503, reason: 'Later' }
      const lines = follow(context, [uni(registrar)])
      await until('the failure', () => lines.now()?.registration === 'failed')
      assert.is(lines.now()!.up, false)
      registrar.refuses = null
      await until('the registration', () => registered(lines))
      assert.is(lines.now()!.up, true)
    },
  )

  contract('A3.2.6-mode-uni what is removed, changed or ended takes its registration back', async (context) => {
    const registrar = await registrarOf(context)
    const lines = follow(context, [uni(registrar)])
    await until('the registration', () => registrar.isRegistered)
    lines.inForce.gateways = []
    await until('it is taken back', () => registrar.contact === null)
    const again = follow(context, [uni(registrar)])
    await until('the registration', () => registrar.isRegistered)
    await again.lines.close()
    assert.is(registrar.contact, null)
  })

  contract(
    'A3.2.6-mode-uni a process that is no longer the owner takes nothing from the one that is',
    async (context) => {
      const registrar = await registrarOf(context)
      const lines = follow(context, [uni(registrar)])
      await until('the registration', () => registrar.isRegistered)
      await lines.lines.close(false)
      assert.ok(registrar.isRegistered)
      const takenOver = follow(context, [uni(registrar)])
      await until('the new owner’s', () => registered(takenOver))
    },
  )

  contract(
    'A3.2.6-mode-ims A3.2.6.3-ims-fields registers by the proxy for that, as the home user of the home domain',
    async (context) => {
      const domain = 'ims.js.chinamobile.com'
      const account = `+862552345678@${domain}`
      const registrar = await registrarOf(context, { user: account, realm: domain })
      const { lines, said } = follow(context, [
        {
          mode: 'ims',
          address: domain,
          user: account,
          secret: '123456',
          homeUser: '+862552345678',
          homeDomain: domain,
          registerProxy: `127.0.0.1:${registrar.port}`,
          outboundProxy: '127.0.0.1:9',
        },
      ])
      await until('the registration', () => said.some(({ registration }) => registration === 'registered'))
      const [first] = registrar.of('REGISTER')
      assert.match(first!.start, new RegExp(`^REGISTER sip:${domain} SIP`))
      assert.match(field(first!, 'to')!, new RegExp(`<sip:\\+862552345678@${domain}>`))
      assert.match(
        field(first!, 'authorization')!,
        new RegExp(`username="\\+862552345678@${domain}".*nonce="".*response=""`),
      )
      assert.match(registrar.contact!.uri, /^sip:\+862552345678@127\.0\.0\.1/)
      await lines.close()
      assert.is(registrar.contact, null)
    },
  )

  contract(
    'A3.2.6-mode-nni A3.2.6.1-nni-fields a peer is asked with OPTIONS, and no registration is sent',
    async (context) => {
      const registrar = await registrarOf(context)
      const lines = follow(context, [{ mode: 'nni', port: registrar.port, user: 'nobody', pingEveryMs: 40 }])
      await until('the answer', () => lines.now()?.reach === 'reachable')
      assert.equal([lines.now()!.up, lines.now()!.registration], [true, 'none'])
      assert.type(lines.now()!.pingMs, 'number')
      assert.is(registrar.of('REGISTER').length, 0)
      registrar.answersOptions = false
      await until('its silence', () => lines.now()?.reach === 'unreachable')
      assert.is(lines.now()!.up, false)
      registrar.answersOptions = true
      await until('its return', () => lines.now()?.reach === 'reachable')
      assert.is(lines.now()!.up, true)
    },
  )

  contract('A3.2.8-list a gateway that says 503 to OPTIONS takes no calls', async (context) => {
    const registrar = await registrarOf(context)
    registrar.refuses = { status: 503, reason: 'Full' }
    const lines = follow(context, [{ mode: 'nni', port: registrar.port, pingEveryMs: 40, pingMisses: 2 }])
    await until('it is down', () => lines.now()?.up === false)
  })

  contract('A3.2.8-list whoever takes over begins with what was known', async (context) => {
    const registrar = await registrarOf(context)
    registrar.answersOptions = false
    const known: GatewayState = { up: false, registration: 'none', reach: 'unreachable', pingMs: null, sip: null }
    const lines = follow(context, [{ mode: 'nni', port: registrar.port, pingEveryMs: 40 }], { known: () => known })
    await until('two misses', () => registrar.of('OPTIONS').length >= 2)
    assert.equal([...new Set(lines.said.map(({ up }) => up))], [false])
    registrar.answersOptions = true
    await until('its return', () => lines.now()?.up === true)
  })

  contract(
    'A3.2.6-mode-uni names are looked up, by their SRV records where that is set, and again',
    async (context) => {
      const [first, second] = [await registrarOf(context), await registrarOf(context, {}, '127.0.0.2')]
      const at = { port: first.port, address: '127.0.0.1' }
      const lookups: Lookups = {
        addresses: async (name) => {
          if (name !== 'sbc.carrier.example') throw new Error('no such name')
          return [at.address]
        },
        services: async (name) => {
          if (name !== '_sip._udp.carrier.example') throw new Error('no such service')
          return [{ host: 'sbc.carrier.example', port: at.port }]
        },
      }
      const clock = { now: 0 }
      const names = new Names(
        () => {},
        lookups,
        () => clock.now,
      )
      names.hopsOf('carrier.example', null, 'udp')
      await until('the address', () => names.hopsOf('carrier.example', null, 'udp').length > 0)
      const settings = { address: 'carrier.example', user: '6001', secret: '123456', srv: true }
      const lines = follow(context, [settings], { names })
      await until('the registration', () => registered(lines))
      assert.match(first.of('REGISTER')[0]!.start, /^REGISTER sip:carrier\.example SIP/)
      // The carrier moves.
      Object.assign(at, { port: second.port, address: '127.0.0.2' })
      clock.now += 61_000
      names.hopsOf('carrier.example', null, 'udp')
      await until('the new address', () => names.hopsOf('carrier.example', null, 'udp')[0]!.address === '127.0.0.2')
      const moved = follow(context, [settings], { names })
      await until('the registration there', () => registered(moved) && second.isRegistered)
    },
  )

  return contract
}

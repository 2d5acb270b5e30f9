/**
 * What our SIP server does for phones, over real UDP: `test/sip/server.test.ts` runs it on the stand-in of drachtio,
 * `test/live/telephony/registrar.test.ts` on the real one. Each test has extensions and, where it counts, an address of
 * its own, since one server serves them all.
 */
import { suite, type Test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Bindings } from '@ledgerline/adapters/telephony/sip/bindings.ts'
import { openPostgresBindings } from '@ledgerline/adapters/telephony/sip/bindings-postgres.ts'
import { connected, sipHouse, TENANT, TRUNK, type Drachtio, type SipHouse } from '../drachtio/house.ts'
import { compose, field, fieldsOf, statusOf, type SipText } from '../drachtio/message.ts'
import { digestOf, type PhoneSettings, type TestPhone } from '../drachtio/phone.ts'
import { tortures, written } from '../drachtio/torture.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { until } from '../support/gate.ts'
import { freshDatabase, type TestDatabase } from '../support/postgres.ts'

interface World {
  drachtio: Drachtio
  database: TestDatabase
  store: Bindings
  house: SipHouse
}

/** @param open starts a drachtio; ends it */
export function sipServerContract(
  title: string,
  open: () => Promise<{ drachtio: Drachtio; close(): Promise<void> }>,
): Test<World> {
  const contract = suite<World>(title)
  let closeDrachtio: () => Promise<void>

  contract.before(async (world) => {
    const opened = await open()
    world.drachtio = opened.drachtio
    closeDrachtio = opened.close
    world.database = await freshDatabase('sip_server')
    world.store = await openPostgresBindings(world.database.url)
    world.house = await sipHouse(world.drachtio, world.store)
    await connected(world.house)
  })
  contract.after(async ({ house, store, database }) => {
    await house.close()
    await store.close()
    await database.drop()
    await closeDrachtio()
  })

  const kinds: [string, Partial<PhoneSettings>][] = [
    ['SHA-256', {}],
    ['MD5', { algorithm: 'MD5' }],
    ['MD5 without counts', { algorithm: 'MD5', counts: false }],
  ]
  for (const [n, [kind, settings]] of kinds.entries())
    contract(`A3.2.1-sip-port A3.2.1-password a phone registers with its secret: ${kind}`, async ({ house }) => {
      const phone = await house.phone(`11${n}`, settings)
      const asked = await phone.ask(phone.request('REGISTER'))
      assert.is(statusOf(asked!), 401)
      assert.equal(
        fieldsOf(asked!, 'www-authenticate').map((one) => /algorithm="?([\w-]+)/.exec(one)?.[1]),
        ['SHA-256', 'MD5'],
      )
      assert.equal(await phone.register(), [200, `<${phone.contact}>;expires=3600`])
      // And again with the same nonce, as long as it counts.
      if (settings.counts !== false) assert.is(statusOf((await again(phone))!), 200)
      assert.equal(await phone.register(), [200, `<${phone.contact}>;expires=3600`])
      await until('a report', () => told(house, `11${n}`).length > 0)
      assert.equal(told(house, `11${n}`), ['registered'])
      assert.is(house.reports.find((report) => 'extension' in report && report.extension === `11${n}`)!.tenant, TENANT)
    })

  contract('A3.2.1-password a wrong secret and an unknown extension get the same refusal', async ({ house }) => {
    const before = house.sip.refused.wrong_secret ?? 0
    const wrong = await house.phone('120', { secret: 'guess' })
    const nobody = await house.phone('999', { secret: 'guess' })
    const answers = [await wrong.prove('REGISTER'), await nobody.prove('REGISTER')]
    assert.equal(
      answers.map((answer) => statusOf(answer!)),
      [403, 403],
    )
    assert.is(answers[0]!.start, answers[1]!.start)
    assert.is(house.sip.refused.wrong_secret, before + 2)
    assert.equal(house.sip.bindings.contactsOf({ tenant: TENANT, extension: '120' }), [])
  })

  contract(
    'who guesses on and on is not answered any more; the extension still is, from elsewhere',
    async ({ house }) => {
      const guesser = await house.phone('121', {}, '127.0.0.21')
      const answers: number[] = []
      for (let n = 0; n < 12; n++) {
        guesser.settings.secret = `guess ${n}`
        guesser.nonce = null
        const asked = await guesser.ask(guesser.request('REGISTER'))
        guesser.use(guesser.challengeOf(asked!)!)
        const guess = guesser.request('REGISTER', { fields: guesser.authorization('REGISTER', guesser.nonce!) })
        answers.push(statusOf((await guesser.ask(guess, n < 10 ? 10_000 : 600)) ?? { start: '', fields: [], body: '' }))
      }
      assert.equal(answers, [...Array.from({ length: 10 }, () => 403), 0, 0])
      assert.is((await (await house.phone('121')).register())[0], 200)
    },
  )

  contract('somebody else’s extension cannot be registered with one’s own secret', async ({ house }) => {
    const thief = await house.phone('122', {}, '127.0.0.22')
    const answer = await thief.prove('REGISTER', { fields: { To: '<sip:123@pbx.example>' } })
    assert.is(statusOf(answer!), 403)
    assert.equal(house.sip.bindings.contactsOf({ tenant: TENANT, extension: '123' }), [])
  })

  contract('a forged nonce is asked for again, and not called stale', async ({ house }) => {
    const before = house.sip.refused.forged_nonce ?? 0
    const phone = await house.phone('130')
    const { nonce, ...challenge } = phone.challengeOf((await phone.ask(phone.request('REGISTER')))!)!
    for (const forged of [nonce.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')), 'f'.repeat(40)]) {
      const fields = phone.authorization('REGISTER', { ...challenge, nonce: forged }, { nc: 1 })
      const answer = await phone.ask(phone.request('REGISTER', { fields }))
      assert.is(statusOf(answer!), 401)
      assert.is(phone.challengeOf(answer!)!.stale, false)
    }
    assert.is(house.sip.refused.forged_nonce, before + 2)
  })

  contract('a replayed request is not taken: its count was used', async ({ house }) => {
    const phone = await house.phone('131')
    await phone.register()
    const before = house.sip.refused.replayed ?? 0
    // What an eavesdropper has: the field as it was sent, for a contact of their own.
    const fields = phone.authorization('REGISTER', phone.nonce!, { nc: phone.nc })
    const thief = await house.phone('131', {}, '127.0.0.23')
    const answer = await thief.ask(thief.request('REGISTER', { fields, contact: '<sip:thief@127.0.0.23>' }))
    assert.is(statusOf(answer!), 401)
    assert.is(thief.challengeOf(answer!)!.stale, true)
    assert.is(house.sip.refused.replayed, before + 1)
    assert.equal(
      house.sip.bindings.contactsOf({ tenant: TENANT, extension: '131' }).map(({ uri }) => uri),
      [phone.contact],
    )
    // The phone goes on with its next count.
    assert.is(statusOf((await again(phone))!), 200)
  })

  contract('a nonce made for another registrar of the world is misdirected', async ({ house }) => {
    const phone = await house.phone('132', {}, '127.0.0.24')
    const challenge = phone.challengeOf((await phone.ask(phone.request('REGISTER')))!)!
    const fields = phone.authorization('REGISTER', challenge, { uri: 'sip:elsewhere.example' })
    assert.is(statusOf((await phone.ask(phone.request('REGISTER', { fields })))!), 400)
  })

  contract('several contacts, each with its time; a question; one taken away; all taken away', async ({ house }) => {
    const phone = await house.phone('140')
    const [status, bound] = await phone.register({
      contact: '<sip:a@127.0.0.1:7001>;expires=90;q=0.5, <sip:b@127.0.0.1:7002>',
      fields: { Expires: '120' },
    })
    assert.is(status, 200)
    assert.is(bound, '<sip:a@127.0.0.1:7001>;expires=90;q=0.5, <sip:b@127.0.0.1:7002>;expires=120')
    const [, asked] = await phone.register({ contact: null })
    assert.match(asked!, /^<sip:b@127.0.0.1:7002>;expires=1[12]\d, <sip:a@127.0.0.1:7001>;expires=[89]\d;q=0.5$/)
    const extension = { tenant: TENANT, extension: '140' }
    const uris = () => house.sip.bindings.contactsOf(extension).map(({ uri }) => uri)
    assert.equal(uris(), ['sip:b@127.0.0.1:7002', 'sip:a@127.0.0.1:7001'])
    await phone.register({ contact: '<sip:b@127.0.0.1:7002>;expires=0' })
    assert.equal(uris(), ['sip:a@127.0.0.1:7001'])
    assert.is((await phone.register({ contact: '*' }))[0], 400)
    assert.equal(await phone.register({ contact: '*', fields: { Expires: '0' } }), [200, undefined])
    assert.equal(uris(), [])
    await until('the report', () => house.reports.some((one) => one.what === 'unregistered' && one.extension === '140'))
  })

  contract('a time that is too short is refused with the shortest; without one it is an hour', async ({ house }) => {
    const phone = await house.phone('141')
    const brief = await phone.prove('REGISTER', { fields: { Expires: '10' } })
    assert.equal([statusOf(brief!), field(brief!, 'min-expires')], [423, '60'])
    assert.is((await phone.register({ fields: { Expires: null } }))[1], `<${phone.contact}>;expires=3600`)
  })

  contract('of one Call-ID a request with an older CSeq is refused', async ({ house }) => {
    const phone = await house.phone('142')
    phone.cseq = 100
    assert.is((await phone.register())[0], 200)
    assert.is((await phone.register({ cseq: 7 }))[0], 500)
    assert.is((await phone.register({ cseq: 7, callId: 'after a restart' }))[0], 200)
  })

  contract(
    'A3.2.7-list registered extensions with their phone, state, time of answer and address',
    async ({ house }) => {
      const phone = await house.phone('150', { userAgent: 'eyeBeam release 1003s stamp 31159' })
      const silent = await house.phone('151')
      const behind = await house.phone('152', { contactHost: '10.0.0.5:5062' })
      silent.answers = false
      for (const one of [phone, silent, behind]) assert.is((await one.register())[0], 200)
      const row = (extension: string) => house.sip.registrations().find((one) => one.extension === extension)!
      await until('answers to OPTIONS', () => row('150').status === 'reachable' && row('152').status === 'reachable')
      const { pingMs, expiresAt, ...seen } = row('150')
      assert.equal(seen, {
        tenant: TENANT,
        extension: '150',
        contact: phone.contact,
        userAgent: 'eyeBeam release 1003s stamp 31159',
        host: seen.host,
        address: '127.0.0.1',
        port: phone.port,
        protocol: 'udp',
        behindNat: false,
        status: 'reachable',
      })
      assert.match(seen.host, /^127\.0\.0\.1:\d+$/)
      assert.ok(pingMs! > 0 && pingMs! < 4_000 && expiresAt > Date.now())
      // Behind NAT the question goes to where the phone came from, and is addressed to its contact.
      assert.is(row('152').behindNat, true)
      assert.match(behind.asked.find(({ start }) => start.startsWith('OPTIONS'))!.start, 'sip:152@10.0.0.5:5062')
      assert.equal(house.sip.bindings.contactsOf({ tenant: TENANT, extension: '152' }), [
        {
          uri: 'sip:152@10.0.0.5:5062',
          route: `sip:127.0.0.1:${behind.port};transport=udp`,
          server: house.sip.connected[0],
          webRtc: false,
          srtp: false,
        },
      ])
      await until('the silent one to be asked', () => silent.asked.length > 0)
      assert.is.not(row('151').status, 'reachable')
    },
  )

  contract('a call of a registered phone is handed on once it has proven itself, with who it is', async ({ house }) => {
    const phone = await house.phone('160')
    await phone.register()
    phone.nonce = null
    const first = await phone.ask(phone.request('INVITE', { body: '' }))
    assert.is(statusOf(first!), 407)
    assert.is(fieldsOf(first!, 'proxy-authenticate').length, 2)
    assert.is(statusOf((await phone.prove('INVITE'))!), 486)
    const call = house.calls.find(({ from }) => from.kind === 'phone' && from.extension === '160')!
    assert.equal(call.from, { kind: 'phone', tenant: TENANT, extension: '160' })
    assert.is(call.request.uri, 'sip:9001@pbx.example')
  })

  contract('credentials for one number do not call another', async ({ house }) => {
    const phone = await house.phone('161')
    await phone.register()
    phone.nonce = null
    const challenge = phone.challengeOf((await phone.ask(phone.request('INVITE')))!)!
    const fields = phone.authorization('INVITE', challenge, { uri: 'sip:9001@pbx.example' })
    const premium = phone.request('INVITE', { uri: 'sip:0019001234567@pbx.example', fields })
    assert.is(statusOf((await phone.ask(premium))!), 400)
    assert.not.ok(house.calls.some(({ request }) => request.uri.includes('0019001234567')))
  })

  contract('a phone that is not registered calls nobody, even with the right secret', async ({ house }) => {
    const phone = await house.phone('162', {}, '127.0.0.25')
    const realm = { realm: 'ledgerline', nonce: 'x', algorithm: 'MD5', user: '162', secret: 'secret of 162' } as const
    const fields = {
      'Proxy-Authorization': digestOf({ ...realm, method: 'INVITE', uri: 'sip:9001@pbx.example', nc: 1 }),
    }
    assert.is(statusOf((await phone.ask(phone.request('INVITE', { fields })))!), 403)
    assert.not.ok(house.calls.some(({ from }) => from.kind === 'phone' && from.extension === '162'))
  })

  contract(
    'a call from a trunk’s address is handed on as the trunk’s, whoever it says it is from',
    async ({ house }) => {
      const trunk = await house.phone('13800001111', {}, TRUNK)
      assert.is(statusOf((await trunk.ask(trunk.request('INVITE', { uri: 'sip:95588@pbx.example' })))!), 486)
      const call = house.calls.find(({ request }) => request.uri.includes('95588'))!
      assert.equal(call.from, { kind: 'gateway', tenant: TENANT, gateway: 'gw1' })
      assert.is(statusOf((await trunk.ask(trunk.request('OPTIONS', { uri: 'sip:pbx.example' })))!), 200)
    },
  )

  contract(
    'a stranger’s call gets one 403; what follows is dropped and counted, and leaves nothing behind',
    async ({ house }) => {
      const [before, calls] = [house.sip.refused.stranger ?? 0, house.calls.length]
      const scanner = await house.phone('100', {}, '127.0.0.26')
      assert.is(statusOf((await scanner.ask(scanner.request('INVITE', { uri: 'sip:00441234567@pbx.example' })))!), 403)
      const heard = scanner.heard((status) => status >= 200, 600_000)
      await flood(scanner, 'INVITE', () => house.sip.refused.stranger! >= before + 200)
      scanner.send(compose(scanner.request('OPTIONS')))
      assert.is(
        await Promise.race([heard, until('all of them', () => house.sip.refused.stranger! > before + 200)]),
        undefined,
      )
      assert.is(house.calls.length, calls)
      const { mapServer } = house.sip.srf()!.app.client
      await until('no call kept', () => [...mapServer.values()].every((one) => one.pendingNetworkInvites.size === 0))
      assert.is(house.logged.filter((line) => line.includes('"refusal":"stranger"')).length, 1)
    },
  )

  contract(
    'a flood of REGISTERs from a stranger is answered within limits; phones do not notice',
    async ({ house }) => {
      const phone = await house.phone('170')
      assert.is((await phone.register())[0], 200)
      const flooder = await house.phone('171', {}, '127.0.0.27')
      const answers: SipText[] = []
      flooder.onResponse = (response) => answers.push(response)
      const began = Date.now()
      await flood(flooder, 'REGISTER', () => (house.sip.refused.too_fast ?? 0) >= 200)
      // As many as it may have at once, and one more each second.
      const granted = 60 + Math.ceil((Date.now() - began) / 1_000)
      assert.ok(answers.length > 0 && answers.length <= granted, `${answers.length} answered, ${granted} granted`)
      assert.ok(answers.every((answer) => statusOf(answer) === 401))
      assert.ok(house.sip.refused.too_fast! >= 200)
      assert.is((await phone.register())[0], 200)
    },
  )

  contract('a registered phone is told what is allowed; what nobody does here is refused', async ({ house }) => {
    const phone = await house.phone('172')
    await phone.register()
    const options = await phone.ask(phone.request('OPTIONS', { uri: 'sip:pbx.example' }))
    assert.is(statusOf(options!), 200)
    assert.match(field(options!, 'allow')!, /INVITE.*REGISTER/)
    for (const method of ['MESSAGE', 'PUBLISH', 'INFO'])
      assert.is(statusOf((await phone.ask(phone.request(method, { uri: 'sip:pbx.example' })))!), 405, method)
  })

  for (const [n, torture] of tortures.entries())
    contract(`RFC 4475 ${torture.title}`, async ({ house }) => {
      const phone = await house.phone('180', {}, `127.0.1.${n + 1}`)
      const via = `torture${n}`
      phone.send(written(torture, { via, call: `torture-${n}@phone`, user: '180' }))
      const answer = await phone.heard((status) => status >= 200, torture.right.includes(0) ? 300 : 10_000)
      const status = answer ? statusOf(answer) : 0
      assert.ok(torture.right.includes(status), `${status} is none of ${torture.right.join(', ')}`)
    })

  contract('mutated messages, each from elsewhere: nothing is let in, and nothing ends', async ({ house }) => {
    const throws = seededDice(2026)
    const pick = (most: number): number => Math.floor(throws() * most)
    const before = house.calls.length
    for (let round = 0; round < 25; round++) {
      const phone = await house.phone('182', {}, `127.0.2.${round + 1}`)
      for (let n = 0; n < 8; n++) {
        const method = throws() < 0.7 ? 'REGISTER' : 'INVITE'
        const fields = {
          Authorization: 'Digest username="182", realm="ledgerline", nonce="x", uri="sip:x", response="y"',
        }
        const letters = [...compose(phone.request(method, { fields }))]
        for (let times = 1 + pick(6); times > 0; times--) {
          const at = pick(letters.length)
          const kind = pick(4)
          if (kind === 0) letters.splice(at, 1 + pick(20))
          else if (kind === 1) letters.splice(at, 0, ...letters.slice(at, at + pick(40)))
          else if (kind === 2) letters[at] = String.fromCharCode(pick(256))
          else letters.splice(at, 0, ['\r\n', ';', '"', '<', ',', '\u0000', '%00', ':'][pick(8)]!)
        }
        phone.send(letters.join(''))
      }
      // The round is over when a request that is right has been answered.
      assert.is(statusOf((await phone.ask(phone.request('REGISTER')))!), 401)
    }
    assert.is(house.calls.length, before)
    assert.equal(house.sip.bindings.contactsOf({ tenant: TENANT, extension: '182' }), [])
  })

  contract(
    'after all of that nothing is registered that should not be, and the next phone is served',
    async ({ house }) => {
      assert.equal(house.sip.bindings.contactsOf({ tenant: TENANT, extension: '180' }), [])
      assert.is((await (await house.phone('181')).register())[0], 200)
      assert.not.ok(
        house.logged.some((line) => line.includes('not answered in time, or failed')),
        house.logged.join('\n'),
      )
    },
  )

  contract('no secret, no digest and no number of a caller is ever logged', ({ house }) => {
    const all = JSON.stringify([house.logged, house.troubles])
    for (const secret of ['secret of', 'cymru', 'guess', 'Digest', '13800001111', '00441234567'])
      assert.not.match(all, secret)
  })

  contract(
    'registrations survive a restart of ours; those whose time went by meanwhile are reported',
    async (world) => {
      const brief = { shortest: 1, usual: 3_600, longest: 3_600, contacts: 10 }
      await world.house.close()
      world.house = await sipHouse(world.drachtio, world.store, { rules: brief })
      await connected(world.house)
      const [stays, goes] = [await world.house.phone('190'), await world.house.phone('191')]
      await stays.register()
      await goes.register({ fields: { Expires: '1' } })
      const before = world.house.sip.bindings.contactsOf({ tenant: TENANT, extension: '190' })
      assert.is(before.length, 1)
      await until('the report of the one whose time is over', () => told(world.house, '191').at(-1) === 'unregistered')
      await goes.register({ fields: { Expires: '1' } })
      await world.house.close()
      await until('its time to be over', async () => {
        const kept = (await world.store.all()).find(({ extension }) => extension === '191')
        return kept!.bindings.every(({ expiresAt }) => expiresAt < Date.now())
      })
      world.house = await sipHouse(world.drachtio, world.store, { rules: brief })
      assert.equal(world.house.sip.bindings.contactsOf({ tenant: TENANT, extension: '190' }), before)
      await until('reports of both', () => told(world.house, '190').length > 0 && told(world.house, '191').length > 0)
      assert.equal([told(world.house, '190'), told(world.house, '191')], [['registered'], ['unregistered']])
      await until(
        'the store to be tidy',
        async () => !(await world.store.all()).some(({ extension }) => extension === '191'),
      )
      await connected(world.house)
    },
  )

  contract('an expired nonce is stale, and the phone goes on without asking anybody', async (world) => {
    await world.house.close()
    world.house = await sipHouse(world.drachtio, world.store, { nonceMs: 50 })
    await connected(world.house)
    const phone = await world.house.phone('192')
    await phone.register()
    let last = phone.nonce!
    await until('the nonce to expire', async () => {
      const fields = phone.authorization('REGISTER', last)
      const answer = await phone.ask(phone.request('REGISTER', { fields }))
      const challenge = phone.challengeOf(answer!)
      if (!challenge) return false
      last = challenge
      return challenge.stale
    })
    phone.use(last)
    assert.is((await phone.register())[0], 200)
  })

  return contract
}

/** Registers once more with the nonce it has. */
function again(phone: TestPhone) {
  return phone.ask(phone.request('REGISTER', { fields: phone.authorization('REGISTER', phone.nonce!) }))
}

/** Sends requests, a few at a time so that the network does not lose them, until it is enough. */
async function flood(phone: TestPhone, method: string, isEnough: () => boolean): Promise<void> {
  let sent = 0
  await until('a flood to have its effect', () => {
    if (isEnough()) return true
    for (let n = 0; n < 10; n++) phone.send(compose(phone.request(method, { callId: `flood-${sent++}` })))
    return false
  })
}

/** What was reported of a phone. */
function told({ reports }: SipHouse, extension: string): string[] {
  return reports.flatMap((report) =>
    (report.what === 'registered' || report.what === 'unregistered') && report.extension === extension
      ? [report.what]
      : [],
  )
}

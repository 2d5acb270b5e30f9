/**
 * Our SIP server while something it needs is away: drachtio killed, silent, refusing its secret or talking nonsense, the
 * store of registrations gone. Each is one clear line, nothing hangs, and all is well again by itself.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openPostgresBindings } from '@ledgerline/adapters/telephony/sip/bindings-postgres.ts'
import type { Bindings, Kept } from '@ledgerline/adapters/telephony/sip/bindings.ts'
import type { SipServerOptions } from '@ledgerline/adapters/telephony/sip/server.ts'
import { describe } from '@ledgerline/core/problems.ts'
import { problems } from '@ledgerline/ops/problems.ts'
import { connected, sipHouse, TENANT, type SipHouse } from '../drachtio/house.ts'
import { field, statusOf } from '../drachtio/message.ts'
import { DrachtioStandIn } from '../drachtio/standin.ts'
import { gateBefore, until } from '../support/gate.ts'
import { freshDatabase } from '../support/postgres.ts'

const test = suite<{ standIn: DrachtioStandIn; store: Bindings; houses: SipHouse[] }>('the SIP server in outages')

const quick = { pauses: { firstMs: 5, longestMs: 50 }, probeMs: 50, answerMs: 300 }

test.before.each(async (context) => {
  context.standIn = await DrachtioStandIn.start()
  context.houses = []
  const kept = new Map<string, Kept>()
  context.store = {
    all: async () => [...kept.values()],
    load: async (phone) => kept.get(phone.extension) ?? { ...phone, revision: 0, bindings: [] },
    async save(phone, expected, bindings) {
      if ((kept.get(phone.extension)?.revision ?? 0) !== expected) return null
      kept.set(phone.extension, { ...phone, revision: expected + 1, bindings: [...bindings] })
      return expected + 1
    },
    close: async () => {},
  }
})
test.after.each(async ({ standIn, houses }) => {
  for (const house of houses) await house.close()
  await standIn.kill()
})

type Context = { standIn: DrachtioStandIn; store: Bindings; houses: SipHouse[] }

async function open(
  { standIn, store, houses }: Context,
  { secret = standIn.secret, ...options }: Partial<SipServerOptions> & { secret?: string } = {},
): Promise<SipHouse> {
  const drachtio = { control: standIn.controlPort, sip: standIn.sipPort, secret }
  const house = await sipHouse(drachtio, store, { line: quick, ...options })
  houses.push(house)
  return house
}

const codes = ({ troubles }: SipHouse): string[] => troubles.map(({ code }) => code)

test('drachtio is killed and comes back: told once, and phones are served as before', async (context) => {
  const house = await open(context)
  await connected(house)
  const phone = await house.phone('101')
  assert.is((await phone.register())[0], 200)
  const first = house.sip.srf()
  await context.standIn.kill()
  await until('the loss to be noticed', () => house.sip.connected.length === 0)
  assert.is(house.sip.srf(), null)
  // Several attempts in vain.
  await until('the trouble to be told', () => house.troubles.length > 0)
  await context.standIn.up()
  await connected(house)
  assert.equal(codes(house), ['sip.server_away'])
  await until('that it is back', () => house.back.length === 1)
  assert.is.not(house.sip.srf(), first)
  assert.is((await phone.register())[0], 200)
  assert.is(house.sip.bindings.contactsOf({ tenant: TENANT, extension: '101' }).length, 1)
})

test('a wrong secret is one clear line in both languages, and is tried again until it is right', async (context) => {
  const house = await open(context, { secret: 'wrong secret' })
  await until('several attempts', () => context.standIn.attempts >= 5)
  assert.equal(codes(house), ['sip.secret_refused'])
  const [english, chinese] = (['en', 'zh'] as const).map((language) => describe(house.troubles[0]!, language, problems))
  const server = `127.0.0.1:${context.standIn.controlPort}`
  assert.match(english!, `The SIP server ${server} refuses the secret. It is tried again by itself.`)
  assert.match(chinese!, `SIP 服务器 ${server} 拒绝了密钥`)
  assert.not.match(`${english} ${chinese} ${house.logged.join()}`, 'wrong secret')
  context.standIn.secret = 'wrong secret'
  await connected(house)
  await until('that it is back', () => house.back.length === 1)
})

for (const [fault, secret] of [
  ['refuses the secret', 'wrong'],
  ['accepts us and hangs up', undefined],
] as const)
  test(`the pauses between attempts grow when drachtio ${fault}`, async (context) => {
    context.standIn.isFickle = true
    const pauses = { firstMs: 40, longestMs: 10_000 }
    await open(context, { ...(secret && { secret }), dice: () => 1, line: { ...quick, pauses } })
    const at: number[] = []
    await until('six attempts', () => {
      if (context.standIn.attempts > at.length) at.push(performance.now())
      return at.length >= 6
    })
    // 40, 80, 160, 320, 640: however slow the machine, no pause is shorter than it should be by more than a look takes.
    assert.ok(at[5]! - at[0]! >= 1_000, `${at[5]! - at[0]!} ms`)
  })

test('nothing listens there, then something does', async (context) => {
  await context.standIn.kill()
  const house = await open(context)
  await until('the trouble to be told', () => house.troubles.length > 0)
  assert.equal(codes(house), ['sip.server_away'])
  assert.match(describe(house.troubles[0]!, 'en', problems), 'ECONNREFUSED')
  await context.standIn.up()
  await connected(house)
})

test('drachtio falls silent, before and after it has accepted us', async (context) => {
  context.standIn.isSilent = true
  const house = await open(context)
  await until('the trouble to be told', () => house.troubles.length === 1)
  assert.equal(codes(house), ['sip.server_away'])
  context.standIn.isSilent = false
  await connected(house)
  context.standIn.isSilent = true
  await until('the silence to be noticed', () => house.troubles.length === 2)
  assert.is(house.sip.srf(), null)
  assert.match(describe(house.troubles[1]!, 'en', problems), 'it has fallen silent')
  context.standIn.isSilent = false
  await connected(house)
  assert.is((await (await house.phone('101')).register())[0], 200)
})

test('messages that cannot be read are counted, not printed, and end nothing', async (context) => {
  const house = await open(context)
  await connected(house)
  const printed: unknown[] = []
  const print = console.error
  console.error = (...words: unknown[]) => void printed.push(words)
  try {
    const { standIn } = context
    const head = 'id|sip|network|99|udp|127.0.0.1|5060|10:00:00.000000|transaction||127.0.0.1|5060|'
    standIn.say('id|nonsense')
    standIn.say('nonsense')
    standIn.say(`${head}\r\nREGISTER sip:pbx.example SIP/2.0\r\nFrom <sip:13800001111@pbx.example>\r\n\r\n`)
    standIn.say(`${head}\r\nINVITE  SIP/2.0\r\nFrom: <sip:13800001111@pbx.example>\r\n\r\n`)
    standIn.say(`${head}\r\nREGISTER sip:pbx.example SIP/2.0\r\n\r\n`)
    await until('all of them', () => house.sip.refused.unreadable === 4 && house.sip.refused.malformed === 1)
    assert.is((await (await house.phone('101')).register())[0], 200)
  } finally {
    console.error = print
  }
  assert.equal(printed, [])
  assert.not.match(house.logged.join(), '13800001111')
})

test('a handler of calls that fails is answered for; none at all: nobody is there', async (context) => {
  const house = await open(context)
  await connected(house)
  const phone = await house.phone('101')
  await phone.register()
  house.sip.onInvite(() => {
    throw new Error('13800001111')
  })
  assert.is(statusOf((await phone.prove('INVITE'))!), 500)
  house.sip.onInvite(async () => {
    throw new Error('13800001111')
  })
  assert.is(statusOf((await phone.prove('INVITE'))!), 500)
  assert.not.match(house.logged.join(), '13800001111')
})

test('who looks up extensions and never answers: 503 in time, before the phone gives up', async (context) => {
  const house = await open(context, { account: () => new Promise(() => {}) })
  await connected(house)
  const answer = await (await house.phone('101')).prove('REGISTER')
  assert.equal([statusOf(answer!), field(answer!, 'retry-after')], [503, '10'])
})

test('two SIP servers: each phone is reached through the one that it registered at', async (context) => {
  const other = await DrachtioStandIn.start()
  try {
    const { standIn } = context
    const [one, two] = [standIn, other].map(({ controlPort, secret }) => ({
      host: '127.0.0.1',
      port: controlPort,
      secret,
    }))
    const house = await open(context, { servers: [one!, two!] })
    await until('both', () => house.sip.connected.length === 2)
    const phones = [await house.phone('101'), await house.phone('102')]
    phones[1]!.server.port = other.sipPort
    for (const phone of phones) assert.is((await phone.register())[0], 200)
    const servers = ['101', '102'].map(
      (extension) => house.sip.bindings.contactsOf({ tenant: TENANT, extension })[0]!.server,
    )
    assert.equal(servers, [`127.0.0.1:${one!.port}`, `127.0.0.1:${two!.port}`])
    assert.is.not(house.sip.srf(servers[0]), house.sip.srf(servers[1]))
    await standIn.kill()
    await until('one to be lost', () => house.sip.connected.length === 1)
    // What does not depend on the phone's own connection goes by the other.
    assert.is(house.sip.srf(servers[0]), house.sip.srf(servers[1]))
    await standIn.up()
  } finally {
    await other.kill()
  }
})

test('a phone whose connection is closed is not registered any more, until it registers again', async (context) => {
  context.standIn.protocol = 'tcp'
  const house = await open(context, { pace: { natMs: 20, otherMs: 20, answerMs: 2_000, atOnce: 10 } })
  await connected(house)
  const [phone, other] = [await house.phone('101'), await house.phone('102')]
  await phone.register()
  await until('it to be asked', () => house.sip.registrations()[0]?.status === 'reachable')
  context.standIn.isClosed = true
  await until('it to be noticed', () => house.reports.some(({ what }) => what === 'unregistered'))
  assert.equal(house.sip.bindings.contactsOf({ tenant: TENANT, extension: '101' }), [])
  assert.equal((await context.store.load({ tenant: TENANT, extension: '101' })).bindings, [])
  context.standIn.isClosed = false
  for (const one of [phone, other]) assert.is((await one.register())[0], 200)
  const turns = () => house.reports.map(({ what }) => what).filter((what) => what.endsWith('registered'))
  await until('reports', () => turns().length === 4)
  assert.equal(turns(), ['registered', 'unregistered', 'registered', 'registered'])
})

test('the store is away: phones are asked to try again, those that are registered stay; told once', async (context) => {
  const database = await freshDatabase('sip_store_away')
  const gate = await gateBefore(Number(new URL(database.url).port))
  const store = await openPostgresBindings(gate.through(database.url))
  try {
    const house = await open({ ...context, store })
    await connected(house)
    const [there, late] = [await house.phone('101'), await house.phone('102')]
    assert.is((await there.register())[0], 200)
    gate.stall()
    for (const phone of [there, late]) {
      const answer = await phone.prove('REGISTER')
      assert.equal([statusOf(answer!), field(answer!, 'retry-after')], [503, '10'])
    }
    assert.equal(codes(house), ['sip.bindings_away'])
    assert.is(house.sip.bindings.contactsOf({ tenant: TENANT, extension: '101' }).length, 1)
    assert.is(house.sip.bindings.contactsOf({ tenant: TENANT, extension: '102' }).length, 0)
    gate.open()
    for (const phone of [there, late])
      await until('it to be registered', async () => (await phone.register())[0] === 200)
    assert.equal(house.back, ['registrations'])
    await house.close()
    context.houses.splice(0)
  } finally {
    await store.close()
    await gate.close()
    await database.drop()
  }
})

test('two processes that both believe they have the phones: the store lets none undo the other', async (context) => {
  const [one, other] = [await open(context), await open(context)]
  await connected(one)
  await connected(other)
  const phones = [await one.phone('101'), await one.phone('101'), await one.phone('101'), await one.phone('101')]
  // drachtio hands requests to both in turn.
  const answers = await Promise.all(phones.map((phone) => phone.register()))
  const challenged = await Promise.all(phones.map((phone) => phone.register()))
  assert.ok([...answers, ...challenged].some(([status]) => status === 200))
  const kept = (await context.store.load({ tenant: TENANT, extension: '101' })).bindings
  const registered = phones.filter((_, n) => answers[n]![0] === 200 || challenged[n]![0] === 200)
  assert.equal(kept.map(({ contact }) => contact).toSorted(), registered.map(({ contact }) => contact).toSorted())
})

test('it is closed at once, also while it waits for a server', async (context) => {
  await context.standIn.kill()
  const house = await open(context, { line: { ...quick, pauses: { firstMs: 60_000, longestMs: 60_000 } } })
  await until('the trouble to be told', () => house.troubles.length > 0)
  await house.close()
  context.houses.splice(0)
  await context.standIn.up()
})

test.run()

/**
 * Hostile SIP against the whole of our side: whatever comes, it is answered or dropped, counted, said once, and phones and
 * gateways do not notice. Against the stand-in always, against a real drachtio-server with larger numbers.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { connected, sipHouse, TRUNK, type Drachtio, type SipHouse } from '../drachtio/house.ts'
import { compose, statusOf } from '../drachtio/message.ts'
import type { TestPhone } from '../drachtio/phone.ts'
import { tortureCalls } from '../drachtio/torture-calls.ts'
import { tortures, written } from '../drachtio/torture.ts'
import { until } from '../support/gate.ts'
import { keptInMemory } from '../support/kept-in-memory.ts'

interface World {
  drachtio: Drachtio
  /** Does the SIP server still run? */
  lives(): boolean
  close(): Promise<void>
}

export function hostileContract(title: string, { floods }: { floods: number }, begin: () => Promise<World>) {
  const contract = suite<{ world: World; house: SipHouse; phone: TestPhone }>(title)
  contract.before(async (context) => {
    context.world = await begin()
    context.house = await sipHouse(context.world.drachtio, keptInMemory())
    await connected(context.house)
    context.phone = await context.house.phone('101')
    assert.is((await context.phone.register())[0], 200)
  })
  contract.after(async ({ house, world }) => {
    await house.close()
    await world.close()
  })
  // After each attack an honest phone registers and calls, a gateway's call comes in, and nothing of the attack is kept.
  contract.after.each(async ({ house, world, phone }) => {
    assert.ok(world.lives(), 'the SIP server runs')
    assert.is((await phone.register())[0], 200, 'a phone registers')
    phone.nonce = null
    assert.is(statusOf((await phone.prove('INVITE'))!), 486, 'a phone calls')
    const trunk = await house.phone('13800001111', {}, TRUNK)
    const call = trunk.request('INVITE', { uri: 'sip:95588@pbx.example' })
    assert.is(statusOf((await trunk.ask(call))!), 486, 'a gateway calls')
    await until('no call kept', () =>
      [...house.sip.srf()!.app.client.mapServer.values()].every((one) => one.pendingNetworkInvites.size === 0),
    )
    assert.equal(
      house.logged.filter((line) => /not answered in time|failed/.test(line)),
      [],
    )
  })

  const total = ({ sip }: SipHouse): number => Object.values(sip.refused).reduce((sum, count) => sum + count, 0)

  for (const [n, [whose, host]] of (
    [
      ['a stranger', null],
      ['a gateway', TRUNK],
    ] as const
  ).entries())
    contract(`RFC 4475: calls of ${whose} that are torture are answered or dropped`, async ({ house, world }) => {
      const calls = house.calls.length
      for (const [m, torture] of [...tortureCalls, ...tortures].entries()) {
        const sender = await house.phone('mallory', {}, host ?? `127.0.2.${m + 1}`)
        const heard = sender.heard((status) => status >= 200, 400)
        sender.send(written(torture, { via: `torture${n}x${m}`, call: `torture-${n}-${m}@x`, user: 'mallory' }))
        const answer = await heard
        const status = answer ? statusOf(answer) : 0
        const right = host === null ? torture.right : [...torture.right, 200, 404, 405, 486, 481]
        assert.ok(right.includes(status), `${torture.title}: ${status}`)
        assert.ok(world.lives(), torture.title)
        sender.close()
      }
      if (host === null) assert.is(house.calls.length, calls, 'no call of a stranger is handed on')
    })

  contract('mutated calls, seeded, of strangers and of a gateway: nothing ends', async ({ house, world }) => {
    const dice = seededDice(4475)
    const trunk = await house.phone('13800001111', {}, TRUNK)
    const bytes = ['\u0000', '\r\n', '"', '<', '>', ';', ',', '%', ':', ' ', '\t', '=', '@', 'é', '\\', '']
    for (let m = 0; m < floods; m++) {
      const sender = m % 2 === 0 ? trunk : await house.phone('mallory', {}, `127.0.3.${(m % 250) + 1}`)
      let text = compose(sender.request('INVITE', { uri: 'sip:95500@pbx.example', callId: `mutant-${m}` }))
      for (let change = 0; change < 1 + dice() * 4; change++) {
        const at = Math.floor(dice() * text.length)
        const cut = Math.floor(dice() * 4)
        text = text.slice(0, at) + bytes[Math.floor(dice() * bytes.length)]! + text.slice(at + cut)
      }
      sender.send(text)
      if (sender !== trunk) sender.close()
    }
    assert.ok(world.lives())
  })

  contract(
    'toll fraud: numbers abroad and of services, from addresses that nobody knows, reach nobody',
    async ({ house }) => {
      const before = total(house)
      const calls = house.calls.length
      const numbers = [
        '00442079460000',
        '0019001234567',
        '+37281234567',
        '900442079460000',
        '9011442079460000',
        '0000442079460000',
        '16800',
        '95500',
        '101',
        '8201',
      ]
      const froms = ['101', '100', '1000', 'admin', 'sipvicious', 'asterisk']
      for (const [n, number] of numbers.entries())
        for (const [m, from] of froms.entries()) {
          const scanner = await house.phone(
            from,
            { userAgent: 'friendly-scanner' },
            `127.0.4.${n * froms.length + m + 1}`,
          )
          const answer = await scanner.ask(scanner.request('INVITE', { uri: `sip:${number}@pbx.example` }), 3_000)
          // Who takes the name of a phone that is registered is asked to prove it; all others are told no.
          assert.is(statusOf(answer!), from === '101' ? 407 : 403, `${from} to ${number}`)
          scanner.close()
        }
      assert.is(house.calls.length, calls)
      assert.ok(total(house) >= before + numbers.length * (froms.length - 1))
    },
  )

  contract(
    'a proof that is wrong, replayed, forged or made for another number calls nobody',
    async ({ house, phone }) => {
      const calls = house.calls.length
      const uri = 'sip:0019001234567@pbx.example'
      const thief = await house.phone('101', { secret: 'guess' }, '127.0.5.1')
      const asked = async (): Promise<NonNullable<ReturnType<TestPhone['challengeOf']>>> =>
        thief.challengeOf((await thief.ask(thief.request('INVITE', { uri })))!)!
      const wrong = thief.authorization('INVITE', await asked(), { uri, nc: 1 })
      assert.is(statusOf((await thief.ask(thief.request('INVITE', { uri, fields: wrong })))!), 403)
      // What an honest phone sent once, seen on the wire and sent again from elsewhere.
      const honest = phone.challengeOf((await phone.ask(phone.request('INVITE')))!)!
      const seen = phone.authorization('INVITE', honest, { nc: 1 })
      assert.is(statusOf((await phone.ask(phone.request('INVITE', { fields: seen })))!), 486)
      assert.is(statusOf((await thief.ask(thief.request('INVITE', { fields: seen })))!), 407)
      assert.is(statusOf((await thief.ask(thief.request('INVITE', { uri, fields: seen })))!), 400)
      const forged = phone.authorization('INVITE', { ...honest, nonce: 'Zm9yZ2VkIG5vbmNl' }, { nc: 1 })
      assert.is(statusOf((await thief.ask(thief.request('INVITE', { fields: forged })))!), 407)
      assert.is(house.calls.length, calls + 1)
    },
  )

  for (const method of ['INVITE', 'REGISTER', 'OPTIONS'] as const)
    contract(
      `a flood of ${method}s from many addresses is counted, said once, and keeps no memory`,
      async ({ house }) => {
        const before = total(house)
        const said = house.logged.length
        const senders = await Promise.all(
          Array.from({ length: method === 'REGISTER' ? 5 : 50 }, (_, n) =>
            house.phone('mallory', {}, `127.0.6.${n + 1}`),
          ),
        )
        let sent = 0
        await until(
          'the flood to be counted',
          () => {
            for (const sender of senders)
              for (let n = 0; n < 4 && sent < 4 * floods; n++, sent++)
                sender.send(compose(sender.request(method, { callId: `flood-${method}-${sent}@x` })))
            return total(house) >= before + floods / 2
          },
          60_000,
        )
        for (const sender of senders) sender.close()
        assert.ok(house.logged.length - said <= 3, house.logged.slice(said).join('\n'))
      },
    )

  return contract
}

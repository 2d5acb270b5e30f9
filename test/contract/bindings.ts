/** What every store of registrations must do: `test/sip/bindings.test.ts` runs it against each. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Bindings, Phone } from '@ledgerline/adapters/telephony/sip/bindings.ts'
import type { Binding } from '@ledgerline/adapters/telephony/sip/registrar.ts'
import { TEN_O_CLOCK } from '../support/clock.ts'

export interface BindingsWorld {
  store: Bindings
  /** The same store, opened by another process. */
  another(): Promise<Bindings>
  remove(): Promise<void>
}

let made = 0
const fresh = (): Phone => ({ tenant: 'bank', extension: String(1000 + made++) })

const bound = (contact: string): Binding => ({
  contact,
  callId: 'a@b',
  cseq: 7,
  expiresAt: TEN_O_CLOCK,
  at: TEN_O_CLOCK - 60_000,
  q: 1000,
  source: { address: '192.0.2.5', port: 5060, protocol: 'udp' },
  receivedOn: '198.51.100.1:5060',
  server: '127.0.0.1:9022',
  behindNat: true,
  path: ['<sip:edge.example;lr>'],
  userAgent: '话机 "1"',
  instance: null,
})

export function bindingsContract(title: string, open: () => Promise<BindingsWorld>): void {
  const contract = suite(title)
  let world: BindingsWorld
  contract.before(async () => {
    world = await open()
  })
  contract.after(() => world.remove())

  contract('what was saved is loaded as it was, and is among all', async () => {
    const { store } = world
    const phone = fresh()
    assert.equal(await store.load(phone), { ...phone, revision: 0, bindings: [] })
    const bindings = [bound('sip:a@192.0.2.5'), bound('sip:b@192.0.2.5')]
    assert.is(await store.save(phone, 0, bindings), 1)
    assert.equal(await store.load(phone), { ...phone, revision: 1, bindings })
    assert.equal(
      (await store.all()).filter(({ extension }) => extension === phone.extension),
      [{ ...phone, revision: 1, bindings }],
    )
  })

  contract('a phone without contacts is not among all, and its revisions go on', async () => {
    const { store } = world
    const phone = fresh()
    await store.save(phone, 0, [bound('sip:a@192.0.2.5')])
    assert.is(await store.save(phone, 1, []), 2)
    assert.equal(await store.load(phone), { ...phone, revision: 2, bindings: [] })
    assert.not.ok((await store.all()).some(({ extension }) => extension === phone.extension))
    assert.is(await store.save(phone, 0, [bound('sip:late@192.0.2.5')]), null)
    assert.is(await store.save(phone, 2, [bound('sip:a@192.0.2.5')]), 3)
  })

  contract('of many who change the same state one succeeds', async () => {
    const other = await world.another()
    try {
      const phone = fresh()
      for (const expected of [0, 1]) {
        const saved = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            (n % 2 ? other : world.store).save(phone, expected, [bound(`sip:${n}@192.0.2.5`)]),
          ),
        )
        assert.equal(
          saved.filter((revision) => revision !== null),
          [expected + 1],
        )
        const winner = saved.indexOf(expected + 1)
        assert.is((await other.load(phone)).bindings[0]?.contact, `sip:${winner}@192.0.2.5`)
      }
    } finally {
      await other.close()
    }
  })

  contract('the same extension of another tenant is another phone, whatever its name', async () => {
    const { store } = world
    const { extension } = fresh()
    const phones = ['one', 'two', 'o"ne\\', '["one'].map((tenant) => ({ tenant, extension }))
    for (const phone of phones) assert.is(await store.save(phone, 0, [bound(`sip:${phone.tenant.length}@h`)]), 1)
    for (const phone of phones)
      assert.is((await store.load(phone)).bindings[0]?.contact, `sip:${phone.tenant.length}@h`)
    assert.is((await store.all()).filter((kept) => kept.extension === extension).length, phones.length)
  })

  contract('what one process has saved another finds', async () => {
    const phone = fresh()
    await world.store.save(phone, 0, [bound('sip:a@192.0.2.5')])
    const other = await world.another()
    try {
      assert.is((await other.load(phone)).bindings.length, 1)
      assert.ok((await other.all()).some(({ extension }) => extension === phone.extension))
    } finally {
      await other.close()
    }
  })

  contract.run()
}

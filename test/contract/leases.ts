/** What every store of leases must do: `test/lease/*.test.ts` runs it against each. */
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LeaseAsked, Leases } from '@ledgerline/core/kernel/lease.ts'

const LONG = 60_000
const SHORT = 30
let made = 0

/** A name that nobody has used. */
const fresh = (): string => `lease-${++made}`

const ask = (name: string, holder: string, change: Partial<LeaseAsked> = {}): LeaseAsked => ({
  name,
  holder,
  forMs: LONG,
  above: 0,
  dead: null,
  ...change,
})

/** @param store the leases; what makes time pass by their clock, if that is not the machine's */
export function leaseContract(
  title: string,
  store: () => Promise<{ leases: Leases; pass?: (ms: number) => void; close?: () => Promise<void> }>,
): void {
  const contract = suite(title)
  let leases: Leases
  let pass: (ms: number) => Promise<void>
  let close: () => Promise<void>

  contract.before(async () => {
    const opened = await store()
    leases = opened.leases
    pass = async (ms) => (opened.pass ? opened.pass(ms) : void (await pause(ms)))
    close = async () => opened.close?.()
  })
  contract.after(() => close())

  /** Asks until it is granted. */
  async function granted(asked: LeaseAsked): Promise<number> {
    for (;;) {
      const answer = await leases.acquire(asked)
      if (answer.granted) return answer.epoch
      await pass(SHORT)
    }
  }

  contract('of two who ask one gets it, and the other is told who has it and for how long', async () => {
    const name = fresh()
    assert.equal(await leases.acquire(ask(name, 'a')), { granted: true, epoch: 1 })
    const held = await leases.acquire(ask(name, 'b'))
    assert.is(held.granted, false)
    if (held.granted) return
    assert.equal([held.epoch, held.holder], [1, 'a'])
    assert.ok(held.leftMs > LONG - 30_000 && held.leftMs <= LONG, `${held.leftMs} ms left`)
  })

  contract('many ask at once: one gets it', async () => {
    const name = fresh()
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => leases.acquire(ask(name, `asker ${n}`))))
    assert.is(answers.filter(({ granted }) => granted).length, 1)
  })

  contract('leases of different names have nothing to do with each other', async () => {
    assert.is((await leases.acquire(ask(fresh(), 'a'))).granted, true)
    assert.is((await leases.acquire(ask(fresh(), 'b'))).granted, true)
  })

  contract(
    'an expired lease is given to the next who asks, with a higher epoch; its holder can no longer renew it',
    async () => {
      const name = fresh()
      assert.is(await granted(ask(name, 'a', { forMs: SHORT })), 1)
      assert.is(await granted(ask(name, 'b')), 2)
      assert.is(await leases.renew({ name, holder: 'a', epoch: 1, forMs: LONG }), false)
      assert.is(await leases.renew({ name, holder: 'b', epoch: 2, forMs: LONG }), true)
    },
  )

  contract('a renewed lease lasts from then on', async () => {
    const name = fresh()
    await granted(ask(name, 'a', { forMs: SHORT }))
    assert.is(await leases.renew({ name, holder: 'a', epoch: 1, forMs: LONG }), true)
    await pass(SHORT * 2)
    assert.is((await leases.acquire(ask(name, 'b'))).granted, false)
  })

  contract('its holder may renew it late, as long as nobody else has taken it', async () => {
    const name = fresh()
    await granted(ask(name, 'a', { forMs: SHORT }))
    await pass(SHORT * 2)
    assert.is(await leases.renew({ name, holder: 'a', epoch: 1, forMs: LONG }), true)
    assert.is((await leases.acquire(ask(name, 'b'))).granted, false)
  })

  contract('a lease that is given back goes to the next who asks, at once', async () => {
    const name = fresh()
    await granted(ask(name, 'a'))
    await leases.release({ name, holder: 'a', epoch: 1 })
    assert.equal(await leases.acquire(ask(name, 'b')), { granted: true, epoch: 2 })
    // Releasing someone else's lease changes nothing.
    await leases.release({ name, holder: 'a', epoch: 1 })
    assert.is((await leases.acquire(ask(name, 'c'))).granted, false)
  })

  contract('asking again for one’s own lease (the answer was lost) gives the same epoch', async () => {
    const name = fresh()
    await granted(ask(name, 'a'))
    assert.equal(await leases.acquire(ask(name, 'a')), { granted: true, epoch: 1 })
  })

  contract('an epoch is higher than the applicant knows of, even if the store has forgotten', async () => {
    const name = fresh()
    assert.equal(await leases.acquire(ask(name, 'a', { above: 41 })), { granted: true, epoch: 42 })
    assert.equal(await leases.acquire(ask(name, 'a', { above: 50 })), { granted: true, epoch: 51 })
  })

  contract(
    'a lease seen to stand still is taken although the clock says it lasts; one renewed meanwhile is not',
    async () => {
      const name = fresh()
      await granted(ask(name, 'a'))
      const held = await leases.acquire(ask(name, 'b'))
      if (held.granted) return assert.unreachable()
      await leases.renew({ name, holder: 'a', epoch: 1, forMs: LONG })
      const still = await leases.acquire(ask(name, 'b', { dead: held.mark }))
      if (still.granted) return assert.unreachable('it was renewed')
      assert.equal(await leases.acquire(ask(name, 'b', { dead: still.mark })), { granted: true, epoch: 2 })
    },
  )

  contract.run()
}

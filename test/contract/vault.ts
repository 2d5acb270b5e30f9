/** What any vault must do (`core/kernel/vault.ts`). */
import type { Vault } from '@ledgerline/core/kernel/vault.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** An empty vault. */
export interface VaultUnderTest {
  vault: Vault
  /** The same keys as seen by a process started now; absent if they live in one process. */
  restarted?(): Promise<Vault>
  remove(): Promise<void>
}

export function vaultContract(name: string, make: () => Promise<VaultUnderTest>, has: { store: boolean }): void {
  const test = suite<{ under: VaultUnderTest; vault: Vault }>(`vault contract: ${name}`)

  test.before.each(async (context) => {
    context.under = await make()
    context.vault = context.under.vault
  })
  test.after.each(async (context) => context.under.remove())

  test('a subject is the same for the same identity, and differs by identity and by tenant', ({ vault }) => {
    const subject = vault.subject('t', '13800138000')
    assert.is(vault.subject('t', '13800138000'), subject)
    assert.is.not(vault.subject('t', '13800138001'), subject)
    assert.is.not(vault.subject('u', '13800138000'), subject)
    assert.match(subject, /^[\w-]{22}$/)
    assert.not(subject.includes('13800138000'))
  })

  test('a digest is the same for the same text, however long, and differs by text and by tenant', ({ vault }) => {
    for (const text of ['', '1234', 'x'.repeat(1_000_000)]) {
      const digest = vault.digest('t', text)
      assert.is(vault.digest('t', text), digest)
      assert.is.not(vault.digest('t', `${text} `), digest)
      assert.is.not(vault.digest('u', text), digest)
      assert.match(digest, /^[\w-]{43}$/)
      assert.is.not(digest, vault.subject('t', text.slice(0, 100)))
    }
  })

  test('sealed values open again, and do not show what they are', async ({ vault }) => {
    const subject = vault.subject('t', '13800138000')
    await vault.ready('t', [subject], true)
    for (const value of ['13800138000', '', '王小明 📞', 'x'.repeat(4000)]) {
      const sealed = vault.seal('t', subject, value)
      assert.is(sealed.s, subject)
      assert.match(sealed.c, /^[\w-]+$/)
      assert.is(vault.open('t', sealed), value)
    }
    assert.is.not(vault.seal('t', subject, 'a').c, vault.seal('t', subject, 'a').c, 'equal values do not look equal')
  })

  test('values changed since, or moved to another person, do not open', async ({ vault }) => {
    const [one, other] = [vault.subject('t', '1'), vault.subject('t', '2')]
    await vault.ready('t', [one, other], true)
    const sealed = vault.seal('t', one, 'secret')
    const bytes = Buffer.from(sealed.c, 'base64url')
    for (const at of [5, 17, bytes.length - 1]) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1
      assert.throws(() => vault.open('t', { s: one, c: changed.toString('base64url') }))
    }
    assert.throws(() => vault.open('t', { s: one, c: bytes.subarray(0, 10).toString('base64url') }))
    assert.is(vault.open('t', { s: other, c: sealed.c }), null)
  })

  test('a forgotten person cannot be read again, not even after a new key was made for them', async ({ vault }) => {
    const [gone, kept] = [vault.subject('t', '1'), vault.subject('t', '2')]
    await vault.ready('t', [gone, kept], true)
    const [before, other] = [vault.seal('t', gone, 'old'), vault.seal('t', kept, 'other')]
    assert.ok(await vault.forget('t', gone))
    assert.not(await vault.forget('t', gone))
    await vault.ready('t', [gone, kept], false)
    assert.is(vault.open('t', before), null)
    assert.is(vault.open('t', other), 'other')
    assert.throws(() => vault.seal('t', gone, 'more'))
    await vault.ready('t', [gone], true)
    const after = vault.seal('t', gone, 'new')
    assert.is(vault.open('t', before), null)
    assert.is(vault.open('t', after), 'new')
  })

  test('forgetting in one tenant leaves the other alone', async ({ vault }) => {
    const [inT, inU] = [vault.subject('t', '1'), vault.subject('u', '1')]
    await vault.ready('t', [inT], true)
    await vault.ready('u', [inU], true)
    const sealed = vault.seal('u', inU, 'x')
    await vault.forget('t', inT)
    await vault.ready('u', [inU], false)
    assert.is(vault.open('u', sealed), 'x')
  })

  test('a person never seen before has no key until one is requested', async ({ vault }) => {
    const subject = vault.subject('t', '1')
    await vault.ready('t', [subject], false)
    assert.is(vault.open('t', { s: subject, c: 'AAAAAAAA' }), null)
    assert.throws(() => vault.seal('t', subject, 'x'))
  })

  test('keys of twenty thousand persons are made at once, and all of them stay in memory', async ({ vault }) => {
    const subjects = Array.from({ length: 20_000 }, (_, index) => vault.subject('t', `number ${index}`))
    await vault.ready('t', subjects, true)
    const sealed = subjects.map((subject, index) => vault.seal('t', subject, String(index)))
    await vault.ready('t', subjects, false)
    assert.ok(sealed.every((one, index) => vault.open('t', one) === String(index)))
  })

  test('persons made ready by several at once get one key', async ({ vault }) => {
    const subjects = Array.from({ length: 50 }, (_, index) => vault.subject('t', `number ${index}`))
    await Promise.all(Array.from({ length: 8 }, () => vault.ready('t', subjects, true)))
    const sealed = subjects.map((subject) => vault.seal('t', subject, 'x'))
    assert.ok(sealed.every((one) => vault.open('t', one) === 'x'))
  })

  if (has.store) {
    test('keys outlive the process, and forgotten ones stay forgotten', async ({ under, vault }) => {
      const [kept, gone] = [vault.subject('t', '1'), vault.subject('t', '2')]
      await vault.ready('t', [kept, gone], true)
      const [one, other] = [vault.seal('t', kept, 'kept'), vault.seal('t', gone, 'gone')]
      await vault.forget('t', gone)
      const again = await under.restarted!()
      assert.is(again.subject('t', '1'), kept)
      await again.ready('t', [kept, gone], false)
      assert.is(again.open('t', one), 'kept')
      assert.is(again.open('t', other), null)
      await again.close()
    })

    test('two processes that see a person first at the same moment agree on their key', async ({ under, vault }) => {
      const other = await under.restarted!()
      const subjects = Array.from({ length: 200 }, (_, index) => vault.subject('t', `number ${index}`))
      await Promise.all([vault.ready('t', subjects, true), other.ready('t', subjects.toReversed(), true)])
      for (const subject of subjects) assert.is(other.open('t', vault.seal('t', subject, 'x')), 'x')
      await other.close()
    })
  }

  test.run()
}

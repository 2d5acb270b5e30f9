/** Snapshots of processes in a store that others can read. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { sealedSnapshots } from '@ledgerline/adapters/keys/sealed-snapshots.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'

const snapshots = suite('sealed snapshots')

function store() {
  const kept = new Map<string, { position: Position; state: string }>()
  return {
    kept,
    load: async (name: string) => kept.get(name) ?? null,
    save: async (name: string, position: Position, state: string) => void kept.set(name, { position, state }),
  }
}

const state = JSON.stringify({ calls: [{ number: '13800002225' }] })

snapshots('what is kept comes back as it was, and its store contains no number', async () => {
  const inner = store()
  const sealed = sealedSnapshots(inner, memoryVault(), 'test')
  assert.is(await sealed.load('switchboard'), null)
  await sealed.save('switchboard', '7' as Position, state)
  assert.not.ok(inner.kept.get('switchboard')!.state.includes('13800002225'))
  assert.equal(await sealed.load('switchboard'), { position: '7', state })
})

snapshots('what an older program kept in the clear, or another tenant sealed, is ignored', async () => {
  const inner = store()
  inner.kept.set('switchboard', { position: '7' as Position, state })
  const vault = memoryVault()
  assert.is(await sealedSnapshots(inner, vault, 'test').load('switchboard'), null)
  await sealedSnapshots(inner, vault, 'other').save('switchboard', '8' as Position, state)
  assert.is(await sealedSnapshots(inner, vault, 'test').load('switchboard'), null)
})

snapshots.run()

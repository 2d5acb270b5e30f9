/**
 * Sealed snapshots of a process: its state contains the numbers of callers on the line, which must not be readable by
 * someone who only has the database. The process has a key of its own, kept in the vault like a person's.
 */
import type { SnapshotStore } from '@ledgerline/core/switchboard/process.ts'
import { isSealed, type Vault } from '@ledgerline/core/kernel/vault.ts'

/** Seals what is kept in `store`; what cannot be opened (another master key) is ignored, which only costs time. */
export function sealedSnapshots(store: SnapshotStore, vault: Vault, tenant: string): SnapshotStore {
  const subjectOf = (name: string): string => vault.subject(tenant, `process ${name}`)
  return {
    async load(name) {
      const kept = await store.load(name)
      if (!kept) return null
      const sealed: unknown = JSON.parse(kept.state)
      if (!isSealed(sealed)) return null
      await vault.ready(tenant, [sealed.s], false)
      const state = vault.open(tenant, sealed)
      return state === null ? null : { position: kept.position, state }
    },
    async save(name, position, state) {
      const subject = subjectOf(name)
      await vault.ready(tenant, [subject], true)
      await store.save(name, position, JSON.stringify(vault.seal(tenant, subject, state)))
    },
  }
}

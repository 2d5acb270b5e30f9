/**
 * Snapshots of a process, sealed: its state knows the numbers of callers who are on the line, and those are
 * nobody's business who only has the database. The key is the process's own, in the vault like a person's.
 */
import type { SnapshotStore } from '@ledgerline/core/switchboard/process.ts'
import { isSealed, type Vault } from '@ledgerline/core/kernel/vault.ts'

/** What is kept in `store` is sealed; what cannot be opened (another master key) is passed over, which costs only time. */
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

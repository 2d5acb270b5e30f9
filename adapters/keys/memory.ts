/** A vault whose keys live and die with the process: for simulations and tests. Its cryptography is the real one. */
import { randomBytes } from 'node:crypto'
import type { Vault } from '@ledgerline/core/kernel/vault.ts'
import { Sealing } from './sealing.ts'
import { KeyVault, type KeyStore } from './vault.ts'

export function memoryVault(): Vault {
  const keys = new Map<string, Buffer>()
  const store: KeyStore = {
    async load(tenant, subjects) {
      return new Map(
        subjects.flatMap((subject) => {
          const wrapped = keys.get(`${tenant}\0${subject}`)
          return wrapped ? [[subject, wrapped] as const] : []
        }),
      )
    },
    async add(tenant, made) {
      for (const [subject, wrapped] of made)
        if (!keys.has(`${tenant}\0${subject}`)) keys.set(`${tenant}\0${subject}`, wrapped)
      return store.load(tenant, [...made.keys()])
    },
    async remove(tenant, subject) {
      return keys.delete(`${tenant}\0${subject}`)
    },
    async close() {},
  }
  return new KeyVault(new Sealing(randomBytes(32)), store)
}

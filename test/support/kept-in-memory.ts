/** A store of registrations that lasts as long as the process. */
import type { Bindings, Kept } from '@ledgerline/adapters/telephony/sip/bindings.ts'

export function keptInMemory(): Bindings {
  const kept = new Map<string, Kept>()
  const key = ({ tenant, extension }: { tenant: string; extension: string }) => `${tenant} ${extension}`
  return {
    all: async () => [...kept.values()],
    load: async (phone) => kept.get(key(phone)) ?? { ...phone, revision: 0, bindings: [] },
    async save(phone, expected, bindings) {
      const { revision } = kept.get(key(phone)) ?? { revision: 0 }
      if (revision !== expected) return null
      kept.set(key(phone), { ...phone, revision: revision + 1, bindings: [...bindings] })
      return revision + 1
    },
    close: async () => {},
  }
}

/**
 * A record of a large register: one stream each, whose id is a keyed hash of what makes the record the only one of its
 * kind. So a key can be taken once, whatever two people do at the same moment, nothing has to hold all records, and the
 * name of a stream says nothing about anybody. A key that was removed and is entered again goes on in the same stream.
 */
import type { Decider } from '../kernel/decider.ts'
import { derivedId } from '../kernel/derived-id.ts'
import { Problem } from '../kernel/problem.ts'
import { changeOf } from './book.ts'
import { entryAfter, latest, type Entry } from './entry.ts'
import type { Values } from './fields.ts'
import { happeningOf, uniqueKeys, type Kind, type RecordEvent } from './kind.ts'

/** The streams of records of large registers. */
export const LARGE_CATEGORY = 'record' as const

export interface LargeRecord {
  /** Null: it is not there, or was removed. */
  readonly entry: Entry | null
  /** Everything that ever happened to this key: a removed record that comes back does not begin at version 1 again. */
  readonly version: number
}

export type LargeCommand =
  | { do: 'add'; recordId: string; values: Values }
  /** @property version the one that was edited; null: whatever it is now */
  | { do: 'change'; recordId: string; version: number | null; values: Values }
  /** @property because the record with which it goes; null: somebody removes it */
  | { do: 'remove'; recordId: string; because: string | null }

export type LargeDecider = Decider<LargeRecord, LargeCommand, RecordEvent>

export function largeDecider(kind: Kind): LargeDecider {
  return {
    category: LARGE_CATEGORY,
    initial: { entry: null, version: 0 },
    decide(command, { entry, version }) {
      const { recordId } = command
      if (command.do === 'add') {
        if (entry) throw new Problem('record.key_taken', naming(kind), { where: keyFields(kind).at(-1)! })
        return [addedOf(kind, recordId, command.values)]
      }
      if (command.do === 'remove') return entry ? [removedOf(kind, recordId, command.because)] : []
      if (!entry) throw new Problem('record.unknown', naming(kind))
      if (command.version !== null && command.version !== version)
        throw new Problem('record.changed_meanwhile', naming(kind))
      const changed = changeOf(kind, recordId, latest(entry), command.values)
      if (!changed) return []
      // Another key is another stream: whoever wants that adds one and removes the other (`large-commands.ts`).
      if (changesKey(kind, latest(entry), command.values)) throw new TypeError(`${kind.name}: its key stays`)
      return [changed]
    },
    evolve(record, { type, data }) {
      const of = happeningOf([kind], type)
      if (!of) return record
      return { entry: entryAfter(record.entry, of.happening, data, false), version: record.version + 1 }
    },
  }
}

export const addedOf = (kind: Kind, recordId: string, values: Values): RecordEvent => ({
  type: `${kind.eventName}Added`,
  data: { recordId, values },
})
export const removedOf = (kind: Kind, recordId: string, because: string | null): RecordEvent => ({
  type: `${kind.eventName}Removed`,
  data: { recordId, because },
})

/** The fields by which a record is the only one. */
const keyFields = ({ unique }: Kind): readonly string[] => unique[0]!.fields

/** Would these values make it another record? */
export function changesKey(kind: Kind, now: Values, values: Values): boolean {
  return uniqueKeys(kind, now)[0] !== uniqueKeys(kind, { ...now, ...values })[0]
}

/**
 * The id of the record that has this key, there or not.
 * @param digest the tenant's keyed hash: who does not have the key cannot find out whose record it is
 */
export function idOfKey(kind: Kind, values: Values, digest: (text: string) => string): string {
  return derivedId(digest(uniqueKeys(kind, values)[0]!), kind.name)
}

const naming = ({ name }: Kind): { what: string } => ({ what: name })

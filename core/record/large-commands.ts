/** Carries out commands on large registers: each record by its own stream, and what it refers to by that one's book. */
import type { Answer, Commands, CommandEnvelope } from '../kernel/command.ts'
import { Problem } from '../kernel/problem.ts'
import type { Book, RecordCommand } from './book.ts'
import { latest } from './entry.ts'
import type { Values } from './fields.ts'
import type { Kind } from './kind.ts'
import { changesKey, idOfKey, largeDecider, type LargeDecider, type LargeRecord } from './large.ts'

interface Dependencies {
  commands: Commands
  /** A book as the log has it now. */
  bookOf(kind: string, tenant: string): Promise<Book>
}

type Of<D extends RecordCommand['do']> = Extract<RecordCommand, { do: D }>
export type Done = Answer & { recordId: string }

export class LargeCommands {
  readonly #with: Dependencies
  readonly #deciders = new Map<string, LargeDecider>()

  constructor(dependencies: Dependencies) {
    this.#with = dependencies
  }

  /** The id of the record that has the key of these values, there or not. */
  idOf(kind: Kind, tenant: string, values: Values): string {
    return idOfKey(kind, values, (text) => this.#with.commands.digest(tenant, text))
  }

  /** @throws Problem the refusal, or `log.unavailable` */
  async carryOut(kind: Kind, command: RecordCommand, envelope: CommandEnvelope): Promise<Done> {
    switch (command.do) {
      case 'add':
        return this.#add(kind, command.values, envelope)
      case 'change':
        return this.#change(kind, command, envelope)
      case 'change_many':
        return this.#changeMany(kind, command, envelope)
      case 'remove':
        return this.#remove(kind, command, envelope)
      default:
        throw new TypeError(`${kind.name} has no review`)
    }
  }

  /** @throws Problem `record.refers_to_nothing` */
  async demandReferences({ fields }: Kind, tenant: string, values: Values): Promise<void> {
    for (const [name, { refersTo }] of Object.entries(fields)) {
      const target = values[name] ?? null
      if (!refersTo || target === null) continue
      const { records } = await this.#with.bookOf(refersTo.kind, tenant)
      if (records.get(target as string)?.kind.name !== refersTo.kind)
        throw new Problem('record.refers_to_nothing', { what: refersTo.kind }, { where: name })
    }
  }

  async #add(kind: Kind, values: Values, envelope: CommandEnvelope): Promise<Done> {
    const recordId = this.idOf(kind, envelope.tenant, values)
    const written = await this.#with.commands.written(this.#decider(kind), recordId, envelope)
    if (written) return { ...written, recordId }
    // A record that is added while what it refers to is being removed goes with it: `removed-references.ts`.
    await this.demandReferences(kind, envelope.tenant, values)
    return this.#carry(kind, recordId, { do: 'add', recordId, values }, envelope)
  }

  async #change(kind: Kind, { recordId, version, values }: Of<'change'>, envelope: CommandEnvelope): Promise<Done> {
    const { entry } = await this.#current(kind, envelope.tenant, recordId)
    const now = entry && latest(entry)
    if (now && changesKey(kind, now, values)) return this.#move(kind, { recordId, version, now, values }, envelope)
    await this.demandReferences(kind, envelope.tenant, values)
    return this.#carry(kind, recordId, { do: 'change', recordId, version, values }, envelope)
  }

  /** One after the other: a repetition of the command completes what was begun. */
  async #changeMany(kind: Kind, { recordIds, values }: Of<'change_many'>, envelope: CommandEnvelope): Promise<Done> {
    let last: Done | null = null
    const events: string[] = []
    for (const recordId of recordIds) {
      last = await this.#change(kind, { do: 'change', kind: kind.name, recordId, version: null, values }, envelope)
      events.push(...last.events)
    }
    return { ...last!, events }
  }

  /** Its key becomes another: it is added there, and removed here. A repetition of the command completes what was begun. */
  async #move(
    kind: Kind,
    { recordId, version, now, values }: Omit<Of<'change'>, 'do' | 'kind'> & { now: Values },
    envelope: CommandEnvelope,
  ): Promise<Done> {
    if (version !== null && version !== (await this.#current(kind, envelope.tenant, recordId)).version)
      throw new Problem('record.changed_meanwhile', { what: kind.name })
    const added = await this.#add(kind, { ...now, ...values }, envelope)
    const gone = await this.#carry(kind, recordId, { do: 'remove', recordId, because: added.recordId }, envelope)
    return { ...gone, events: [...added.events, ...gone.events], recordId: added.recordId }
  }

  async #remove(kind: Kind, { recordIds }: Of<'remove'>, envelope: CommandEnvelope): Promise<Done> {
    const there = await Promise.all(recordIds.map((id) => this.#current(kind, envelope.tenant, id)))
    const decider = this.#decider(kind)
    for (const [index, { entry }] of there.entries())
      if (!entry && !(await this.#with.commands.written(decider, recordIds[index]!, envelope)))
        throw new Problem('record.unknown', { what: kind.name })
    let last: Done | null = null
    const events: string[] = []
    for (const recordId of recordIds) {
      last = await this.#carry(kind, recordId, { do: 'remove', recordId, because: null }, envelope)
      events.push(...last.events)
    }
    return { ...last!, events }
  }

  #current(kind: Kind, tenant: string, recordId: string): Promise<LargeRecord> {
    return this.#with.commands.current(this.#decider(kind), recordId, tenant)
  }

  async #carry(
    kind: Kind,
    recordId: string,
    command: Parameters<LargeDecider['decide']>[0],
    envelope: CommandEnvelope,
  ): Promise<Done> {
    const { answer } = await this.#with.commands.carryOut(this.#decider(kind), recordId, command, envelope)
    return { ...answer, recordId }
  }

  #decider(kind: Kind): LargeDecider {
    const made = this.#deciders.get(kind.name) ?? largeDecider(kind)
    this.#deciders.set(kind.name, made)
    return made
  }
}

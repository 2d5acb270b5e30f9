/** The item that is open: as it was read, what was typed since, and what the server said of it. */
import { CommandSender } from '../http/command-sender.svelte.ts'
import { get, Refusal } from '../http/requests.ts'
import type { LanguageCode } from '../language/format.ts'
import type { Draft, DraftRow, SectionForm } from './draft.svelte.ts'

export class OpenItem {
  readonly sender = new CommandSender()
  row: DraftRow | null = $state.raw(null)
  refusal: Refusal | null = $state.raw(null)
  /** By setting; the rest is as it was read. */
  typed: Readonly<Record<string, unknown>> = $state.raw({})
  readonly before: Readonly<Record<string, unknown>> = $derived.by(() =>
    this.row ? this.row.item : this.key === null ? this.#form.fresh : {},
  )
  readonly item: Readonly<Record<string, unknown>> = $derived({ ...this.before, ...this.typed })
  readonly changed: boolean = $derived(Object.keys(this.typed).length > 0)
  readonly gone: boolean = $derived(this.row?.change === 'removed')
  /** Null: a new one. */
  readonly key: string | null
  readonly #draft: Draft
  readonly #form: SectionForm

  constructor(draft: Draft, form: SectionForm, key: string | null) {
    this.#draft = draft
    this.#form = form
    this.key = key
    void this.load()
  }

  set(name: string, value: unknown): void {
    this.typed = { ...this.typed, [name]: value }
  }

  /** What is wrong, by place in the item. */
  wrong(language: LanguageCode): Readonly<Record<string, string>> {
    const outcome = this.sender.outcome
    if (!outcome || outcome.ok || !outcome.refusal.where) return {}
    const place = outcome.refusal.where.replace(/^items\.\d+\.item\./, '').replace(/^network\.\w+\.\d+\./, '')
    return { [place]: outcome.refusal.words(language).detail }
  }

  get changedMeanwhile(): boolean {
    const outcome = this.sender.outcome
    return outcome !== null && !outcome.ok && outcome.refusal.code === 'draft.changed_meanwhile'
  }

  async load(): Promise<void> {
    if (this.key === null) return
    try {
      const path = `/api/v1/draft/items/${this.#form.section}/${encodeURIComponent(this.key)}`
      this.row = await get<DraftRow>(path, {}, AbortSignal.timeout(10_000))
      this.refusal = null
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.refusal = error
    }
  }

  /** Its key, once it is in the draft; null: it was refused. */
  async save(what: string): Promise<string | null> {
    const { item } = this
    const items = [{ key: this.key, version: this.row?.version ?? null, item }]
    if (!(await this.sender.send(`/api/v1/draft/items/${this.#form.section}`, { items }, what))) return null
    this.typed = {}
    this.#draft.changed()
    await this.load()
    return this.#form.key === null ? 'settings' : String(item[this.#form.key])
  }

  /** Gives up what waits; whether the item is still there. */
  async undo(what: string): Promise<boolean> {
    const items = [{ section: this.#form.section, key: this.key }]
    const wasAdded = this.row?.change === 'added'
    if (!(await this.sender.send('/api/v1/draft/discard', { items }, what))) return true
    this.typed = {}
    this.#draft.changed()
    if (!wasAdded) await this.load()
    return !wasAdded
  }
}

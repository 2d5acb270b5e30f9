/** The draft and the forms of its sections, as the pages of the voice platform share them. */
import type {
  DraftCheck,
  DraftFinding,
  DraftRow,
  DraftRows,
  DraftState,
  FormField,
  ItemDifferenceRow,
  SectionForm,
  VersionRows,
} from '@ledgerline/adapters/http/switchboard/answers.ts'
import { NewestRequest } from '../http/newest-request.svelte.ts'
import { get } from '../http/requests.ts'
import { pendingCount } from './pending.svelte.ts'

export type {
  DraftCheck,
  DraftFinding,
  DraftRow,
  DraftRows,
  DraftState,
  FormField,
  ItemDifferenceRow,
  SectionForm,
  VersionRows,
}

/** Keys of a section that are offered where it is referred to. */
const MOST_OFFERED = 200

export class Draft extends NewestRequest {
  state: DraftState | null = $state.raw(null)
  forms: readonly SectionForm[] | null = $state.raw(null)
  /** Goes up with each change: lists read again. */
  round = $state(0)
  /** Keys by section, to choose from. */
  keys: Readonly<Record<string, readonly { key: string; label: string }[]>> = $state.raw({})

  load(): void {
    void this.send(
      async (signal) => {
        const state = get<DraftState>('/api/v1/draft', {}, signal)
        const forms = this.forms ?? (await get<{ forms: SectionForm[] }>('/api/v1/draft/forms', {}, signal)).forms
        return { state: await state, forms }
      },
      ({ state, forms }) => {
        this.state = state
        this.forms = forms
        pendingCount.count = state.pending
      },
    )
  }

  /** Something was changed. */
  changed(): void {
    this.round++
    this.keys = {}
    this.load()
  }

  formOf(section: string): SectionForm | null {
    return this.forms?.find((form) => form.section === section) ?? null
  }

  /** What a field may name; asked for once, when somebody comes to it. */
  async offer(sections: readonly string[]): Promise<void> {
    for (const section of sections) {
      if (this.keys[section]) continue
      const { rows } = await get<DraftRows>(
        `/api/v1/draft/items/${section}`,
        { limit: MOST_OFFERED },
        AbortSignal.timeout(10_000),
      )
      const there = rows.filter(({ change }) => change !== 'removed').map(({ key, label }) => ({ key, label }))
      this.keys = { ...this.keys, [section]: there }
    }
  }
}

/** The field of a path such as `menus[].nodes[].action.to`. */
export function fieldAt(form: SectionForm, path: string): FormField | null {
  const walk = (fields: readonly FormField[]): FormField | null => {
    for (const field of fields) {
      if (field.path === path) return field
      if (path.startsWith(`${field.path}.`) || path.startsWith(`${field.path}[`)) {
        const inside = walk(field.fields)
        if (inside) return inside
      }
    }
    return null
  }
  return walk(form.fields)
}

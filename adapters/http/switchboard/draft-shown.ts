/** The draft as people see it: without passwords, with names masked, differences with what is needed to say them in words. */
import { fieldDifferences, type ItemDifference } from '@ledgerline/core/configuration/difference.ts'
import {
  byKeyOf,
  itemsOf,
  keyOf,
  sectionOf,
  type Item,
  type Section,
  type SectionName,
} from '@ledgerline/core/configuration/sections.ts'
import { wholeOf } from '@ledgerline/core/configuration/configuration.ts'
import { itemsIn, itemOf, placeOf, type Pending } from '@ledgerline/core/draft/draft.ts'
import type { Look } from '@ledgerline/core/draft/drafts.ts'
import { labelOf } from '@ledgerline/core/draft/form.ts'
import { inOrder } from '@ledgerline/core/draft/order.ts'
import type { Session } from '@ledgerline/core/access/session.ts'
import { masked } from '../../queries/mask.ts'
import type { DraftRow, ItemDifferenceRow } from './answers.ts'

/** Fields of one item that are named in a difference. */
const MOST_FIELDS = 40

/** An item as this viewer sees it. */
function shownItem(section: SectionName, item: Item, session: Session): Record<string, unknown> {
  const shown: Record<string, unknown> = { ...item }
  if ('secret' in shown) {
    shown['secretSet'] = shown['secret'] !== null
    delete shown['secret']
  }
  if (section === 'agents') delete shown['agentId']
  if (hasName(section) && typeof shown['name'] === 'string' && !session.permissions.has('staff.see'))
    shown['name'] = masked(shown['name'])
  return shown
}

/** A name that is sent back masked, as it was read, says nothing about the name. */
export function withoutMask(section: SectionName, sent: Item, known: Item | null, session: Session): Item {
  if (!hasName(section) || !known || session.permissions.has('staff.see')) return sent
  const [given, kept] = [(sent as { name?: string | null }).name, (known as { name: string | null }).name]
  return kept !== null && given === masked(kept) ? { ...sent, name: kept } : sent
}

const hasName = (section: SectionName): boolean => section === 'agents' || section === 'supervisors'

export function shownDifference(
  { section, key, before, after }: ItemDifference,
  pending: Pending | null,
  session: Session,
): ItemDifferenceRow {
  const of = sectionOf(section)!
  const shown = (item: Item | null) => item && shownItem(section, item, session)
  const fields = fieldDifferences(shown(before), shown(after)).filter(({ field }) => field !== of.key)
  const passwords = [before, after].map((item) => (item as { secret?: string | null } | null)?.secret)
  // It was changed, from one to another: nothing else of it may be told.
  if (before && after && passwords[0] && passwords[1] && passwords[0] !== passwords[1])
    fields.push({ field: 'secretSet', of: [], before: 'set', after: 'changed' })
  return {
    section,
    key,
    label: labelOf(of, (shown(after ?? before) ?? {}) as Item),
    change: before === null ? 'added' : after === null ? 'removed' : 'changed',
    fields: fields.slice(0, MOST_FIELDS).map(({ of: elements, ...field }) => ({ ...field, of: [...elements] })),
    more: Math.max(0, fields.length - MOST_FIELDS),
    by: pending?.by ?? null,
    at: pending?.at ?? null,
  }
}

/** The items of a section, those that are to be removed among them. */
export function draftRowsOf(look: Look, section: Section, session: Session, search: string): DraftRow[] {
  const { draft, ground, inForce } = look
  const items = itemsIn(draft, ground, section)
  const there = byKeyOf(section, items)
  const force = byKeyOf(section, itemsOf(wholeOf(inForce), section))
  const differs = new Map(
    look.pending.filter((one) => one.section === section.name).map((one) => [one.key, one] as const),
  )
  const gone = [...force].flatMap(([key, item]) => (there.has(key) ? [] : item))
  const all = [...items, ...gone]
  const ordered = section.name === 'routes' ? (inOrder(all as never) as Item[]) : all
  const needle = search.toLowerCase()
  const rows: DraftRow[] = []
  for (const item of ordered) {
    const key = keyOf(section, item)
    const shown = shownItem(section.name, item, session)
    const label = labelOf(section, shown)
    if (needle !== '' && !label.toLowerCase().includes(needle) && !String(shown['to'] ?? '').includes(needle)) continue
    rows.push(rowOf(look, section, key, shown, label, differs.get(key) ?? null))
  }
  return rows
}

function rowOf(
  { draft, ground }: Look,
  section: Section,
  key: string,
  shown: Record<string, unknown>,
  label: string,
  differs: ItemDifference | null,
): DraftRow {
  const pending = differs ? (draft.changes.get(placeOf(section.name, key)) ?? null) : null
  return {
    key,
    label,
    item: shown,
    version: itemOf(draft, ground, section, key)?.version ?? null,
    change: !differs ? null : differs.before === null ? 'added' : differs.after === null ? 'removed' : 'changed',
    by: pending?.by ?? null,
    at: pending?.at ?? null,
  }
}

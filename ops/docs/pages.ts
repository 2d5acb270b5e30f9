/**
 * The pages that are generated from the code: the event catalogue, the data dictionary, the states of agents, the reports,
 * the registers, and what of the catalogues is proven. A test keeps them up to date; `node ops/docs/generate.ts` writes them.
 */
import { z } from 'zod'
import { concepts, importedCategories } from '@ledgerline/core/catalogue.ts'
import type { EventDefinition } from '@ledgerline/core/kernel/event.ts'
import { sourcesOf, type Entity, type ReadModel } from '@ledgerline/projections/engine/model.ts'
import { snake } from '@ledgerline/projections/engine/names.ts'
import { fieldsOf, tenantAbout } from '@ledgerline/projections/engine/table.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { bucketBorders } from '@ledgerline/projections/models/queue_figures.ts'
import type { Metric, View } from '@ledgerline/projections/engine/view.ts'
import { agentMetrics, queueMetrics } from '@ledgerline/projections/reports/metrics.ts'
import { views } from '@ledgerline/projections/reports/views.ts'
import { agentStatesPage } from './agent-states-page.ts'
import { coveragePage } from './coverage-page.ts'
import { registersPage } from './registers-page.ts'
import { reportsPage } from './reports-page.ts'

export interface Page {
  /** Its name, in this directory. */
  file: string
  text: string
}

export function pages(): Page[] {
  return [
    { file: 'events.md', text: eventCatalogue() },
    { file: 'data-dictionary.md', text: dataDictionary() },
    { file: 'agent-states.md', text: agentStatesPage(made) },
    { file: 'reports.md', text: lines(...reportsPage(made)) },
    { file: 'registers.md', text: registersPage(made) },
    { file: 'coverage.md', text: coveragePage(made) },
  ]
}

const made = '<!-- Generated from the code by `node ops/docs/generate.ts`; make changes there. -->'

/** Streams by concept: the part of their names before the hyphen. */
const streams: Record<keyof typeof concepts, string> = {
  call: '`call-<tenant>.<callId>`; recorded history: `imported_call-<tenant>.<callId>`',
  shift: '`shift-<tenant>.<agentId>-<number>`',
  switchboard:
    '`switchboard-<tenant>.configuration`, `switchboard-<tenant>.owner`; parts of long lists: `section-<tenant>.<hash>`',
  draft: '`draft-<tenant>.voice`: what of the configuration was changed and is not in force yet',
  bookmark: '`bookmark-<tenant>.switchboard`',
  network: '`network-<tenant>.gateway-<code>`, `network-<tenant>.phone-<extension>`',
  history: '`imported_history-<tenant>.history`',
  ledger: '`ledger-house.losses`: of the whole house, no tenant’s',
  access: '`access-<tenant>.directory`',
  session: '`session-<tenant>.<sessionId>`',
  trail: '`trail-<tenant>.<attemptId>`',
  book: '`book-<tenant>.<book>`: the records of one or several registers',
  record: '`record-<tenant>.<keyed hash>`: one record of a large register, by what makes it the only one',
  task: '`task-<tenant>.<taskId>`: an import, the undoing of one, or an export',
}

function eventCatalogue(): string {
  const folded = foldedBy()
  return lines(
    '# Event catalogue',
    '',
    made,
    '',
    'Every event of the house: what it means, its fields, and which read models are folded from it. Besides its ' +
      'data each event carries `tenant`, `actor`, `at` (when it happened, UTC ms), `origin` (live, imported or ' +
      'simulated), `correlation` and `causation`; the log adds `position` and `recordedAt`.',
    '',
    `🔒 marks personal data: it is stored encrypted with a key of the person identified by the value (or by the field named), and reads as empty once that person is forgotten. 🔑 marks passwords: stored encrypted with a key of the tenant, and never shown. Streams of the categories ${importedCategories.map((category) => `\`${category}\``).join(' and ')} are history: nothing acts on them.`,
    ...Object.entries(concepts).flatMap(([concept, events]) => [
      '',
      `## ${title(concept)}`,
      '',
      `Streams: ${streams[concept as keyof typeof concepts]}. ${Object.keys(events).length} events.`,
      ...Object.entries(events as Record<string, EventDefinition>).flatMap(([type, definition]) =>
        oneEvent(type, definition, folded.get(type) ?? []),
      ),
    ]),
  )
}

function oneEvent(type: string, { about, schema, upcasts }: EventDefinition, models: readonly string[]): string[] {
  return [
    '',
    `### ${type}`,
    '',
    `${about}${upcasts.length > 0 ? ` Version ${upcasts.length + 1}.` : ''}${models.length > 0 ? ` Folded by ${models.map((name) => `[${name}](data-dictionary.md#${name})`).join(', ')}.` : ''}`,
    '',
    '| field | type | |',
    '|---|---|---|',
    ...fields(schema).map(([name, kind, note]) => `| \`${name}\` | ${kind} | ${note} |`),
  ]
}

/** Name, type and meaning of every field; those of nested objects, and of lists, under their own names. */
function fields(schema: z.ZodObject, prefix = ''): [string, string, string][] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const { inner, suffix } = unwrapped(field as z.ZodType)
    const meta = (field as z.ZodType).meta() ?? {}
    const lock = meta.secret
      ? '🔑 '
      : meta.personal
        ? `🔒${meta.personal.personOf ? ` of \`${meta.personal.personOf}\`` : ''} `
        : ''
    const own: [string, string, string] = [
      `${prefix}${name}`,
      `${kindOf(inner)}${suffix}`,
      `${lock}${meta.description ?? ''}`.trim(),
    ]
    if (inner instanceof z.ZodObject) return [own, ...fields(inner, `${prefix}${name}.`)]
    if (inner instanceof z.ZodArray && inner.element instanceof z.ZodObject)
      return [own, ...fields(inner.element, `${prefix}${name}[].`)]
    return [own]
  })
}

function unwrapped(field: z.ZodType): { inner: z.ZodType; suffix: string } {
  let inner = field
  let suffix = ''
  // A field with a default is always there when it is read.
  while (inner instanceof z.ZodNullable || inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) {
    if (!(inner instanceof z.ZodDefault)) suffix = inner instanceof z.ZodNullable ? ' or null' : `${suffix}, optional`
    inner = inner.unwrap() as z.ZodType
  }
  return { inner, suffix }
}

function kindOf(field: z.ZodType): string {
  if (field instanceof z.ZodEnum) return field.options.map((option) => `\`${option}\``).join(' ')
  if (field instanceof z.ZodString) return 'text'
  if (field instanceof z.ZodNumber) return field.format === 'safeint' ? 'whole number' : 'number'
  if (field instanceof z.ZodBoolean) return 'yes or no'
  if (field instanceof z.ZodObject) return 'object'
  if (field instanceof z.ZodArray) return `list of ${kindOf(field.element as z.ZodType)}`
  return field.def.type
}

function foldedBy(): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const model of readModels.models) {
    if (model.kind !== 'entity') continue
    for (const type of Object.keys(model.on)) found.set(type, [...(found.get(type) ?? []), model.name])
  }
  return found
}

const kinds: Record<ReadModel['kind'], string> = {
  entity: 'One row per key, folded from events.',
  derived: 'Rows derived from the changes of another table’s rows.',
  aggregate: 'Sums over rows of other tables; a row whose sums are all 0 does not exist.',
}

function dataDictionary(): string {
  return lines(
    '# Data dictionary',
    '',
    made,
    '',
    'The tables for the data team, as views in schema `public`. They are folded from the event log and from ' +
      'nothing else; `ledgerline verify` proves it. Names here are stable; do not use the versioned tables ' +
      'underneath. Every description below is also a comment in the database (`\\d+ calls`).',
    '',
    'Instants are `timestamptz`; durations are milliseconds (`…_ms`); days and quarter hours are those of the ' +
      'tenant’s time zone. Every table begins with `tenant`, and every key with it. 🔒 marks personal data: ' +
      'masked on screens and in SQL (`138****2225`), empty once the person is forgotten. In SQL, members of the ' +
      'role `ledgerline_numbers` see it unmasked: `grant ledgerline_numbers to sql_<tenant>` (or ' +
      '`ledgerline_sql`, which sees all tenants). Readers write nothing, hold no locks, do not sleep, and have ' +
      'bounds of time, memory and temporary files.',
    '',
    '| table | what it is | key |',
    '|---|---|---|',
    ...readModels.models.map((model) => `| [${model.name}](#${model.name}) | ${model.about} | ${keyOf(model)} |`),
    ...views.map(
      (view) =>
        `| [${view.name}](#${view.name}) | ${view.about} | ${'of' in view ? `as [${view.of}](#${view.of})` : 'none'} |`,
    ),
    ...readModels.models.flatMap(oneModel),
    '',
    '## Views',
    '',
    'Views over the tables. Metrics are added to the columns of a table: for a metric over several rows, first sum ' +
      'the columns and then divide, because a ratio is a ratio of sums. The reports that people see are on [a ' +
      'page of their own](reports.md).',
    ...views.flatMap(oneView),
    '',
    '## Metrics',
    '',
    'One definition each. A definition that changes gets a new version. Null if there is nothing to divide by.',
    ...metricTable('Queues', queueMetrics),
    ...metricTable('Agents', agentMetrics),
    '',
    '## Histograms of waits',
    '',
    `\`wait_histogram\` and \`abandon_histogram\` count calls by wait, so that a service level can later be computed for any threshold: the calls that waited no longer than a border are those of its bucket and of all before it. Upper borders of the ${bucketBorders.length} buckets, in seconds (the first element of the array is the first bucket, of those who did not wait; an array ends at its last bucket that is not 0); one more bucket holds the rest:`,
    '',
    `${bucketBorders[0]}, ${bucketBorders[1]}, ${bucketBorders[2]} … ${bucketBorders[60]} (each 1 s) · ${bucketBorders[61]}, ${bucketBorders[62]} … ${bucketBorders[108]} (each 5 s) · ${bucketBorders[109]}, ${bucketBorders[110]} … ${bucketBorders[163]} (each 60 s)`,
  )
}

function oneModel(model: ReadModel): string[] {
  const personal = (mark: boolean) => (mark ? '🔒 ' : '')
  return [
    '',
    `### ${model.name}`,
    '',
    `${model.about} ${kinds[model.kind]} Version ${model.version}.${origin(model)}`,
    '',
    '| column | type | meaning |',
    '|---|---|---|',
    `| **\`tenant\`** | text | ${tenantAbout} |`,
    ...fieldsOf(model).map(([name, column]) => {
      const shown = name in model.key ? `**\`${snake(name)}\`**` : `\`${snake(name)}\``
      return `| ${shown} | ${column.sql}${column.nullable ? ', nullable' : ''} | ${personal(column.personal)}${column.about} |`
    }),
  ]
}

function oneView(view: View): string[] {
  const head = ['', `### ${view.name}`, '']
  const table = ['', '| column | type | meaning |', '|---|---|---|']
  if ('of' in view) {
    return [
      ...head,
      `${view.about} All columns of [${view.of}](#${view.of}), and:`,
      ...table,
      ...view.metrics.map((metric) => `| \`${metric.name}\` | double precision, nullable | ${metric.about} |`),
    ]
  }
  const made = `${view.about} Made from ${view.over.map(({ name }) => `[${name}](#${name})`).join(', ')}.`
  return [
    ...head,
    made,
    ...table,
    `| \`tenant\` | text | ${tenantAbout} |`,
    ...Object.entries(view.columns).map(
      ([column, about]) => `| \`${column}\` | ${view.types[column] ?? 'text'} | ${about} |`,
    ),
  ]
}

function origin(model: ReadModel): string {
  if (model.kind === 'entity')
    return ` Folded from ${Object.keys((model as Entity).on)
      .map((type) => `[${type}](events.md#${type.toLowerCase()})`)
      .join(', ')}.`
  return ` Made from ${sourcesOf(model)
    .map(({ name }) => `[${name}](#${name})`)
    .join(' and ')}.`
}

function keyOf(model: ReadModel): string {
  return ['tenant', ...Object.keys(model.key).map(snake)].map((name) => `\`${name}\``).join(', ')
}

function metricTable(heading: string, metrics: readonly Metric[]): string[] {
  return [
    '',
    `### ${heading}`,
    '',
    '| metric | version | unit | definition | SQL |',
    '|---|---|---|---|---|',
    ...metrics.map(
      ({ name, version, unit, about, sql }) =>
        `| \`${name}\` | ${version} | ${unit === 'ms' ? 'ms' : '0 to 1'} | ${about} | \`${sql}\` |`,
    ),
  ]
}

function title(concept: string): string {
  return `${concept[0]!.toUpperCase()}${concept.slice(1)}`
}

function lines(...all: string[]): string {
  return `${all.join('\n')}\n`
}

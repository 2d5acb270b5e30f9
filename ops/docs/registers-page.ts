/** The page of registers: every declared one, with its fields and rules. */
import { permissions } from '@ledgerline/core/access/session.ts'
import type { Field, OnRemove } from '@ledgerline/core/record/fields.ts'
import { happenings, MOST_IN_BOOK, type Kind } from '@ledgerline/core/record/kind.ts'
import { registers } from '@ledgerline/core/registers.ts'

const tableOf = (name: string): string => registers.find((kind) => kind.name === name)!.table

/** What becomes of a record when what it refers to is removed. */
const removals: Readonly<Record<OnRemove, string>> = {
  refuse: 'that one stays as long as this refers to it',
  clear: 'if that one is removed, this is empty',
  cascade: 'if that one is removed, so is this',
}

/** @param made says how the page is made */
export function registersPage(made: string): string {
  return [
    '# Registers',
    '',
    made,
    '',
    'Lists that people keep by hand. Each is declared, and from its declaration come its events, table, routes, list and ' +
      'form. A record has, besides its fields: `recordId`, `version` (counts what happened to it), `createdAt`, ' +
      '`createdBy`, `changedAt`, `changedBy`; with review also `review`, `proposed` and `note`. What happened to the records of all registers is in the table `record_changes`.',
    '',
    'Registers of one book refer to each other and are kept in one stream of a tenant (`book-<tenant>.<book>`), so that unique keys and ' +
      `references hold whatever two people do at the same moment. A book holds at most ${MOST_IN_BOOK} records.`,
    '',
    'Each record of a large register has a stream of its own (`record-<tenant>.<id>`); its id is a keyed hash of its unique key, so that ' +
      'a key is taken once and no name of a stream says anything of anybody. It refers to records of books and is removed soon after ' +
      'what it refers to. What is about a person (phone, personal) is sealed with that person’s key, masked without the permission ' +
      '`numbers.see`, and found by equality alone: a number whole, in any notation, or by its last four digits (`…Tail`).',
    '',
    '| register | book | for |',
    '|---|---|---|',
    ...registers.map(
      ({ table, many, book, about }) => `| [${many.en} ${many.zh}](#${table}) | ${book} | ${about.en} |`,
    ),
    ...registers.flatMap(section),
    '',
  ].join('\n')
}

function section(kind: Kind): string[] {
  const { table, one, many, about, book, fields, label, unique, review, see, edit, most, sort, eventName } = kind
  const events = happenings
    .filter((happening) => review !== null || (happening !== 'Approved' && happening !== 'Rejected'))
    .map((happening) => `[${eventName}${happening}](events.md#${(eventName + happening).toLowerCase()})`)
  const allowed = [see, edit, ...(review === null ? [] : [review])]
  return [
    '',
    `<a id="${table}"></a>`,
    '',
    `## ${many.en} ${many.zh}`,
    '',
    `${about.en} ${about.zh}`,
    '',
    `- **Page** \`/registers/${table}\` · **routes** \`/api/v1/${table}\` · ` +
      `**table** [\`${table}\`](data-dictionary.md#${table}) · **book** \`${book}\`${kind.large ? ' · **large**' : ''}`,
    `- **Events** ${events.join(', ')}`,
    `- **Permissions** ${allowed.map((name) => `\`${name}\` (${permissions[name]})`).join('; ')}`,
    `- **People know a ${one.en} by** \`${label}\`; its list is ordered by \`${sort}\`; a tenant has at most ${most}`,
    ...unique.map(
      ({ fields: names, ignoreCase }) =>
        `- **Unique** ${names.map((name) => `\`${name}\``).join(' and ')}${ignoreCase ? ', whatever their case and width' : ''}`,
    ),
    ...(review === null
      ? []
      : ['- **Review** what is written waits until it is approved; until then readers see what was approved before']),
    '',
    '| field | 中文 | kind | may be empty | bounds | |',
    '|---|---|---|---|---|---|',
    ...Object.entries(fields).map(
      ([name, field]) =>
        `| \`${name}\` ${field.label.en} | ${field.label.zh} | ${field.kind} | ${field.optional ? 'yes' : ''} ` +
        `| ${boundsOf(field)} | ${remarks(field)} |`,
    ),
  ]
}

function boundsOf({ kind, least, most }: Field): string {
  if (kind === 'integer') return `${least} to ${most}`
  return most === null ? '' : `${most} characters`
}

function remarks({ refersTo, searched, help }: Field): string {
  return [
    refersTo && `a record of [${tableOf(refersTo.kind)}](#${tableOf(refersTo.kind)}): ${removals[refersTo.onRemove]}`,
    searched && 'searched by a part',
    help?.en,
  ]
    .filter(Boolean)
    .join('; ')
}

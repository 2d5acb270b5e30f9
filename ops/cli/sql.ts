/** `ops/ledgerline sql`: one read-only query on the read models, answered as a table or as JSON. */
import { Command } from 'commander'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { QueryPage } from '@ledgerline/adapters/postgres/query.ts'
import { readConfig } from '../config.ts'
import { heading, layoutOf, line, type Cell } from './table.ts'
import type { Terminal } from './terminal.ts'
import { tenantName, wholeNumber } from './usage.ts'

interface Options {
  json?: true
  tenant?: string
  timeout: number
  data?: string
}

/** Distinguished from typing errors; anything else that writes is refused by the reader's role. */
const writing = new Set([
  'insert',
  'update',
  'delete',
  'merge',
  'truncate',
  'create',
  'alter',
  'drop',
  'grant',
  'revoke',
  'copy',
  'set',
  'reset',
  'begin',
  'commit',
  'rollback',
  'do',
  'call',
  'lock',
  'refresh',
  'analyze',
  'vacuum',
  'reindex',
  'listen',
  'notify',
])
/** How far another process that folds may be behind, ms, before the answer mentions it. */
const PATIENCE_MS = 2_000

export function sqlCommand(terminal: Terminal): Command {
  const { words } = terminal
  return new Command('sql')
    .description(words({ en: 'queries the read models in SQL (read only)', zh: '用 SQL 查询读模型（只读）' }))
    .argument('<statement>', words({ en: 'one statement, in quotes', zh: '一条语句，请加引号' }))
    .option('--json', words({ en: 'an array of objects instead of a table', zh: '输出 JSON 数组而不是表格' }))
    .option(
      '--tenant <name>',
      words({ en: 'only rows of this tenant', zh: '只查询该企业的数据' }),
      tenantName('--tenant'),
    )
    .option(
      '--timeout <seconds>',
      words({ en: 'time limit for the statement', zh: '语句执行时限（秒）' }),
      wholeNumber('--timeout', 1, 86_400),
      60,
    )
    .option('--data <directory>', words({ en: 'the data directory', zh: '数据目录' }))
    .addHelpText(
      'after',
      `\n${words({ en: 'Example:', zh: '示例：' })}\n  ops/ledgerline sql "select outcome, count(*) from calls group by 1"`,
    )
    .action((statement: string, options: Options) => sql(terminal, statement, options))
}

async function sql(terminal: Terminal, statement: string, options: Options): Promise<void> {
  const [{ query, withoutLeadingComments }, { withInstallation }, { catchUp }, { reader }] = await Promise.all([
    import('@ledgerline/adapters/postgres/query.ts'),
    import('../installation/installation.ts'),
    import('../installation/catch-up.ts'),
    import('../installation/tables-reader.ts'),
  ])
  if (withoutLeadingComments(statement).trim() === '')
    throw new Problem('usage.missing', { what: '<statement>', help: 'ops/ledgerline sql --help' })
  const verb = /^[a-z]+/i.exec(withoutLeadingComments(statement))?.[0].toLowerCase() ?? ''
  if (writing.has(verb)) throw new Problem('sql.not_a_query', { reason: verb })
  await withInstallation(
    { config: readConfig(terminal.env, options), use: 'read', notes: terminal },
    async (installation) => {
      if (!(await catchUp(installation, { notes: terminal, patienceMs: PATIENCE_MS })))
        terminal.note({
          en: 'The tables are still catching up with the ledger: the answer may be behind.',
          zh: '读模型尚在追赶账本，结果可能滞后。',
        })
      const pages = query(await reader(installation.tables, options.tenant ?? null, 'sql'), statement, {
        timeoutMs: options.timeout * 1000,
        signal: installation.signal,
      })
      try {
        await (options.json ? printJson : printTable)(terminal, pages)
      } catch (error) {
        throw asProblem(error, options.timeout)
      }
    },
  )
}

/** An array of objects, one row per line, written as it arrives. */
async function printJson(terminal: Terminal, pages: AsyncIterable<QueryPage>): Promise<void> {
  let before = '['
  for await (const { names, rows } of pages) {
    const keys = distinct(names)
    for (const row of rows) {
      await terminal.write(
        `${before}\n  ${JSON.stringify(Object.fromEntries(keys.map((name, column) => [name, row[column]])))}`,
      )
      before = ','
    }
  }
  await terminal.write(before === '[' ? '[]\n' : '\n]\n')
}

/** Columns of the same name, distinguished: `n`, `n_2`. */
function distinct(names: readonly string[]): string[] {
  const given = new Set(names)
  const seen = new Set<string>()
  return names.map((name) => {
    let key = name
    for (let nth = 2; seen.has(key) || (key !== name && given.has(key)); nth++) key = `${name}_${nth}`
    seen.add(key)
    return key
  })
}

/** A table laid out for its first page; longer values further down stick out rather than being cut. */
async function printTable(terminal: Terminal, pages: AsyncIterable<QueryPage>): Promise<void> {
  let layout: ReturnType<typeof layoutOf> | null = null
  let count = 0
  for await (const { names, rows } of pages) {
    const cells = rows.map((row) => row.map(cellOf))
    if (!layout) {
      layout = layoutOf(names, cells)
      for (const text of heading(names, layout)) await terminal.line(text)
    }
    for (const row of cells) await terminal.line(line(row, layout))
    count += rows.length
  }
  terminal.note({
    en: `(${terminal.number(count)} ${count === 1 ? 'row' : 'rows'})`,
    zh: `（${terminal.number(count)} 行）`,
  })
}

function cellOf(value: unknown): Cell {
  return value === null || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : typeof value === 'string'
      ? value
      : JSON.stringify(value)
}

/** What PostgreSQL refuses, by its SQLSTATE. */
function asProblem(error: unknown, seconds: number): unknown {
  const { code, message, hint } = error as { code?: string; message: string; hint?: string }
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) return error
  if (code === '57014') return new Problem('sql.too_slow', { seconds }, { cause: error })
  if (/multiple commands/.test(message)) return new Problem('sql.several', {}, { cause: error })
  // 25006: a read-only session; 42501: a right that readers do not have.
  if (code === '25006') return new Problem('sql.not_a_query', { reason: message }, { cause: error })
  const reason = hint ? `${message} (${hint.replace(/\.$/, '')})` : message
  return new Problem('sql.refused', { reason }, { cause: error })
}

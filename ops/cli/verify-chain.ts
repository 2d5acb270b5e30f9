/**
 * `ops/ledgerline verify --chain`: proves that the ledger is what was sealed, and prints the digest that an auditor
 * keeps.
 */
import type { Note } from '@ledgerline/adapters/log/chain/chain.ts'
import type { ChainFinding, ChainVerified } from '@ledgerline/adapters/log/chain/verify-chain.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { Config } from '../config.ts'
import type { Terminal } from './terminal.ts'

export interface ChainOptions {
  expect?: Note
  since?: Note
  json?: true
}

export async function verifyTheChain(
  terminal: Terminal,
  config: Config,
  { expect, since, json }: ChainOptions,
): Promise<void> {
  const [{ withInstallation }, { openSeals }, { sealUp }, { verifyChain }, { refuseLogOfNobody }] = await Promise.all([
    import('../installation/installation.ts'),
    import('@ledgerline/adapters/log/chain/seals.ts'),
    import('@ledgerline/adapters/log/chain/sealer.ts'),
    import('@ledgerline/adapters/log/chain/verify-chain.ts'),
    import('@ledgerline/projections/engine/origin.ts'),
  ])
  const verified = await withInstallation(
    { config, use: 'read', notes: terminal },
    async ({ log, tables, eventLog, signal }) => {
      // A ledger that is elsewhere (EVENT_LOG) would look empty here, and complete.
      await refuseLogOfNobody(tables, eventLog)
      await using closing = new AsyncDisposableStack()
      const seals = closing.adopt(await openSeals(log, eventLog), (open) => open.close())
      // Anything found broken here is named below.
      await sealUp({ log: eventLog, seals, signal }).catch((error: unknown) => {
        if (!isProblem(error, 'chain.broken')) throw error
      })
      const progress = terminal.progress(terminal.words({ en: 'digesting', zh: '计算摘要' }))
      const asked = { ...(expect && { expect }), ...(since && { since }) }
      return await verifyChain(
        { log: eventLog, seals, signal, onProgress: (events) => progress.at(events, null) },
        asked,
      ).finally(() => progress.end())
    },
  )
  if (!verified.intact) terminal.exitCode = 1
  return json ? terminal.json(verified) : tell(terminal, verified)
}

async function tell(
  terminal: Terminal,
  { intact, head, events, found, findings, tookMs }: ChainVerified,
): Promise<void> {
  const { words } = terminal
  for (const finding of findings) await terminal.line(`  ${said(terminal, finding)}`)
  if (found > findings.length)
    await terminal.line(
      `  ${words({ en: `… and ${terminal.number(found - findings.length)} more`, zh: `……另有 ${terminal.number(found - findings.length)} 处` })}`,
    )
  if (found > 0) await terminal.line('')
  if (!intact)
    return terminal.line(
      words({
        en: 'The ledger is NOT what was sealed. Compare with a backup, and with the digests that were noted outside.',
        zh: '账本与封存内容不一致。请与备份以及在外部保存的摘要比对。',
      }),
    )
  if (!head) return terminal.line(words({ en: 'The ledger is empty.', zh: '账本为空。' }))
  const [count, seconds] = [terminal.number(events), (tookMs / 1000).toFixed(1)]
  await terminal.line(
    words({
      en: `The ledger is what was sealed, up to position ${head.position} (${count} events digested in ${seconds} s).`,
      zh: `账本与封存内容一致，截至位置 ${head.position}（计算 ${count} 个事件，用时 ${seconds} 秒）。`,
    }),
  )
  await terminal.line(
    words({
      en: 'Keep this outside; `verify --chain --expect` checks the ledger against it, no matter who had access to the database meanwhile:',
      zh: '请将下面一行保存在系统之外，日后可用 verify --chain --expect 核对，无论其间何人掌握数据库：',
    }),
  )
  await terminal.line(`${head.position}:${head.digest}`)
}

function said({ words }: Terminal, { page, what, position, event }: ChainFinding): string {
  const which = event ? `${event.type} ${event.id}, ${event.stream} ${event.revision}` : ''
  switch (what) {
    case 'altered':
      return words({
        en: `page ${page}: the event at position ${position} was altered (${which})`,
        zh: `第 ${page} 页：位置 ${position} 的事件被改动（${which}）`,
      })
    case 'inserted':
      return words({
        en: `page ${page}: the event at position ${position} was inserted (${which})`,
        zh: `第 ${page} 页：位置 ${position} 的事件是插入的（${which}）`,
      })
    case 'moved':
      return words({
        en: `page ${page}: the event at position ${position} stood elsewhere (${which})`,
        zh: `第 ${page} 页：位置 ${position} 的事件原在别处（${which}）`,
      })
    case 'removed':
      return position === null
        ? words({
            en: `page ${page}: an event was removed from the beginning`,
            zh: `第 ${page} 页：开头的一个事件被删除`,
          })
        : words({
            en: `page ${page}: an event was removed after position ${position}`,
            zh: `第 ${page} 页：位置 ${position} 之后的一个事件被删除`,
          })
    case 'resealed':
      return words({
        en: `page ${page}, up to position ${position}: its seal was altered, or that of the previous page`,
        zh: `第 ${page} 页（截至位置 ${position}）：该页或其前一页的封存记录被改动`,
      })
    case 'unsealed':
      return words({ en: `page ${page}: its seal was removed`, zh: `第 ${page} 页：封存记录被删除` })
    case 'outside':
      return words({
        en: 'there are events outside the order of the log, where readers of the whole log do not see them',
        zh: '存在位于日志顺序之外的事件，通读日志时不可见',
      })
    case 'note':
      return words({
        en: `the digest at position ${position} is not the one that was noted: the ledger or its seals were replaced before that`,
        zh: `位置 ${position} 处的摘要与所记录的不符：此前的账本或封存记录被重造`,
      })
  }
}

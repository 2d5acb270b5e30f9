/**
 * `ops/ledgerline verify --chain`: proves that the ledger is what was sealed and signed, and prints the digest that an
 * auditor keeps.
 */
import type { Note } from '@ledgerline/adapters/log/chain/chain.ts'
import type { ChainFinding, ChainVerified } from '@ledgerline/adapters/log/chain/verify-chain.ts'
import type { SignatureFinding, SignaturesVerified } from '@ledgerline/adapters/log/chain/verify-signatures.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { keyName } from '@ledgerline/adapters/log/chain/signature.ts'
import { publicKeyOf } from '@ledgerline/adapters/log/chain/signers.ts'
import type { Config } from '../config.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

export interface ChainOptions {
  expect?: Note
  since?: Note
  /** The auditor's public key, PEM, or its file: only what was signed with it counts. */
  key?: string
  /** Print each signature. */
  signatures?: true
  json?: true
}

/** What was verified: the chain, and the signatures over it. */
interface Verified {
  chain: ChainVerified
  signed: SignaturesVerified
}

export async function verifyTheChain(
  terminal: Terminal,
  config: Config,
  { expect, since, key, signatures, json }: ChainOptions,
): Promise<void> {
  const [
    { withInstallation },
    { openSeals },
    { sealUp },
    { verifyChain },
    { verifySignatures },
    { refuseLogOfNobody },
  ] = await Promise.all([
    import('../installation/installation.ts'),
    import('@ledgerline/adapters/log/chain/seals.ts'),
    import('@ledgerline/adapters/log/chain/sealer.ts'),
    import('@ledgerline/adapters/log/chain/verify-chain.ts'),
    import('@ledgerline/adapters/log/chain/verify-signatures.ts'),
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
      const signed = await verifySignatures(seals, key === undefined ? null : new Set([keyName(publicKeyOf(key))]))
      const asked = { ...(expect && { expect }), ...(since && { since }), signed: signed.good }
      const chain = await verifyChain(
        { log: eventLog, seals, signal, onProgress: (events) => progress.at(events, null) },
        asked,
      ).finally(() => progress.end())
      return { chain, signed }
    },
  )
  const { chain, signed } = verified
  const intact = chain.intact && signed.findings.length === 0
  if (!intact) terminal.exitCode = 1
  if (!json) return tell(terminal, verified, signatures ?? false)
  const { good, last, keys, findings } = signed
  const shown = (one: (typeof good)[number]) => ({
    number: one.number,
    at: one.at,
    position: one.position,
    digest: one.digest,
    key: keyName(one.publicKey),
  })
  return terminal.json({
    ...chain,
    intact,
    signed: { keys, findings, last: last && shown(last), ...(signatures && { signatures: good.map(shown) }) },
  })
}

async function tell(terminal: Terminal, { chain, signed }: Verified, isListing: boolean): Promise<void> {
  const { words } = terminal
  const { head, events, findings, tookMs } = chain
  const found = chain.found + signed.findings.length
  const intact = chain.intact && signed.findings.length === 0
  for (const finding of findings) await terminal.line(`  ${said(terminal, finding)}`)
  for (const finding of signed.findings.slice(0, SIGNATURES_NAMED))
    await terminal.line(`  ${saidOfSignature(terminal, finding)}`)
  if (isListing) await list(terminal, signed)
  const unnamed = found - findings.length - Math.min(SIGNATURES_NAMED, signed.findings.length)
  if (unnamed > 0)
    await terminal.line(
      `  ${words({ en: `… and ${terminal.number(unnamed)} more`, zh: `……另有 ${terminal.number(unnamed)} 处` })}`,
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
  await tellSigned(terminal, signed, head)
  await terminal.line(
    words({
      en: 'Keep this outside; `verify --chain --expect` checks the ledger against it, no matter who had access to the database meanwhile:',
      zh: '请将下面一行保存在系统之外，日后可用 verify --chain --expect 核对，无论其间何人掌握数据库：',
    }),
  )
  await terminal.line(`${head.position}:${head.digest}`)
}

/** How many findings about signatures are named. */
const SIGNATURES_NAMED = 20

/** Who signed, and how far. */
async function tellSigned(terminal: Terminal, { keys, last }: SignaturesVerified, head: Note): Promise<void> {
  const { words } = terminal
  if (!last) return terminal.line(words({ en: 'Nothing has been signed yet.', zh: '尚无签名。' }))
  for (const { key, kind, signatures, from, to } of keys) {
    const count = terminal.number(signatures)
    const [first, latest] = [moment(from), moment(to)]
    await terminal.line(
      words({
        en: `Signatures by key ${key} (${kind}): ${count}, from ${first} to ${latest}.`,
        zh: `密钥 ${key}（${kind}）的签名：${count} 个，自 ${first} 至 ${latest}。`,
      }),
    )
  }
  if (last.position !== head.position)
    await terminal.line(
      words({
        en: `The last signature, number ${last.number}, covers everything up to position ${last.position}.`,
        zh: `最后一次签名（第 ${last.number} 号）覆盖至位置 ${last.position}。`,
      }),
    )
}

/** Which digest was signed when, and with which key. */
async function list(terminal: Terminal, { good }: SignaturesVerified): Promise<void> {
  const { words } = terminal
  const heads = [
    words({ en: 'number', zh: '序号' }),
    words({ en: 'signed', zh: '签名时间' }),
    words({ en: 'key', zh: '密钥' }),
    words({ en: 'position and digest', zh: '位置与摘要' }),
  ]
  const rows = good.map(({ number, at, publicKey, position, digest }) => [
    number,
    moment(at),
    keyName(publicKey).slice(0, 16),
    `${position}:${digest}`,
  ])
  for (const row of table(heads, rows)) await terminal.line(row)
  await terminal.line('')
}

const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`

function saidOfSignature({ words }: Terminal, { what, signature, position }: SignatureFinding): string {
  switch (what) {
    case 'forged':
      return words({
        en: `signature ${signature}, up to position ${position}: it was not made with the key that it names, or was altered`,
        zh: `第 ${signature} 号签名（截至位置 ${position}）：并非由其所述密钥签署，或已被改动`,
      })
    case 'unfollowed':
      return words({
        en: `signature ${signature}, up to position ${position}: the one before it was removed or replaced`,
        zh: `第 ${signature} 号签名（截至位置 ${position}）：其前一个签名被删除或替换`,
      })
    case 'foreign':
      return words({
        en: `signature ${signature}, up to position ${position}: it was made with another key than yours`,
        zh: `第 ${signature} 号签名（截至位置 ${position}）：由其他密钥签署，而非您的密钥`,
      })
    case 'unsigned':
      return words({ en: 'nothing was signed with your key', zh: '没有任何由您的密钥签署的内容' })
  }
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
    case 'signed':
      return words({
        en: `the digest at position ${position} is not the one that was signed: the ledger or its seals were replaced before that`,
        zh: `位置 ${position} 处的摘要与已签名的不符：此前的账本或封存记录被重造`,
      })
    case 'note':
      return words({
        en: `the digest at position ${position} is not the one that was noted: the ledger or its seals were replaced before that`,
        zh: `位置 ${position} 处的摘要与所记录的不符：此前的账本或封存记录被重造`,
      })
  }
}

/** Describes a loss in the ledger. */
import type { Missing } from '@ledgerline/adapters/log/chain/whole.ts'
import type { Accepted } from '../installation/ledger-loss.ts'
import type { Terminal } from './terminal.ts'

/** How many streams are named. */
const NAMED = 20

/** Of what was found, or of what was recorded. */
type Told = Pick<Missing, 'events' | 'changed' | 'streams' | 'absent'> & {
  places: readonly { page: number | null; what: string; position: string | null }[]
}

/** What is missing; `accepted`: by whom, and when. */
export async function tellLoss(
  terminal: Terminal,
  { events, changed, streams, absent, places }: Told,
  accepted?: Accepted,
): Promise<void> {
  const { words } = terminal
  const [gone, others] = [terminal.number(events), terminal.number(changed)]
  const by = accepted && `${accepted.actor}, ${new Date(accepted.at).toISOString()}`
  await terminal.line(
    by
      ? words({
          en: `Of the ledger ${gone} events are gone and ${others} places are changed; accepted by ${by}:`,
          zh: `账本缺失 ${gone} 个事件，改动 ${others} 处；已由 ${by} 确认：`,
        })
      : words({
          en: `Of the ledger ${gone} events are gone and ${others} places are changed:`,
          zh: `账本缺失 ${gone} 个事件，改动 ${others} 处：`,
        }),
  )
  for (const { stream, from, to } of streams.slice(0, NAMED))
    await terminal.line(
      `  ${words({ en: `${stream}: revisions ${from} to ${to} are not there`, zh: `${stream}：缺少版本 ${from} 至 ${to}` })}`,
    )
  for (const stream of absent.slice(0, NAMED))
    await terminal.line(
      `  ${words({ en: `${stream}: the tables know it, but nothing of it is there`, zh: `${stream}：数据表中有其记录，账本中已无任何事件` })}`,
    )
  for (const { page, what, position } of streams.length + absent.length > 0 ? [] : places.slice(0, NAMED)) {
    await terminal.line(
      `  ${words({ en: `page ${page ?? '–'} of the chain, position ${position ?? '0'}: ${what}`, zh: `链的第 ${page ?? '–'} 页，位置 ${position ?? '0'}：${what}` })}`,
    )
  }
}

/** Describes what stands still in the tables: shared by verify and rebuild. */
import type { ParkedKey } from '@ledgerline/projections/engine/parked-keys.ts'
import type { Terminal } from './terminal.ts'

export async function tellParked(terminal: Terminal, parked: readonly ParkedKey[]): Promise<void> {
  const { words } = terminal
  for (const { model, tenant, key, eventType, revision, position, reason, waiting, closed } of parked) {
    const at = revision === null ? '' : words({ en: `revision ${revision}, `, zh: `流内序号 ${revision}，` })
    const since = closed
      ? words({ en: 'closed: later events count again', zh: '已关闭：之后的事件重新计入' })
      : words({ en: 'OPEN', zh: '未关闭' })
    await terminal.line(
      `  ${words({ en: `${model} ${tenant} ${key} is parked at ${eventType} (${at}position ${position}), ${since}, ${waiting} events waiting behind it: ${reason}`, zh: `${model} ${tenant} ${key} 搁置于 ${eventType}（${at}位置 ${position}），${since}，其后有 ${waiting} 个事件等待：${reason}` })}`,
    )
  }
}

/** What simulations found, as tables. */
import type { Simulation } from '../simulate.ts'
import type { Figures } from '../simulate-figures.ts'
import type { Beside, WhatIf } from '../simulate-what-if.ts'
import { table, type Cell } from './table.ts'
import type { Terminal } from './terminal.ts'

/** How a number is written: digits behind the point, and its unit. Fractions are shown in per cent. */
type Form = readonly [digits: number, unit: '' | '%' | 's']

/** The measures of a formula's simulation with their intervals. */
export async function tellMeasures(terminal: Terminal, { ci95, faults, ...measures }: Simulation): Promise<void> {
  const { words } = terminal
  const named: [keyof typeof measures, string, Form][] = [
    ['offered', words('offered', '呼入'), [0, '']],
    ['answered', words('answered', '接通'), [0, '']],
    ['abandoned', words('abandoned', '放弃'), [0, '']],
    ['waited_ratio', words('waited at all', '需等待比例'), [2, '%']],
    ['service_level_20', words('answered within 20 s', '20 秒接通率'), [2, '%']],
    ['asa_s', words('mean wait of answered', '平均应答速度'), [2, 's']],
    ['abandon_ratio', words('abandoned, of offered', '放弃率'), [2, '%']],
    ['occupancy', words('occupancy', '占用率'), [2, '%']],
  ]
  const rows = named.map(([name, label, form]) => [label, shown(measures[name], form), `± ${shown(ci95[name], form)}`])
  for (const row of table([words('measure', '指标'), words('value', '数值'), '95 %'], rows)) await terminal.line(row)
  const struck = Object.entries(faults ?? {}).map(([kind, times]) => `${kind} ${times}`)
  if (faults) await terminal.line(`${words('faults', '故障')}: ${struck.join(', ') || words('none struck', '未发生')}`)
}

/** A day on record, the same day simulated, and the day with the changes. */
export async function tellWhatIf(terminal: Terminal, found: WhatIf): Promise<void> {
  const { words } = terminal
  const { source, day, zone, runs, staff, patience } = found
  const figures: [keyof Figures, string, Form][] = [
    ['offered', words('offered', '呼入'), [0, '']],
    ['answered', words('answered', '接通'), [1, '']],
    ['abandoned', words('abandoned', '放弃'), [1, '']],
    ['other', words('left otherwise', '其他离开'), [1, '']],
    ['service_level', words('service level', '服务水平'), [1, '%']],
    ['abandon_ratio', words('abandoned, short abandons left out', '放弃率（不计短时）'), [1, '%']],
    ['asa_s', words('mean wait of answered', '平均应答速度'), [1, 's']],
    ['longest_wait_s', words('longest wait', '最长等待'), [0, 's']],
    ['occupancy', words('occupancy', '占用率'), [1, '%']],
  ]
  const sides = [words('recorded', '记录'), words('base', '基准'), words('variant', '方案')]
  const hasVariant = found.total.variant !== null
  await terminal.line(`${source}, ${day} (${zone}), ${words(`${runs} runs`, `${runs} 次模拟`)}`)
  const estimatedStaff = staff.known_by === 'services' ? words(', estimated from whom they served', '，按服务记录估算') : ''
  await terminal.line(`${words('people', '坐席')}: ${staff.base}${hasVariant ? ` → ${staff.variant}` : ''}${estimatedStaff}`)
  const median = patience.median_s === null ? words('half of the callers never gave up', '半数以上来电未放弃') : words(`median ${Math.round(patience.median_s)} s`, `中位数 ${Math.round(patience.median_s)} 秒`)
  await terminal.line(`${words('patience', '耐心')}: ${words(`seen of ${patience.seen}, more than their wait of ${patience.censored}`, `${patience.seen} 人已知，${patience.censored} 人仅知下限`)}; ${median}`)

  await terminal.line('')
  const totals = figures.map(([name, label, form]) => {
    const { recorded, base, variant, difference } = found.total
    const both = (side: Beside['base'] | null): string => (side?.[name] ? `${shown(side[name].value, form)} ± ${shown(side[name].half, form)}` : '–')
    return [label, shown(recorded[name], form), both(base), ...(hasVariant ? [both(variant), both(difference)] : [])]
  })
  const heads = hasVariant ? [...sides, words('variant − base', '方案 − 基准')] : sides.slice(0, 2)
  for (const row of table([words('in all', '全天'), ...heads], totals)) await terminal.line(row)

  const inColumns: readonly (keyof Figures)[] = ['abandoned', 'service_level', 'asa_s', 'longest_wait_s']
  const print = async (title: string, wanted: readonly (keyof Figures)[], rows: readonly (readonly [string, Beside])[]): Promise<void> => {
    const columns = figures.filter(([name]) => wanted.includes(name))
    await terminal.line('')
    await terminal.line(words('Each: recorded / base / variant', '各列：记录 / 基准 / 方案'))
    const cells = rows.map(([name, beside]): Cell[] => [
      name,
      shown(beside.recorded.offered, [0, '']),
      ...columns.map(([figure, , form]) =>
        [beside.recorded[figure], beside.base[figure]?.value ?? null, ...(hasVariant ? [beside.variant?.[figure]?.value ?? null] : [])].map((value) => shown(value, [Math.min(1, form[0]), form[1]], false)).join(' / '),
      ),
    ])
    for (const row of table([title, words('offered', '呼入'), ...columns.map(([, label, [, unit]]) => (unit === '' ? label : `${label}, ${unit}`))], cells)) await terminal.line(row)
  }
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' })
  await print(words('half hour', '半小时'), [...inColumns, 'occupancy'], found.half_hours.map((each) => [clock.format(each.starts_at), each]))
  await print(words('queue', '队列'), inColumns, found.queues.map((each) => [each.queue, each]))
}

function shown(value: number | null, [digits, unit]: Form, withUnit = true): string {
  if (value === null) return '–'
  const text = (unit === '%' ? value * 100 : value).toFixed(digits)
  return unit === '' || !withUnit ? text : `${text} ${unit}`
}

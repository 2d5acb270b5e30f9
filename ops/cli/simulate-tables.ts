/** Results of simulations, as tables. */
import type { Measures } from '../simulate/batch-means.ts'
import type { Simulation } from '../simulate/simulate.ts'
import type { Figures } from '../simulate/figures.ts'
import type { Beside, Model, WhatIf } from '../simulate/what-if.ts'
import type { Estimate } from '../simulate/independent-runs.ts'
import { table, type Cell } from './table.ts'
import type { Terminal } from './terminal.ts'

/** How a number is written: decimal places, and its unit. Fractions are shown in per cent. */
type Form = readonly [digits: number, unit: '' | '%' | 's']

/** The measures of a formula's simulation with their intervals. */
export async function tellMeasures(terminal: Terminal, { ci95, faults, ...found }: Simulation): Promise<void> {
  const { words } = terminal
  const named: [keyof Measures, string, Form][] = [
    ['offered', words({ en: 'offered', zh: '呼入' }), [0, '']],
    ['answered', words({ en: 'answered', zh: '接通' }), [0, '']],
    ['abandoned', words({ en: 'abandoned', zh: '放弃' }), [0, '']],
    ['waited_ratio', words({ en: 'waited at all', zh: '需等待比例' }), [2, '%']],
    ['service_level_20', words({ en: 'answered within 20 s', zh: '20 秒接通率' }), [2, '%']],
    ['asa_s', words({ en: 'mean wait of answered', zh: '平均应答速度' }), [2, 's']],
    ['abandon_ratio', words({ en: 'abandoned, of offered', zh: '放弃率' }), [2, '%']],
    ['occupancy', words({ en: 'occupancy', zh: '占用率' }), [2, '%']],
  ]
  const rows = named.map(([name, label, form]) => [
    label,
    shown(found[name], form),
    ci95[name] === null ? '–' : `± ${shown(ci95[name], form)}`,
  ])
  for (const row of table([words({ en: 'measure', zh: '指标' }), words({ en: 'value', zh: '数值' }), '95 %'], rows))
    await terminal.line(row)
  if (found.never_settles) {
    await terminal.line(
      words({
        en: 'There is more work than the agents can do: the queue grows for ever, and its measures mean nothing.',
        zh: '工作量超过坐席的处理能力：排队会一直增长，以上指标没有意义。',
      }),
    )
  } else if (found.needs_hours !== null) {
    const needs = found.needs_hours
    await terminal.line(
      words({
        en: `–: too few hours to say how certain this is, because the queue remembers long. It needs about ${needs} hours: --hours ${needs}`,
        zh: `–：排队的记忆较长，现有时数不足以给出置信区间，约需 ${needs} 小时：--hours ${needs}`,
      }),
    )
  }
  const struck = Object.entries(faults ?? {}).map(([kind, times]) => `${kind} ${times}`)
  if (faults)
    await terminal.line(
      `${words({ en: 'faults', zh: '故障' })}: ${struck.join(', ') || words({ en: 'none struck', zh: '未发生' })}`,
    )
}

/** A recorded day, the same day simulated, and the day with the changes. */
export async function tellWhatIf(terminal: Terminal, found: WhatIf): Promise<void> {
  const { words } = terminal
  const { source, day, zone, runs, staff, patience, model, total } = found
  const figures = figuresIn(words)
  const hasVariant = total.variant !== null
  await terminal.line(`${source}, ${day} (${zone}), ${words({ en: `${runs} runs`, zh: `${runs} 次模拟` })}`)
  const estimatedStaff =
    staff.known_by === 'services'
      ? words({ en: ', estimated from their services', zh: '，按服务记录估算' })
      : words({ en: ', from their sign-ins', zh: '，按签入记录' })
  await terminal.line(
    `${words({ en: 'people', zh: '坐席' })}: ${staff.base}${hasVariant ? ` → ${staff.variant}` : ''}${estimatedStaff}`,
  )
  const median =
    patience.median_s === null
      ? words({ en: 'half of the callers never gave up', zh: '半数以上来电未放弃' })
      : words({ en: `median ${Math.round(patience.median_s)} s`, zh: `中位数 ${Math.round(patience.median_s)} 秒` })
  await terminal.line(
    `${words({ en: 'patience', zh: '耐心' })}: ${words({ en: `seen of ${patience.seen}, more than their wait of ${patience.censored}`, zh: `${patience.seen} 人已知，${patience.censored} 人仅知下限` })}; ${median}`,
  )
  if (model) await tellModel(terminal, model)
  await tellTrust(terminal, found)

  await terminal.line('')
  const totals = figures.map(([name, label, form]) => {
    const { recorded, base, residual, outside, variant, difference } = total
    const off =
      residual[name] === null
        ? '–'
        : `${residual[name] > 0 ? '+' : ''}${shown(residual[name], form)}${outside.includes(name) ? ' !' : ''}`
    return [
      label,
      shown(recorded[name], form),
      both(base[name], form),
      off,
      ...(hasVariant ? [both(variant![name], form), both(difference![name], form)] : []),
    ]
  })
  const heads = [
    words({ en: 'recorded', zh: '记录' }),
    words({ en: 'base', zh: '基准' }),
    words({ en: 'base − recorded', zh: '基准 − 记录' }),
    words({ en: 'variant', zh: '方案' }),
    words({ en: 'variant − base', zh: '方案 − 基准' }),
  ]
  for (const row of table([words({ en: 'in all', zh: '全天' }), ...heads.slice(0, hasVariant ? 5 : 3)], totals))
    await terminal.line(row)

  const inColumns: readonly (keyof Figures)[] = ['abandoned', 'service_level', 'asa_s', 'longest_wait_s']
  const print = async (
    title: string,
    wanted: readonly (keyof Figures)[],
    rows: readonly (readonly [string, Beside])[],
  ): Promise<void> => {
    const columns = figures.filter(([name]) => wanted.includes(name))
    await terminal.line('')
    await terminal.line(words({ en: 'Each: recorded / base / variant', zh: '各列：记录 / 基准 / 方案' }))
    const cells = rows.map(([name, beside]): Cell[] => [
      name,
      shown(beside.recorded.offered, [0, '']),
      ...columns.map(([figure, , form]) =>
        [
          beside.recorded[figure],
          beside.base[figure]?.value ?? null,
          ...(hasVariant ? [beside.variant?.[figure]?.value ?? null] : []),
        ]
          .map((value) => shown(value, [Math.min(1, form[0]), form[1]], false))
          .join(' / '),
      ),
    ])
    for (const row of table(
      [
        title,
        words({ en: 'offered', zh: '呼入' }),
        ...columns.map(([, label, [, unit]]) => (unit === '' ? label : `${label}, ${unit}`)),
      ],
      cells,
    ))
      await terminal.line(row)
  }
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' })
  await print(
    words({ en: 'half hour', zh: '半小时' }),
    [...inColumns, 'occupancy'],
    found.half_hours.map((each) => [clock.format(each.starts_at), each]),
  )
  await print(
    words({ en: 'queue', zh: '技能组' }),
    inColumns,
    found.queues.map((each) => [each.queue, each]),
  )
}

/** What was derived from the record, and the one factor that was fitted to it. */
async function tellModel(
  terminal: Terminal,
  { factor, gaps, gaps_known, break_from_s, turnaround_median_s, breaks, breaks_h, head_starts_s }: Model,
): Promise<void> {
  const { words } = terminal
  const seconds = (value: number | null): string => (value === null ? '–' : `${Math.round(value)} s`)
  await terminal.line(
    words({
      en: `between calls: ${gaps} gaps, ${gaps_known} of them known exactly; free again after ${seconds(turnaround_median_s)} (median); longer than ${seconds(break_from_s)} is a break: ${breaks} of ${breaks_h.toFixed(1)} h in all`,
      zh: `通话之间：${gaps} 段间隔，其中 ${gaps_known} 段时长确知；话后恢复中位数 ${seconds(turnaround_median_s)}；超过 ${seconds(break_from_s)} 视为休息：${breaks} 次，共 ${breaks_h.toFixed(1)} 小时`,
    }),
  )
  const ahead = Object.entries(head_starts_s).filter(([, s]) => s > 0)
  if (ahead.length > 0) {
    const list = ahead.map(([queue, s]) => `${queue} ${s} s`).join(', ')
    await terminal.line(
      words({
        en: `head starts of queues, from who was served first: ${list}`,
        zh: `各技能组的领先时间，按先后服务次序推断：${list}`,
      }),
    )
  }
  await terminal.line(
    words({
      en: `fitted: breaks and time after calls × ${factor.toFixed(3)}, so that the base has the recorded service level`,
      zh: `拟合：休息与话后时间 × ${factor.toFixed(3)}，使基准的服务水平与记录一致`,
    }),
  )
}

/** How far the base is off, and whether a plan can be based on it. */
async function tellTrust(
  terminal: Terminal,
  { reproduced, total, half_hours_compared, half_hours_inside, model }: WhatIf,
): Promise<void> {
  const { words } = terminal
  const points =
    total.residual.service_level === null
      ? '–'
      : `${total.residual.service_level > 0 ? '+' : ''}${(total.residual.service_level * 100).toFixed(1)}`
  await terminal.line(
    words({
      en: `the base is ${points} points off in service level; of ${half_hours_compared} half hours, ${half_hours_inside} are as recorded within what such days differ by`,
      zh: `基准的服务水平与记录相差 ${points} 个百分点；${half_hours_compared} 个半小时中有 ${half_hours_inside} 个与记录之差在此类日子的波动范围内`,
    }),
  )
  const labels = new Map(figuresIn(words).map(([name, label]) => [name, label]))
  const outside = total.outside.map((name) => labels.get(name)).join(', ')
  if (!reproduced)
    await terminal.line(
      words({
        en: '! The model does not reproduce this day. Do not plan with it.',
        zh: '! 模型不能再现这一天，请勿据此排班。',
      }),
    )
  if (outside !== '')
    await terminal.line(
      words({
        en: `! Recorded further from the base than the usual difference between such days: ${outside}. Take what the variant says of them as a direction.`,
        zh: `! 记录值超出基准的波动范围：${outside}。方案的这些数值仅供判断方向。`,
      }),
    )
  if (!model)
    await terminal.line(
      words({
        en: 'nothing was fitted: who was there, and what they did, is on record',
        zh: '未作拟合：坐席在岗与操作均有记录',
      }),
    )
}

function figuresIn(words: Terminal['words']): [keyof Figures, string, Form][] {
  return [
    ['offered', words({ en: 'offered', zh: '呼入' }), [0, '']],
    ['answered', words({ en: 'answered', zh: '接通' }), [1, '']],
    ['abandoned', words({ en: 'abandoned', zh: '放弃' }), [1, '']],
    ['other', words({ en: 'left otherwise', zh: '其他离开' }), [1, '']],
    ['service_level', words({ en: 'service level', zh: '服务水平' }), [1, '%']],
    ['abandon_ratio', words({ en: 'abandoned, short abandons left out', zh: '放弃率（不计短时）' }), [1, '%']],
    ['asa_s', words({ en: 'mean wait of answered', zh: '平均应答速度' }), [1, 's']],
    ['longest_wait_s', words({ en: 'longest wait', zh: '最长等待' }), [0, 's']],
    ['occupancy', words({ en: 'occupancy', zh: '占用率' }), [1, '%']],
  ]
}

/** A value and, if there is one, the half-width of its interval. */
function both(estimate: Estimate | null, form: Form): string {
  if (!estimate) return '–'
  return estimate.half === null
    ? shown(estimate.value, form)
    : `${shown(estimate.value, form)} ± ${shown(estimate.half, form)}`
}

function shown(value: number | null, [digits, unit]: Form, withUnit = true): string {
  if (value === null) return '–'
  const text = (unit === '%' ? value * 100 : value).toFixed(digits)
  return unit === '' || !withUnit ? text : `${text} ${unit}`
}

/** `ops/ledgerline doctor`: tries every connection, codec, port, prompt, clock and limit; one line each says what to do. */
import { Command } from 'commander'
import { describe } from '@ledgerline/core/problems.ts'
import { areaNames, type Finding } from '../doctor/finding.ts'
import { problems } from '../problems.ts'
import type { Terminal } from './terminal.ts'
import { width } from './table.ts'

interface Options {
  json?: true
  data?: string
}

const marks = {
  good: { en: 'ok  ', zh: '正常' },
  hint: { en: 'hint', zh: '提示' },
  bad: { en: 'BAD ', zh: '故障' },
} as const

export function doctorCommand(terminal: Terminal): Command {
  const { words } = terminal
  return new Command('doctor')
    .description(
      words({
        en: 'tries everything this installation needs, and says what to do about what is wrong',
        zh: '逐项检查本系统所需的一切，并说明问题如何解决',
      }),
    )
    .option('--json', words({ en: 'all of it as JSON', zh: '以 JSON 输出全部内容' }))
    .option('--data <directory>', words({ en: 'the data directory', zh: '数据目录' }))
    .action((options: Options) => examine(terminal, options))
}

async function examine(terminal: Terminal, { json, data }: Options): Promise<void> {
  const { doctor } = await import('../doctor/doctor.ts')
  const found: Finding[] = []
  for await (const finding of doctor({ env: terminal.env, overrides: { data }, notes: terminal })) {
    found.push(finding)
    if (!json) await terminal.line(lineOf(finding, terminal))
  }
  const count = (state: Finding['state']): number => found.filter((each) => each.state === state).length
  const [wrong, hints] = [count('bad'), count('hint')]
  if (wrong > 0) terminal.exitCode = 1
  if (json)
    return terminal.json({
      well: wrong === 0,
      findings: found.map((finding) => ({
        area: finding.area,
        state: finding.state,
        ...('problem' in finding && { code: finding.problem.code, details: finding.problem.details }),
        says: textOf(finding, terminal),
      })),
    })
  await terminal.line('')
  await terminal.line(
    wrong === 0
      ? terminal.words({
          en: `Nothing is wrong (${found.length} things tried, ${hints} hints).`,
          zh: `一切正常（共检查 ${found.length} 项，提示 ${hints} 项）。`,
        })
      : terminal.words({
          en: `${wrong} of ${found.length} things are wrong, ${hints} hints.`,
          zh: `共检查 ${found.length} 项，故障 ${wrong} 项，提示 ${hints} 项。`,
        }),
  )
}

const AREA_WIDTH = 13

function lineOf(finding: Finding, terminal: Terminal): string {
  const area = terminal.words(areaNames[finding.area])
  const pad = ' '.repeat(Math.max(1, AREA_WIDTH - width(area)))
  return `${terminal.words(marks[finding.state])}  ${area}${pad}${textOf(finding, terminal)}`
}

function textOf(finding: Finding, { language }: Terminal): string {
  return 'problem' in finding ? describe(finding.problem, language, problems) : finding.says[language]
}

/** `ops/ledgerline route`: what happens if somebody calls a number, with the reason at every step. */
import { Command } from 'commander'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { momentOf, offsetAt } from '@ledgerline/core/kernel/time.ts'
import { explain, type Explanation } from '@ledgerline/core/routing/explain.ts'
import { quietLines } from '@ledgerline/core/routing/lines.ts'
import { readConfig } from '../config.ts'
import { configurationInFile, configurationInForce } from '../routing.ts'
import type { Terminal } from './terminal.ts'
import { clockTime, tenantName, type ClockTime } from './usage.ts'

interface Options {
  from?: string
  to?: string
  gateway?: string
  at?: ClockTime
  file?: string
  tenant?: string
  json?: true
  data?: string
}

export function routeCommand(terminal: Terminal): Command {
  const { words } = terminal
  return new Command('route')
    .description(
      words({
        en: 'says what happens if somebody calls a number, and why',
        zh: '说明某人拨打某号码时会发生什么，以及每一步的原因',
      }),
    )
    .option(
      '--from <party>',
      words({
        en: 'an extension of ours, or a number outside; without it the number is withheld',
        zh: '本方分机或外线号码，缺省为隐藏号码',
      }),
    )
    .option('--to <number>', words({ en: 'the number that is called', zh: '被叫号码' }))
    .option(
      '--gateway <code>',
      words({ en: 'the gateway by which a call from outside comes', zh: '外线呼入所经的网关' }),
    )
    .option(
      '--at <time>',
      words({
        en: 'the moment, such as 2026-11-30T20:15 on the tenant’s clock; now without it',
        zh: '时刻，例如企业时钟的 2026-11-30T20:15，缺省为现在',
      }),
      clockTime('--at'),
    )
    .option(
      '--file <file>',
      words({
        en: 'a configuration to ask, like fixtures/switchboard.json; otherwise the one in force',
        zh: '要查询的配置文件，格式同 fixtures/switchboard.json；缺省为当前生效的配置',
      }),
    )
    .option(
      '--tenant <name>',
      words({ en: 'the tenant; not needed if there is only one', zh: '所属企业，仅有一个时可省略' }),
      tenantName('--tenant'),
    )
    .option('--json', words({ en: 'all of it as JSON', zh: '以 JSON 输出全部内容' }))
    .option('--data <directory>', words({ en: 'the data directory', zh: '数据目录' }))
    .action((options: Options) => ask(terminal, options))
}

async function ask(terminal: Terminal, options: Options): Promise<void> {
  const { from = null, to, gateway = null, file, at: when } = options
  if (to === undefined) throw new Problem('usage.missing', { what: '--to', help: 'ops/ledgerline route --help' })
  const configuration =
    file === undefined
      ? await configurationInForce(readConfig(terminal.env, options), options.tenant ?? null, terminal)
      : await configurationInFile(file)
  const { zone, version } = configuration
  const at = when === undefined ? Date.now() : 'at' in when ? when.at : momentOf(when.local, zone)
  const explanation = explain({ from, gateway, to, at }, configuration, quietLines, (number) => number)
  if (options.json) return terminal.json({ version, zone, at, ...explanation })
  await tell(terminal, explanation, { at, zone, version })
  terminal.note({
    en: 'Gateways are taken to be up, and phones to be free: the running house may know better.',
    zh: '此处假定网关可用、话机空闲；实际情况以运行中的系统为准。',
  })
}

async function tell(
  terminal: Terminal,
  { caller, rule, summary, steps }: Explanation,
  { at, zone, version }: { at: number; zone: string; version: number },
): Promise<void> {
  const { words, language } = terminal
  const local = new Date(at + offsetAt(at, zone)).toISOString().slice(0, 19).replace('T', ' ')
  const who =
    caller === 'extension'
      ? words({ en: 'a phone of ours calls', zh: '本方分机呼叫' })
      : words({ en: 'a call from outside', zh: '外线呼入' })
  const under =
    version === 0
      ? words({ en: 'configuration of the file', zh: '文件中的配置' })
      : words({ en: `configuration ${version}`, zh: `配置 ${version}` })
  await terminal.line(`${local} ${zone} · ${who} · ${under}`)
  for (const [index, step] of steps.entries())
    await terminal.line(`${String(index + 1).padStart(3)}. ${step.words[language]}`)
  await terminal.line(
    `${words({ en: 'So: ', zh: '结果：' })}${summary[language]}${rule === null ? '' : ` (${words({ en: 'rule', zh: '规则' })} ${rule})`}`,
  )
}

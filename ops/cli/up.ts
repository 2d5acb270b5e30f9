/** `ops/ledgerline up`: the whole house in one process, or a part of it, until it is told to stop. */
import { Command } from 'commander'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { Journal } from '@ledgerline/adapters/journal/journal.ts'
import { findMasterKey } from '@ledgerline/adapters/keys/master.ts'
import { Disk } from '@ledgerline/adapters/nodes/disk.ts'
import { roles, type NodeRole } from '@ledgerline/adapters/nodes/health.ts'
import { readConfig } from '../config.ts'
import { lastWords } from '../run/last-words.ts'
import { watchdog } from '../run/watchdog.ts'
import { signerOf } from '../run/chain-signer.ts'
import type { Terminal } from './terminal.ts'
import { namesOf, positiveNumber, readableFile, tenantName, wholeNumber } from './usage.ts'

interface Options {
  demo?: true | string
  speed?: number
  agents?: number
  tenant?: string
  port?: number
  data?: string
  role?: NodeRole[]
}

/** How long work in progress may take to end when the house is told to stop. */
const GRACE_MS = 20_000

export function upCommand(terminal: Terminal): Command {
  const { words } = terminal
  return new Command('up')
    .description(
      words({
        en: 'starts everything in one process; Ctrl-C stops it',
        zh: '在一个进程中启动全部服务，按 Ctrl-C 停止',
      }),
    )
    .option(
      '--demo [file]',
      words({
        en: 'replays a recorded day as live traffic: the one in fixtures, or that of a month file',
        zh: '将录制的一天作为实时话务回放：缺省为 fixtures 中的一天，或指定月度文件',
      }),
    )
    .option(
      '--speed <n>',
      words({ en: 'speed of the demo, as a multiple of real time (10)', zh: '演示速度倍数（默认 10）' }),
      positiveNumber('--speed', 1000),
    )
    .option(
      '--agents <n>',
      words({
        en: 'at least this many agents in the demo, with proportionally more callers',
        zh: '演示的坐席数（至少），来电量同比放大',
      }),
      wholeNumber('--agents', 1, 5_000),
    )
    .option(
      '--tenant <name>',
      words({ en: 'the tenant that the screens show', zh: '界面显示的企业' }),
      tenantName('--tenant'),
    )
    .option(
      '--port <n>',
      words({ en: 'port on this machine (4280); 0: any free one', zh: '本机端口（默认 4280），0 表示任意空闲端口' }),
      wholeNumber('--port', 0, 65_535),
    )
    .option(
      '--role <names>',
      words({
        en:
          'what this process does, if several share a DATABASE_URL: api, switchboard, projector; several separated ' +
          'by commas or repeated (all)',
        zh: '本进程的角色（多进程共用 DATABASE_URL 时）：api、switchboard、projector，可用逗号或重复指定（默认全部）',
      }),
      namesOf('--role', roles),
    )
    .option('--data <directory>', words({ en: 'the data directory', zh: '数据目录' }))
    .action((options: Options) => start(terminal, options))
}

async function start(terminal: Terminal, options: Options): Promise<void> {
  for (const name of ['speed', 'agents'] as const) {
    if (options[name] !== undefined && options.demo === undefined)
      throw new Problem('usage.missing', { what: '--demo', help: 'ops/ledgerline up --help' }, { where: `--${name}` })
  }
  if (options.demo !== undefined && options.tenant !== undefined)
    throw new Problem('usage.conflict', { one: '--demo', other: '--tenant' })
  const file = typeof options.demo === 'string' ? readableFile(options.demo) : null
  const config = readConfig(terminal.env, { ...options, roles: options.role })
  const [{ withInstallation }, { up }, { demo, DEMO_SPEED }] = await Promise.all([
    import('../installation/installation.ts'),
    import('../run/up.ts'),
    import('../run/demo.ts'),
  ])
  // The person who started it may be gone, with the terminal or the pipe it wrote to.
  terminal.goesOn = true
  await withInstallation({ config, use: 'own', notes: terminal, graceMs: GRACE_MS }, async (installation) => {
    const path = `${config.directory}/ledgerline.log`
    await using closing = new AsyncDisposableStack()
    const journal = closing.adopt(
      new Journal({
        path,
        onLost: (reason) => terminal.trouble(new Problem('journal.lost', { file: path, reason })),
        onBack: (gone) => terminal.journalBack(gone),
      }),
      (open) => open.close(),
    )
    closing.use(
      lastWords({ logger: journal, complain: (line) => terminal.trouble(new Problem('unexpected', { reason: line })) }),
    )
    if (config.watchdogMs > 0) closing.use(watchdog({ limitMs: config.watchdogMs, journal: path }))
    const disk = closing.adopt(
      new Disk(config.directory, ({ state, freeBytes }, before) => {
        const details = { directory: config.directory, free: Math.floor(freeBytes / 2 ** 20) }
        if (state === 'enough' || before === 'full') terminal.diskHasRoom(details.free)
        else terminal.trouble(new Problem(state === 'full' ? 'disk.full' : 'disk.little', details))
        journal.warn({ state, ...details }, 'room on the disk of the data directory')
      }),
      (open) => open.close(),
    )
    await up(installation, {
      port: config.port,
      roles: config.roles,
      nodeAddress: config.nodeAddress,
      // Opening the vault found it or created it.
      masterKey: findMasterKey(config.directory, terminal.env)!.key,
      ...(config.roles.includes('projector') && { chainSigner: signerOf(config.chainSigner) }),
      requestDays: config.requestDays,
      redis: config.redis,
      telephony: config.telephony,
      recordings: config.recordings,
      webPhones: config.webPhones,
      iceServers: config.iceServers,
      language: config.language,
      onFirstUser: ({ name, password }) =>
        void terminal.line(
          terminal.words({
            en: `The first user is ${name}, the password ${password}. It is shown only now and good for 24 hours: choose your own at the first log-in.`,
            zh: `首位用户为 ${name}，密码 ${password}。密码仅显示这一次，24 小时内有效，首次登录后须修改。`,
          }),
        ),
      onTelephony: (problem) => terminal.trouble(problem),
      connectionLimits: config.connectionLimits,
      logger: journal,
      journal: () => journal.state,
      disk,
      onFound: (problem) => terminal.trouble(problem),
      onPace: ({ speed, asked, behind }) =>
        behind
          ? terminal.note({
              en: `This machine cannot keep the demo at ${asked}×: it runs at about ${speed}× for now.`,
              zh: `本机无法维持 ${asked} 倍速，演示暂以约 ${speed} 倍速运行。`,
            })
          : terminal.note({ en: `The demo runs at ${asked}× again.`, zh: `演示已恢复 ${asked} 倍速。` }),
      onRedis: {
        onWaiting: (problem, forMs) => terminal.waitingFor(problem, forMs),
        onTrouble: (problem) => terminal.trouble(problem),
        onBack: (awayMs) => terminal.redisBack(awayMs),
      },
      ...(options.tenant === undefined ? {} : { tenant: options.tenant }),
      ...(options.demo === undefined
        ? {}
        : {
            demo: (lastAt) =>
              demo({
                ...(file !== null && { file }),
                speed: options.speed ?? DEMO_SPEED,
                ...(options.agents !== undefined && { agents: options.agents }),
                lastAt,
              }),
          }),
      ready: ({ url, roles: does, replay, standby }) => {
        if (standby)
          terminal.note({
            en: 'Another process owns the switchboard: this one is on standby and takes over when that one is gone.',
            zh: '交换主控由另一进程承担：本进程热备，主控消失后自动接管。',
          })
        if (replay)
          terminal.note({
            en: `Replaying ${replay.day}, ${replay.speed} times as fast.`,
            zh: `正在以 ${replay.speed} 倍速回放 ${replay.day}。`,
          })
        if (replay && does.includes('api'))
          terminal.note({
            en: 'A demo asks nobody to log in: on this machine everybody is its supervisor.',
            zh: '演示无需登录：在本机上，任何人均以演示班长身份操作。',
          })
        const part = does.length < roles.length ? ` (${does.join(', ')})` : ''
        void terminal.line(
          terminal.words({ en: `Ledgerline is up${part}: ${url}`, zh: `Ledgerline 已启动${part}：${url}` }),
        )
      },
    })
  })
}

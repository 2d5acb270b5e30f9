/** A configuration that is stored in parts is folded, rebuilt, verified, copied and forgotten like any other. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { copyLog } from '@ledgerline/adapters/log/transfer.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { EventLog, LogEvent } from '@ledgerline/core/kernel/log.ts'
import { say, withRig, type Rig } from './rig.ts'

const test = suite('tables of a configuration in parts')

const AGENTS = Array.from({ length: 300 }, (_, index) => String(1_000 + index))

async function eventsOf(log: EventLog): Promise<LogEvent[]> {
  const events: LogEvent[] = []
  for await (const page of log.readAll(null)) events.push(...page.events)
  return events
}

const namesIn = (rig: Rig) =>
  rig
    .sql<{ code: string; name: string | null }>('select agent_code as code, name from agent_monitor order by 1')
    .then((rows) => rows.map(({ code, name }) => `${code} ${name ?? '–'}`))

test(
  'A3.2.2.5-reload: tables equal the log, before and after a rebuild, and when an agent is forgotten',
  withRig('sections', async (rig) => {
    const engine = rig.engine()
    await engine.start()
    await rig.append('switchboard-test.configuration', say.activated(['PS'], AGENTS))
    await rig.append('switchboard-test.configuration', say.activated(['PS', 'NE'], [...AGENTS, '2000'], undefined, 2))
    const stored = await eventsOf(rig.log)
    assert.ok(stored.filter(({ type }) => type === 'SwitchboardSectionStored').length > 3)
    for (const { data } of stored) assert.ok(data.length < 64 * 1024)
    await rig.caughtUp(engine)
    const names = [...AGENTS, '2000'].map((code) => `${code} Agent ${code}`)
    assert.equal(await namesIn(rig), names)
    await rig.verified(engine)
    await engine.rebuild(['agent_monitor', 'queues'])
    assert.equal(await namesIn(rig), names)
    await rig.verified(engine)

    const subject = rig.vault.subject('test', '1007')
    await engine.forget('test', subject, () => rig.vault.forget('test', subject))
    const without = names.with(7, '1007 –')
    assert.equal(await namesIn(rig), without)
    await rig.verified(engine)
    await engine.rebuild(['agent_monitor'])
    assert.equal(await namesIn(rig), without)
    assert.equal(rig.parked, [])
  }),
)

test(
  'a copy of the log contains the parts, and is read without the original',
  withRig('sections_copy', async (rig) => {
    await rig.append('switchboard-test.configuration', say.activated(['PS'], AGENTS))
    const copy = new MemoryLog(() => rig.now())
    await copyLog({ from: rig.log, to: copy })
    const rows = (await eventsOf(copy)).filter(({ type }) => type === 'SwitchboardActivated')
    const [read] = await new Codec(catalogue, rig.vault, copy).decodeAll(rows)
    const { agents } = read!.data as { agents: { agentCode: string; name: string }[] }
    assert.equal(
      agents.map(({ agentCode, name }) => `${agentCode} ${name}`),
      AGENTS.map((code) => `${code} Agent ${code}`),
    )
  }),
)

test.run()

/** Agents who are ready far longer than all others although there is work: the rule as a table. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leftOut } from '../../ui/live/left-out.ts'
import type { AgentRow, AgentState, LiveCallRow } from '../../ui/live/protocol.ts'
import { applySnapshot, emptyTables } from '../../ui/live/tables.ts'

const MINUTE = 60_000
const NOW = Date.UTC(2026, 2, 3, 6, 30)
const agent = (agentCode: string, state: AgentState, minutes: number, change: Partial<AgentRow> = {}): AgentRow =>
  ({
    agentId: agentCode,
    agentCode,
    state,
    queueCodes: ['q1'],
    registered: true,
    longSignIn: 'none',
    desk: 'none',
    reserved: false,
    wishedWork: null,
    callId: state === 'in_call' ? `of-${agentCode}` : null,
    since: NOW - minutes * MINUTE,
    ...change,
  }) as AgentRow
const call = (callId: string, status: LiveCallRow['status'], seconds: number, queueCode = 'q1'): LiveCallRow =>
  ({
    callId,
    status,
    queueCode,
    receivedAt: NOW - seconds * 1000,
    queuedAt: NOW - seconds * 1000,
    joinedAt: NOW - seconds * 1000,
  }) as LiveCallRow
const waits = call('c', 'waiting', 40)
const busy = [agent('202', 'in_call', 2), agent('203', 'in_call', 1), agent('204', 'wrap_up', 1)]
const theirs = [call('of-202', 'talking', 120), call('of-203', 'talking', 60)]

const cases: [what: string, agents: AgentRow[], calls: LiveCallRow[], found: string[]][] = [
  [
    'ready for three hours while a caller waits and all others work',
    [agent('201', 'ready', 175), ...busy],
    [waits],
    ['201'],
  ],
  [
    'the same while nobody waits, and two colleagues have been given callers since',
    [agent('201', 'ready', 175), ...busy],
    theirs,
    ['201'],
  ],
  ['no work: nobody waits, nobody was given a caller', [agent('201', 'ready', 175), ...busy], [], []],
  [
    'colleagues talk to callers of another queue',
    [agent('201', 'ready', 175), ...busy],
    [call('of-202', 'talking', 120, 'q2'), call('of-203', 'talking', 60, 'q2')],
    [],
  ],
  ['one who waits for three seconds is no sign', [agent('201', 'ready', 175), ...busy], [call('c', 'waiting', 3)], []],
  ['nine minutes are not long', [agent('201', 'ready', 9), ...busy], [waits], []],
  [
    'somebody else is ready for almost as long: a quiet hour, or the order of the queue',
    [agent('201', 'ready', 60), agent('205', 'ready', 50), ...busy],
    [waits],
    [],
  ],
  [
    'others are ready for minutes, one for hours',
    [agent('201', 'ready', 175), agent('205', 'ready', 5), agent('206', 'ready', 12), ...busy],
    [waits],
    ['201'],
  ],
  [
    'two of eight stand out together',
    [
      agent('201', 'ready', 175),
      agent('205', 'ready', 90),
      agent('206', 'ready', 2),
      ...busy,
      agent('207', 'in_call', 1),
      agent('208', 'ringing', 0),
    ],
    [waits],
    ['201', '205'],
  ],
  [
    'cannot be rung: phone gone, desk gone, reserved, about to leave',
    [
      agent('201', 'ready', 175, { registered: false }),
      agent('205', 'ready', 175, { desk: 'lost' }),
      agent('206', 'ready', 175, { reserved: true }),
      agent('207', 'ready', 175, { wishedWork: 'away' }),
      ...busy,
    ],
    [waits],
    [],
  ],
  [
    'kept connected, registered or not',
    [agent('201', 'ready', 175, { registered: false, longSignIn: 'active' }), ...busy],
    [waits],
    ['201'],
  ],
  [
    'two alone in a queue are no crowd to stand out from',
    [agent('201', 'ready', 175), agent('202', 'in_call', 1)],
    [waits],
    [],
  ],
  ['away is no wonder', [agent('201', 'away', 175), ...busy], [waits], []],
  [
    'in another queue than the one with work',
    [
      agent('201', 'ready', 175, { queueCodes: ['q2'] }),
      ...busy.map((each) => ({ ...each, queueCodes: ['q1', 'q2'] })),
    ],
    [waits],
    [],
  ],
]

const test = suite('ready far longer than all others')
for (const [what, agents, calls, found] of cases) {
  test(what, () => {
    const tables = emptyTables()
    applySnapshot(tables, { topic: 'agent_monitor', rows: agents })
    applySnapshot(tables, { topic: 'calls', rows: calls })
    assert.equal([...leftOut(tables, NOW)], found)
  })
}
test.run()

/**
 * Traffic reports of catalogue A: traffic, agent traffic, inbound, outbound (A11.3.1, 2, 4, 5). They count records as
 * its call list does (A11.1-leg-records): one per called number or extension, so that a call that rang three phones is
 * three records, and talk runs from the answer to the hang-up, hold included (A11.1-time-identity: hang-up − dial =
 * ring + talk). A number of ours "answers" when it takes the call, so that waiting in a queue counts as talk in its
 * record: the catalogue's columns are kept, and page, dictionary, totals and files say what they include.
 */
import type { Words } from '@ledgerline/core/kernel/words.ts'
import { dimension, filter, measure, sum } from './columns.ts'
import { over } from './ratios.ts'
import type { DeclaredColumn, Report } from './report.ts'
import { trafficRecords } from './sources.ts'

/** The catalogue's words for how a record came about (A11.1-directions). */
const directions = {
  outbound: { en: 'Outbound', zh: '呼出' },
  external_in: { en: 'External inbound', zh: '外线呼入' },
  external_queue: { en: 'External to queue', zh: '外线转队列' },
  internal_queue: { en: 'Internal to queue', zh: '内线转队列' },
  external_transfer: { en: 'External transfer', zh: '外线转接' },
  internal_transfer: { en: 'Internal transfer', zh: '内线转接' },
} as const

const allRecords = trafficRecords('numbers', 'offers', 'handed', 'placed')

const TALK = sum('r.talk_ms')
const RING = sum('r.ring_ms')
const CALLS = 'count(*)'
/** A11.3-rounding: to the second, from milliseconds; 0 if there was nothing. */
const seconds = { nothing: '0' as const }

const endpoint = (catalogue: string, label: Words) =>
  dimension({
    key: 'endpoint',
    catalogue,
    label,
    about: {
      en:
        'Called number or extension; for an outbound call the agent’s extension. If none is known, the agent’s ' +
        'number.',
      zh: '被叫号码或分机；呼出时为坐席分机。未知时为工号。',
    },
    sql: 'r.endpoint',
  })
const user = (catalogue: string) =>
  dimension({
    key: 'agent',
    catalogue,
    label: { en: 'User', zh: '用户名' },
    about: {
      en: 'Number of the agent signed in at that extension; empty for our own numbers.',
      zh: '该分机当时签入坐席的工号；系统号码为空。',
    },
    sql: 'r.agent_code',
  })
const lost = (catalogue: string) =>
  dimension({
    key: 'lost',
    catalogue,
    label: { en: 'Lost', zh: '呼损' },
    about: {
      en: '1 = not answered: nobody at that number or extension talked with the other party.',
      zh: '1 = 未接通：该号码或分机没有人与对方通话。',
    },
    sql: 'case when r.connected then 0 else 1 end',
    unit: 'count',
  })

/** The totals' row adds records, of which one call can leave several. */
const allRecordsTotal = { en: 'All records (a call can be several)', zh: '全部记录合计（一通电话可有多条）' }
const recordsNote = {
  en: 'It counts records, not calls: an outside call that was offered to two phones makes three records. The talk time of a record of one of our own numbers runs from the moment the number took the call until its end, including the wait in the queue, in addition to the talk time in the agent’s record; filter by extension to see talk with agents only.',
  zh: '按记录统计，并非按通话：一通外线来电转到两部分机即为三条记录。系统号码自身记录的通话时长从接入算起直到结束，含排队等待，与坐席自己记录中的通话时长重叠；只看坐席通话时请按分机筛选。',
}

function measures(item: string): DeclaredColumn[] {
  return [
    measure('count', {
      key: 'calls',
      catalogue: item,
      label: { en: 'Calls', zh: '总话量' },
      about: {
        en: 'Number of records in the group; one call can leave several.',
        zh: '本组记录数；一通电话可有多条记录。',
      },
      sql: CALLS,
    }),
    measure('ms', {
      key: 'talkMs',
      catalogue: item,
      label: { en: 'Talk time', zh: '通话总时长' },
      about: {
        en: 'Sum of the records’ talk time: from the answer to the hang-up, hold included. One of our own numbers answers when it takes the call: its talk time includes waiting in the queue.',
        zh: '各记录通话时长之和：从接通到挂机，含保持。系统号码接入即为接通，其通话时长含排队等待。',
      },
      sql: TALK,
    }),
    measure('ms', {
      key: 'averageTalkMs',
      catalogue: item,
      label: { en: 'Average talk', zh: '平均通话时长' },
      about: { en: 'Talk time / records.', zh: '通话总时长 ÷ 总话量。' },
      sql: over(TALK, CALLS),
      shown: seconds,
    }),
    measure('ms', {
      key: 'averageRingMs',
      catalogue: item,
      label: { en: 'Average ring', zh: '平均振铃时长' },
      about: { en: 'Sum of ring time / calls.', zh: '振铃时长之和 ÷ 总话量。' },
      sql: over(RING, CALLS),
      shown: seconds,
    }),
  ]
}

const trafficFilters = [filter.days, filter.lost, filter.endpoint, filter.agent, filter.group, filter.department]

const traffic: Report = {
  id: 'traffic',
  catalogue: ['A11.3.1-traffic'],
  title: { en: 'Traffic', zh: '话务统计报表' },
  about: { en: 'Records by number, user, direction and lost flag.', zh: '按号码、用户、方向和呼损统计。' },
  note: recordsNote,
  totals: allRecordsTotal,
  columns: [
    endpoint('A11.3.1-traffic #1', { en: 'Number', zh: '坐席' }),
    user('A11.3.1-traffic #2'),
    dimension({
      key: 'direction',
      catalogue: 'A11.3.1-traffic #3',
      label: { en: 'Direction', zh: '方向' },
      about: { en: 'How the call came to that number or extension.', zh: '呼叫方向。' },
      sql: 'r.direction',
      words: directions,
    }),
    lost('A11.3.1-traffic #4'),
    ...measures('A11.3.1-traffic').map((column, index) => ({ ...column, catalogue: `A11.3.1-traffic #${index + 5}` })),
  ],
  filters: trafficFilters,
  chart: { kind: 'bars', x: 'endpoint', y: ['calls'], series: 'lost' },
  source: allRecords,
  interval: null,
  order: ['endpoint', 'agent', 'direction', 'lost'],
}

const agentTraffic: Report = {
  id: 'agent-traffic',
  catalogue: ['A11.3.2-agent-traffic'],
  title: { en: 'Agent traffic', zh: '坐席话务报表' },
  about: {
    en: 'Records by number and lost flag: the traffic report summed over user and direction.',
    zh: '按被叫和呼损统计：话务统计报表按用户和方向汇总。',
  },
  note: recordsNote,
  totals: allRecordsTotal,
  columns: [
    endpoint('A11.3.2-agent-traffic', { en: 'Called', zh: '被叫' }),
    lost('A11.3.2-agent-traffic'),
    ...measures('A11.3.2-agent-traffic'),
  ],
  filters: trafficFilters,
  chart: { kind: 'bars', x: 'endpoint', y: ['calls'], series: 'lost' },
  source: allRecords,
  interval: null,
  order: ['endpoint', 'lost'],
}

/** The ten columns shared by A11.3.4 and A11.3.5. */
function tenColumns(item: string): DeclaredColumn[] {
  const at = (number: number) => `${item} #${number}`
  return [
    endpoint(at(1), { en: 'Extension', zh: '坐席' }),
    user(at(2)),
    measure('count', {
      key: 'calls',
      catalogue: at(3),
      label: { en: 'Calls', zh: '总话量' },
      about: { en: 'All calls, including lost ones.', zh: '全部呼叫，含呼损。' },
      sql: CALLS,
    }),
    measure('count', {
      key: 'effective',
      catalogue: at(4),
      label: { en: 'Effective', zh: '有效量' },
      about: { en: 'Calls that were not lost.', zh: '非呼损的呼叫数。' },
      sql: 'count(*) filter (where r.connected)',
    }),
    measure('ms', {
      key: 'talkMs',
      catalogue: at(5),
      label: { en: 'Talk time', zh: '通话总时长' },
      about: { en: 'Sum of talk time.', zh: '通话时长之和。' },
      sql: TALK,
    }),
    measure('ms', {
      key: 'averageTalkMs',
      catalogue: at(6),
      label: { en: 'Average talk', zh: '平均通话时长' },
      about: { en: 'Talk time / calls, over all calls.', zh: '通话总时长 ÷ 总话量（按全部呼叫）。' },
      sql: over(TALK, CALLS),
      shown: seconds,
    }),
    measure('ms', {
      key: 'longestTalkMs',
      catalogue: at(7),
      label: { en: 'Longest talk', zh: '最长通话时长' },
      about: { en: 'The longest talk.', zh: '最长一次通话。' },
      sql: 'max(r.talk_ms)',
      shown: seconds,
    }),
    measure('ms', {
      key: 'shortestTalkMs',
      catalogue: at(8),
      label: { en: 'Shortest talk', zh: '最短通话时长' },
      about: { en: 'The shortest talk; 0 when a lost call is included.', zh: '最短一次通话；含呼损时为 0。' },
      sql: 'min(r.talk_ms)',
      shown: seconds,
    }),
    measure('ms', {
      key: 'longestRingMs',
      catalogue: at(9),
      label: { en: 'Longest ring', zh: '最大振铃时长' },
      about: { en: 'The longest ring.', zh: '最长一次振铃。' },
      sql: 'max(r.ring_ms)',
      shown: seconds,
    }),
    measure('ms', {
      key: 'averageRingMs',
      catalogue: at(10),
      label: { en: 'Average ring', zh: '平均振铃时长' },
      about: { en: 'Sum of ring time / calls.', zh: '振铃时长之和 ÷ 总话量。' },
      sql: over(RING, CALLS),
      shown: seconds,
    }),
  ]
}

const inbound: Report = {
  id: 'inbound',
  catalogue: ['A11.3.4-inbound'],
  title: { en: 'Inbound', zh: '呼入统计报表' },
  about: {
    en: 'Calls that queues offered to extensions, by extension and user. Transfers and the numbers called from outside are not included.',
    zh: '由技能组转到分机的呼叫，按分机和用户统计；不含转接和外线号码本身的记录。',
  },
  columns: tenColumns('A11.3.4-inbound'),
  filters: trafficFilters,
  chart: { kind: 'bars', x: 'endpoint', y: ['calls', 'effective'], series: null },
  source: trafficRecords('offers', 'handed'),
  where: "r.direction in ('external_queue', 'internal_queue')",
  interval: null,
  order: ['endpoint', 'agent'],
}

const outbound: Report = {
  id: 'outbound',
  catalogue: ['A11.3.5-outbound'],
  title: { en: 'Outbound', zh: '呼出统计报表' },
  about: { en: 'Calls placed from extensions, by extension and user.', zh: '分机呼出的呼叫，按分机和用户统计。' },
  columns: tenColumns('A11.3.5-outbound'),
  filters: trafficFilters,
  chart: { kind: 'bars', x: 'endpoint', y: ['calls', 'effective'], series: null },
  source: trafficRecords('offers', 'handed', 'placed'),
  where: "r.direction = 'outbound'",
  interval: null,
  order: ['endpoint', 'agent'],
}

export const trafficReports: readonly Report[] = [traffic, agentTraffic, inbound, outbound]

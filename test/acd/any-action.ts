/** Anything that may happen in a house, drawn at random. */
import fc from 'fast-check'
import { faultKinds, type FaultKind } from '@ledgerline/adapters/telephony/simulator/faults.ts'

export type Action =
  | { do: 'menus'; there: boolean }
  | {
      do: 'call'
      queue: string
      asked: readonly string[]
      patience: number
      talk: number
      endedBy: 'customer' | 'agent'
      key: string | null
    }
  | { do: 'pass'; ms: number }
  | { do: 'work'; agent: number; work: 'ready' | 'not_ready' | 'away' | 'on_demand' }
  | { do: 'sign'; agent: number }
  | {
      do: 'act'
      agent: number
      other: number
      what:
        | 'hold'
        | 'resume'
        | 'transfer'
        | 'pass_on'
        | 'consult'
        | 'hand_over'
        | 'join'
        | 'drop'
        | 'hang_up'
        | 'place'
        | 'survey'
        | 'end_wrap_up'
        | DayAct
    }
  | {
      do: 'supervise'
      agent: number
      what:
        | 'listen'
        | 'whisper'
        | 'three_way'
        | 'take_over'
        | 'take_over_now'
        | 'leave'
        | 'disconnect'
        | 'force_out'
        | 'force_busy'
        | 'force_ready'
      supervisor: string
    }
  | { do: 'move'; nth: number; queue: string }
  | { do: 'phone'; agent: number; plugged: boolean }
  | { do: 'media_fails' }
  | { do: 'activate' }
  | { do: 'serve'; agent: number; queues: readonly string[] }
  | { do: 'fault'; kind: FaultKind; nth: number }
  | { do: 'dial'; agent: number; to: string; byPhone: boolean }
  | { do: 'keys'; agent: number; keys: string }
  | { do: 'trouble'; gateway: string; trouble: 'down' | 'failing' | 'silent' | null }
  | { do: 'owner_dies'; withSnapshot: boolean }

/** What belongs to the shift and to no call. */
const dayActs = [
  'long_sign_in',
  'leave_long_sign_in',
  'drop_phone',
  'preview',
  'skip',
  'desk_speaks',
  'desk_lost',
] as const
type DayAct = (typeof dayActs)[number]

/** As many work in the house. */
export const AGENTS = 4
const agent = fc.nat({ max: AGENTS - 1 })
const queue = fc.constantFrom('PS', 'NE')
export const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      // A share of the callers come to a menu, a box of voicemail, a phone of nobody.
      queue: fc.constantFrom('PS', 'NE', 'PS', 'NE', 'PS', '95500', '95500', '8203', '8299'),
      asked: fc.array(fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8', '0', '9', '#'), { maxLength: 4 }),
      patience: fc.integer({ min: 1, max: 120_000 }),
      talk: fc.integer({ min: 1, max: 90_000 }),
      endedBy: fc.constantFrom('customer' as const, 'agent' as const),
      key: fc.option(fc.constantFrom('1', '2', '3'), { freq: 3 }),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 40_000 })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('work' as const),
      agent,
      work: fc.constantFrom('ready' as const, 'not_ready' as const, 'away' as const, 'on_demand' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sign' as const), agent }) },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      agent,
      other: agent,
      what: fc.constantFrom(
        'hold' as const,
        'resume' as const,
        'transfer' as const,
        'pass_on' as const,
        'consult' as const,
        'hand_over' as const,
        'join' as const,
        'drop' as const,
        'hang_up' as const,
        'place' as const,
        'survey' as const,
        'end_wrap_up' as const,
        ...dayActs,
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('supervise' as const),
      agent,
      what: fc.constantFrom(
        'listen' as const,
        'whisper' as const,
        'three_way' as const,
        'take_over' as const,
        'take_over_now' as const,
        'leave' as const,
        'disconnect' as const,
        'force_out' as const,
        'force_busy' as const,
        'force_ready' as const,
      ),
      supervisor: fc.constantFrom('900', '204'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const), nth: fc.nat({ max: 5 }), queue }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('phone' as const), agent, plugged: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'media_fails' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('menus' as const), there: fc.boolean() }) },
  // Everybody is looked at, at whatever moment that is.
  { weight: 3, arbitrary: fc.constant({ do: 'activate' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('serve' as const), agent, queues: fc.subarray(['PS', 'NE']) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      kind: fc.constantFrom(...(Object.keys(faultKinds) as FaultKind[])),
      nth: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('owner_dies' as const), withSnapshot: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('dial' as const),
      agent,
      to: fc.constantFrom(
        '8201',
        '8202',
        '8203',
        '301',
        'PS',
        '13900001111',
        '110',
        '77',
        '*100',
        '*101',
        '*000',
        '*001',
        '*99',
        '*67',
      ),
      byPhone: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('keys' as const),
      agent,
      keys: fc.constantFrom('##', '*70*202#', '*71*8203#', '*10', '*88#', '*1', '00#'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('trouble' as const),
      gateway: fc.constantFrom('gw1', 'gw2'),
      trouble: fc.constantFrom('down' as const, 'failing' as const, 'silent' as const, null),
    }),
  },
)

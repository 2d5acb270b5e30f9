/** The call's decider, case by case. A past is built by deciding, so that only possible ones occur. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { callDecider } from '@ledgerline/core/call/call.ts'
import type { CallCommand, Queueing } from '@ledgerline/core/call/commands.ts'
import type { CallEvent } from '@ledgerline/core/call/events.ts'
import type { LiveCall } from '@ledgerline/core/call/state.ts'
import type { LegEnd } from '@ledgerline/core/telephony/port.ts'
import { given, type Past } from '../support/given.ts'

const queue: Queueing = { queueCode: 'PS', priority: 0, targetMs: 20_000, shortAbandonMs: 5_000, configVersion: 3 }
const receive: CallCommand = {
  do: 'receive',
  callId: 'c1',
  legId: 'customer',
  from: '13800002225',
  fromRaw: '+8613800002225',
  to: '95500',
  gateway: null,
  customerId: null,
  category: null,
  priority: 0,
  routed: { route: 'main', configVersion: 3, record: false, to: { kind: 'queue', queue } },
}
const offer = (agent: string): CallCommand => ({
  do: 'offer',
  offerId: `o-${agent}`,
  agentId: agent,
  agentCode: agent,
  extension: `8${agent}`,
  legId: `leg-${agent}`,
  deadline: 100_000,
  configVersion: 3,
})
const hungUp = (by: LegEnd['by']): LegEnd => ({ by, cause: 16, sip: null, reason: 'hung_up' })
const ended = (legId: string, end: LegEnd = hungUp('customer')): CallCommand => ({ do: 'leg_ended', legId, end })

/** A past made of commands, each this many ms after the previous one. */
function after(...commands: [CallCommand, number?][]): Past<CallEvent>[] {
  const past: Past<CallEvent>[] = []
  for (const [command, wait = 0] of commands) {
    const { state, at } = given(callDecider, ...past)
    let made = 0
    const events = callDecider.decide(command, state, {
      at: at + wait,
      now: at + wait,
      newId: () => `${command.do}-${past.length}-${++made}`,
    })
    events.forEach((event, index) => past.push({ event, after: index === 0 ? wait : 0 }))
  }
  return past
}

const waiting: [CallCommand, number?][] = [[receive], [{ do: 'leg_answered', legId: 'customer' }, 50]]
const offered: [CallCommand, number?][] = [
  ...waiting,
  [offer('201'), 1000],
  [{ do: 'leg_rang', legId: 'leg-201' }, 100],
]
const talks: [CallCommand, number?][] = [
  ...offered,
  [{ do: 'leg_answered', legId: 'leg-201' }, 3000],
  [{ do: 'bridged', legId: 'leg-201' }, 50],
]
const consulting: [CallCommand, number?][] = [
  ...talks,
  [
    {
      do: 'consult',
      agentId: '201',
      legId: 'leg-202',
      to: { agentId: '202', agentCode: '202', extension: '8202' },
      offerId: 'o-202',
    },
    10_000,
  ],
  [{ do: 'leg_answered', legId: 'leg-202' }, 2000],
]

const call = suite('a call')

call('an incoming call is received, routed and queued in one step', () => {
  given(callDecider)
    .when(receive)
    .then(
      { type: 'CallReceived' },
      { type: 'CallRouted', data: { configVersion: 3 } },
      { type: 'CallQueued', data: { queueCode: 'PS', joinedAt: 0, targetMs: 20_000 } },
    )
  given(callDecider, ...after(...waiting))
    .when(receive)
    .thenNothing()
})

call('without a route it is rejected and over', () => {
  given(callDecider)
    .when({
      ...receive,
      routed: { route: null, configVersion: 3, record: false, to: { kind: 'refused', reason: 'no_route' } },
    } as CallCommand)
    .then(
      { type: 'CallReceived' },
      { type: 'CallRejected', data: { reason: 'no_route' } },
      { type: 'CallEnded', data: { by: 'system' } },
    )
})

call('a caller who hangs up while waiting has abandoned, after the time they waited', () => {
  given(callDecider, ...after(...waiting))
    .when(ended('customer'), 7000)
    .then(
      { type: 'LegEnded' },
      { type: 'CallLeftQueue', data: { exit: 'abandoned', waitMs: 7050, to: null } },
      { type: 'CallEnded', data: { by: 'customer' } },
    )
})

call('an agent who picks up at the last moment is put through, and the end of the offer comes too late', () => {
  given(callDecider, ...after(...offered, [{ do: 'leg_answered', legId: 'leg-201' }, 19_999]))
    .when({ do: 'end_offer', offerId: 'o-201', result: 'no_answer' })
    .thenNothing()
})

call('a report of a bridge that comes late or again brings nobody into a call they have left', () => {
  const bridged: CallCommand = { do: 'bridged', legId: 'leg-201' }
  const transferred = after(...talks, [{ do: 'transfer_to_queue', agentId: '201', queue }, 5_000])
  given(callDecider, ...transferred)
    .when(bridged)
    .thenNothing()
  const over = after(...offered, [{ do: 'end_offer', offerId: 'o-201', result: 'no_answer' }, 20_000])
  given(callDecider, ...over)
    .when(bridged)
    .thenNothing()
})

call('a caller who hangs up while an agent’s phone rings ends that offer too', () => {
  given(callDecider, ...after(...offered))
    .when(ended('customer'))
    .then(
      { type: 'LegEnded' },
      { type: 'OfferEnded', data: { result: 'caller_gone' } },
      { type: 'CallLeftQueue', data: { exit: 'abandoned' } },
      { type: 'CallEnded' },
    )
})

call('a call that the network or we ourselves lost was not abandoned by the caller', () => {
  given(callDecider, ...after(...waiting))
    .when(ended('customer', { by: 'system', cause: 41, sip: null, reason: 'node_lost' }))
    .then(
      { type: 'LegEnded' },
      { type: 'CallLeftQueue', data: { exit: 'failed' } },
      { type: 'CallEnded', data: { by: 'system', reason: 'node_lost' } },
    )
})

call('an answered call knows how long the caller waited and how long the agent’s phone rang', () => {
  given(callDecider, ...after(...offered, [{ do: 'leg_answered', legId: 'leg-201' }, 3000]))
    .when({ do: 'bridged', legId: 'leg-201' }, 50)
    .then({
      type: 'CallAnswered',
      data: { agentCode: '201', queueCode: 'PS', waitMs: 4200, ringMs: 3100, offerId: 'o-201' },
    })
})

call('a report that comes twice changes nothing', () => {
  const past = after(...talks)
  given(callDecider, ...past)
    .when({ do: 'bridged', legId: 'leg-201' })
    .thenNothing()
  given(callDecider, ...past)
    .when({ do: 'leg_answered', legId: 'leg-201' })
    .thenNothing()
  given(callDecider, ...past)
    .when({ do: 'leg_rang', legId: 'leg-201' })
    .thenNothing()
  given(callDecider, ...after(...talks, [ended('customer')]))
    .when(ended('customer'))
    .thenNothing()
})

call('reports out of order are accepted: an answer that overtook the ringing', () => {
  given(callDecider, ...after(...waiting, [offer('201')], [{ do: 'leg_answered', legId: 'leg-201' }]))
    .when({ do: 'leg_rang', legId: 'leg-201' })
    .thenNothing()
})

call('a busy, refused or unanswered offer puts the caller back in their place', () => {
  for (const [reason, result] of [
    ['busy', 'busy'],
    ['rejected', 'refused'],
    ['no_answer', 'no_answer'],
    ['unregistered', 'unregistered'],
  ] as const) {
    const past = given(callDecider, ...after(...offered))
      .when(ended('leg-201', { by: 'agent', cause: 17, sip: 486, reason }))
      .then({ type: 'LegEnded' }, { type: 'OfferEnded', data: { result } })
    const { state } = given(callDecider, ...after(...offered), ...past)
    assert.is((state as LiveCall).queue?.joinedAt, 0)
  }
})

call('if several phones ring the first to answer wins, the others lose the race', () => {
  given(callDecider, ...after(...offered, [offer('202')], [{ do: 'leg_answered', legId: 'leg-202' }]))
    .when({ do: 'bridged', legId: 'leg-202' })
    .then(
      { type: 'OfferEnded', data: { agentCode: '201', result: 'lost_race' } },
      { type: 'CallAnswered', data: { agentCode: '202' } },
    )
})

call('nobody is offered a call that is no longer waiting', () => {
  given(callDecider, ...after(...talks))
    .when(offer('202'))
    .thenRefused('call.not_waiting')
  given(callDecider, ...after(...waiting, [ended('customer')]))
    .when(offer('202'))
    .thenRefused('call.ended')
})

call('talk is the agent’s time with the customer, without hold', () => {
  given(
    callDecider,
    ...after(...talks, [{ do: 'hold', agentId: '201' }, 10_000], [{ do: 'resume', agentId: '201' }, 4000]),
  )
    .when(ended('customer'), 6000)
    .then(
      { type: 'LegEnded' },
      { type: 'AgentLeftCall', data: { talkMs: 16_000, holdMs: 4000, by: 'customer' } },
      { type: 'CallEnded' },
    )
  given(callDecider, ...after(...talks, [{ do: 'hold', agentId: '201' }, 10_000]))
    .when(ended('customer'), 3000)
    .then(
      { type: 'LegEnded' },
      { type: 'AgentLeftCall', data: { talkMs: 10_000, holdMs: 3000 } },
      { type: 'CallEnded' },
    )
})

call('C3.3-hold C3.4-resume: only someone talking can hold, and only a held call can be resumed', () => {
  given(callDecider, ...after(...talks))
    .when({ do: 'hold', agentId: '202' })
    .thenRefused('call.not_talking')
  given(callDecider, ...after(...talks))
    .when({ do: 'resume', agentId: '201' })
    .thenRefused('call.not_held')
  given(callDecider, ...after(...talks, [{ do: 'hold', agentId: '201' }]))
    .when({ do: 'hold', agentId: '201' })
    .thenRefused('call.held')
})

call('when the agent hangs up their segment ends, and the customer is released in their name', () => {
  const events = given(callDecider, ...after(...talks))
    .when(ended('leg-201', hungUp('agent')))
    .then({ type: 'LegEnded' }, { type: 'AgentLeftCall', data: { by: 'agent' } })
  const { state } = given(callDecider, ...after(...talks), ...events)
  assert.equal((state as LiveCall).leaving, { by: 'agent', cause: 16, reason: 'hung_up' })
})

call('C3.5-transfer: a blind transfer to a queue ends the segment and begins a new wait', () => {
  given(callDecider, ...after(...talks))
    .when({ do: 'transfer_to_queue', agentId: '201', queue: { ...queue, queueCode: 'NE' } }, 8000)
    .then(
      { type: 'CallTransferred', data: { kind: 'blind' } },
      { type: 'AgentLeftCall', data: { talkMs: 8000 } },
      { type: 'CallQueued', data: { queueCode: 'NE' } },
    )
})

call(
  'C3.5-transfer: a blind transfer to an agent waits for them, and goes back to the queue if they cannot be reached',
  () => {
    const past = after(...talks, [{ do: 'transfer_to_agent', agentId: '201', toAgentCode: '202' }])
    given(callDecider, ...past)
      .when(offer('203'))
      .thenRefused('call.not_waiting')
    given(callDecider, ...past)
      .when(offer('202'))
      .then({ type: 'CallOffered', data: { queueCode: null } }, { type: 'LegDialled' })
    given(callDecider, ...past)
      .when({ do: 'transfer_failed', reason: 'no_answer', queue: { ...queue, joinedAt: 0 } })
      .then(
        { type: 'TransferFailed', data: { reason: 'no_answer' } },
        { type: 'CallQueued', data: { joinedAt: 0, resumed: false } },
      )
  },
)

call('C3.5-transfer: a consultation puts the customer on hold and is a leg of the same call', () => {
  const consult: CallCommand = {
    do: 'consult',
    agentId: '201',
    legId: 'leg-202',
    to: { agentId: '202', agentCode: '202', extension: '8202' },
    offerId: 'o-202',
  }
  given(callDecider, ...after(...talks))
    .when(consult)
    .then(
      { type: 'LegHeld' },
      { type: 'ConsultationStarted' },
      { type: 'LegDialled', data: { purpose: 'consultation' } },
    )
  given(callDecider, ...after(...consulting))
    .when({ ...consult, legId: 'leg-203' } as CallCommand)
    .thenRefused('call.consulting')
})

call('after an attended transfer the talk of each agent is their own, and the customer has one leg', () => {
  const past = after(...consulting, [{ do: 'hand_over', agentId: '201' }, 5000])
  const left = past.map((item) => ('event' in item ? item.event : item)).find((event) => event.type === 'AgentLeftCall')
  assert.equal(
    { ...(left?.data as object), segmentId: '' },
    {
      callId: 'c1',
      agentId: '201',
      agentCode: '201',
      segmentId: '',
      queueCode: 'PS',
      by: 'agent',
      talkMs: 10_000,
      holdMs: 7000,
    },
  )
  given(callDecider, ...past)
    .when(ended('customer'), 30_000)
    .then(
      { type: 'LegEnded' },
      { type: 'AgentLeftCall', data: { agentId: '202', talkMs: 30_000, holdMs: 0, queueCode: 'PS' } },
      { type: 'CallEnded' },
    )
  const { state } = given(callDecider, ...past)
  assert.is(Object.values((state as LiveCall).legs).filter((leg) => leg.purpose === 'customer').length, 1)
})

call('completing a transfer before the third party has answered is refused', () => {
  const asked = consulting.slice(0, -1)
  given(callDecider, ...after(...asked))
    .when({ do: 'hand_over', agentId: '201' })
    .thenRefused('call.not_consulting')
})

call('resuming the customer’s call ends the consultation', () => {
  given(callDecider, ...after(...consulting))
    .when({ do: 'resume', agentId: '201' })
    .then({ type: 'ConsultationEnded', data: { result: 'dropped' } }, { type: 'LegResumed' })
})

call('A2.2-btn-three-way: all three talk; when one leaves, the others carry on', () => {
  const past = after(...consulting, [{ do: 'join', agentId: '201' }, 1000])
  given(callDecider, ...past)
    .when(ended('leg-201', hungUp('agent')), 9000)
    .then(
      { type: 'LegEnded' },
      { type: 'AgentLeftCall', data: { agentId: '201', talkMs: 19_000 } },
      { type: 'ThreeWayEnded' },
    )
  const { state } = given(callDecider, ...past)
  assert.equal(Object.keys((state as LiveCall).segments), ['201', '202'])
})

call('C5.2-listen C5.3-whisper: a supervisor joins, changes how, and leaves', () => {
  const listen: CallCommand = {
    do: 'supervise',
    supervisorCode: '900',
    agentId: '201',
    legId: 'sup',
    supervisorAgentId: null,
    mode: 'listen',
    phone: { extension: '8900' },
  }
  given(callDecider, ...after(...talks))
    .when(listen)
    .then(
      { type: 'SupervisorJoined', data: { mode: 'listen' } },
      { type: 'LegDialled', data: { purpose: 'supervisor' } },
    )
  const past = after(...talks, [listen])
  given(callDecider, ...past)
    .when(listen)
    .thenRefused('call.supervised')
  given(callDecider, ...past)
    .when({ do: 'change_supervision', supervisorCode: '900', mode: 'whisper' })
    .then({ type: 'SupervisorModeChanged', data: { mode: 'whisper' } })
  given(callDecider, ...past)
    .when({ do: 'change_supervision', supervisorCode: '901', mode: 'whisper' })
    .thenRefused('call.not_supervised')
  given(callDecider, ...past)
    .when(ended('sup', hungUp('supervisor')))
    .then({ type: 'LegEnded' }, { type: 'SupervisorLeft' })
})

call('C5.4-barge: taking over ends the agent’s part and begins the supervisor’s', () => {
  const past = after(
    ...talks,
    [
      {
        do: 'supervise',
        supervisorCode: '900',
        agentId: '201',
        legId: 'sup',
        supervisorAgentId: null,
        mode: 'listen',
        phone: { extension: '8900' },
      },
    ],
    [{ do: 'leg_answered', legId: 'sup' }],
  )
  given(callDecider, ...past)
    .when({ do: 'take_over', supervisorCode: '900' })
    .then(
      { type: 'SupervisorTookOver' },
      { type: 'AgentLeftCall', data: { agentId: '201', by: 'supervisor' } },
      { type: 'CallAnswered', data: { agentId: '900', legId: 'sup', queueCode: 'PS' } },
    )
})

call('C5.5-break: a forced disconnect ends the agent’s part, and the customer is to be released', () => {
  const events = given(callDecider, ...after(...talks))
    .when({ do: 'force_disconnect', supervisorCode: '900', agentId: '201' })
    .then({ type: 'CallForceDisconnected' }, { type: 'AgentLeftCall', data: { by: 'supervisor' } })
  const { state } = given(callDecider, ...after(...talks), ...events)
  assert.equal((state as LiveCall).leaving, { by: 'supervisor', cause: 16, reason: 'forced' })
})

call('leaving the queue by time, by key or for lack of agents are separate outcomes', () => {
  for (const exit of ['timed_out', 'left_by_key', 'no_agent', 'overflowed', 'closed'] as const) {
    given(callDecider, ...after(...waiting))
      .when({ do: 'leave_queue', exit, to: null }, 30_000)
      .then({ type: 'CallLeftQueue', data: { exit, waitMs: 30_050 } })
  }
})

call('moving a waiting caller withdraws the offers of the old queue', () => {
  given(callDecider, ...after(...offered))
    .when({ do: 'move', queue: { ...queue, queueCode: 'NE' } })
    .then(
      { type: 'OfferEnded', data: { result: 'withdrawn' } },
      { type: 'CallLeftQueue', data: { exit: 'moved' } },
      { type: 'CallQueued', data: { queueCode: 'NE' } },
    )
})

call('C3.1-agent-leg-first: a placed call rings the agent, then the customer, then both talk', () => {
  const place: CallCommand = {
    do: 'place',
    callId: 'c2',
    direction: 'outbound',
    by: 'agent',
    agentId: '201',
    agentCode: '201',
    extension: '8201',
    legId: 'own',
    to: '13800002225',
    toRaw: '138 0000 2225',
    callerId: null,
    campaign: null,
    linkedCallId: null,
  }
  const past = after(
    [place],
    [{ do: 'leg_answered', legId: 'own' }, 2000],
    [{ do: 'dial_customer', legId: 'cust', number: '13800002225' }],
    [{ do: 'leg_answered', legId: 'cust' }, 4000],
  )
  given(callDecider, ...past)
    .when({ do: 'bridged', legId: 'own' })
    .then({ type: 'CallAnswered', data: { queueCode: null, waitMs: 0, agentCode: '201' } })
  given(callDecider, ...after([place]))
    .when(ended('own', hungUp('agent')))
    .then({ type: 'LegEnded' }, { type: 'CallEnded' })
})

call('A2.2-btn-satisfaction: the survey drops the agent and keeps the customer until they have rated', () => {
  const past = after(...talks, [{ do: 'start_survey', agentId: '201' }, 5000])
  const { state } = given(callDecider, ...past)
  assert.is.not((state as LiveCall).surveying, null)
  given(callDecider, ...past)
    .when({ do: 'survey_key', legId: 'customer', keys: '1' })
    .then({ type: 'SurveyRated', data: { rating: 'satisfied', key: '1' } })
})

call('legs may end after the call has; nothing else happens to it any longer', () => {
  const past = after(...talks, [ended('customer')])
  given(callDecider, ...past)
    .when(ended('leg-201', hungUp('system')))
    .then({ type: 'LegEnded' })
  given(callDecider, ...past)
    .when({ do: 'hold', agentId: '201' })
    .thenRefused('call.ended')
})

call(
  'C19.0-page: a call that rang an agent in vain is missed until somebody calls back or says that nothing is left to do',
  () => {
    const missed: [CallCommand, number?][] = [
      ...offered,
      [{ do: 'end_offer', offerId: 'o-201', result: 'no_answer' }, 20_000],
      [offer('202'), 1000],
      [{ do: 'end_offer', offerId: 'o-202', result: 'lost_race' }, 1000],
      [offer('203'), 1000],
      [{ do: 'end_offer', offerId: 'o-203', result: 'refused' }, 1000],
    ]
    const mark = (handled: boolean): CallCommand => ({ do: 'mark_missed', handled, by: '201' })
    const back: CallCommand = { do: 'call_back_missed', callbackCallId: 'c2', agentId: 'a1', agentCode: '201' }
    const offerIds = ['o-201', 'o-203']
    const gone: [CallCommand, number?] = [ended('customer'), 1000]
    for (const past of [missed, [...missed, gone]]) {
      given(callDecider, ...after(...past))
        .when(mark(true))
        .then({ type: 'MissedCallMarked', data: { callId: 'c1', offerIds, handled: true, by: '201' } })
      given(callDecider, ...after(...past))
        .when(back)
        .then(
          { type: 'MissedCallCalledBack', data: { offerIds, callbackCallId: 'c2', agentCode: '201' } },
          { type: 'MissedCallMarked', data: { offerIds, handled: true, by: '201' } },
        )
    }
    given(callDecider, ...after(...missed, [mark(true)]))
      .when(mark(true))
      .thenNothing()
    given(callDecider, ...after(...missed, [mark(true)]))
      .when(back)
      .then({ type: 'MissedCallCalledBack' })
    given(callDecider, ...after(...missed, [mark(true)]))
      .when(mark(false))
      .then({ type: 'MissedCallMarked', data: { handled: false } })
    const give = (agentId: string): CallCommand => ({ do: 'allocate_missed', agentId, agentCode: '204', by: '9001' })
    given(callDecider, ...after(...missed))
      .when(give('a4'))
      .then({
        type: 'MissedCallAllocated',
        data: { callId: 'c1', offerIds, agentId: 'a4', agentCode: '204', by: '9001' },
      })
    given(callDecider, ...after(...missed, [give('a4')], [mark(true)]))
      .when(give('a4'))
      .thenNothing()
    given(callDecider, ...after(...missed, [mark(true)], [give('a4')]))
      .when(mark(true))
      .thenNothing()
    // One that nobody was offered, and that ended: nobody answered it.
    given(callDecider, ...after(...waiting, gone))
      .when(mark(true))
      .then({ type: 'MissedCallMarked', data: { offerIds: [] } })
    given(callDecider, ...after(...waiting))
      .when(mark(true))
      .thenRefused('call.not_missed')
    given(callDecider, ...after(...talks, [ended('customer'), 1000]))
      .when(back)
      .thenRefused('call.not_missed')
  },
)

call.run()

/** The shift's decider, case by case. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ShiftEvent } from '@ledgerline/core/agent/events.ts'
import type { ShiftCommand } from '@ledgerline/core/agent/commands.ts'
import { shiftDecider, WRAP_UP_CAP_MS } from '@ledgerline/core/agent/shift.ts'
import { unavailable, type OpenShift } from '@ledgerline/core/agent/state.ts'
import { given } from '../support/given.ts'

const who = { shiftId: '201-1', agentId: '201', agentCode: '201' }
const byAgent = { by: 'agent' as const, byCode: null, reason: null }
const signIn: ShiftCommand = {
  do: 'sign_in',
  ...who,
  userId: '201',
  name: 'Wang Fang',
  extension: '8001',
  group: null,
  department: null,
  queues: [{ queueCode: 'PS', level: 1, position: 1 }],
  via: 'desk',
  registered: true,
}
const { do: _, queues, ...signInData } = signIn as Extract<ShiftCommand, { do: 'sign_in' }>
const signedIn: ShiftEvent = { type: 'AgentSignedIn', data: { ...signInData, queues: [...queues] } }
const ready: ShiftEvent = { type: 'AgentBecameReady', data: { ...who, ...byAgent } }
const onDemand: ShiftEvent = { type: 'AgentBecameOnDemand', data: { ...who, ...byAgent } }
const offer = { offerId: 'o1', callId: 'c1', legId: 'l1', queueCode: 'PS', deadline: 20_000 }
const reserved: ShiftEvent = {
  type: 'AgentReserved',
  data: { ...who, ...offer, direction: 'inbound', decision: null, epoch: 0 },
}
const reserve: ShiftCommand = { do: 'reserve', ...offer, direction: 'inbound', decision: null }
const talks = {
  callId: 'c1',
  segmentId: 's1',
  offerId: 'o1',
  queueCode: 'PS',
  direction: 'inbound' as const,
  wrapUpMs: 30_000,
}
const talking: ShiftEvent = { type: 'AgentCallStarted', data: { ...who, ...talks, wrapUpForm: false } }
const over: ShiftEvent = {
  type: 'AgentCallEnded',
  data: { ...who, callId: 'c1', segmentId: 's1', queueCode: 'PS', talkMs: 1000, holdMs: 0 },
}
const wrapUp: ShiftEvent = {
  type: 'AgentWrapUpStarted',
  data: { ...who, callId: 'c1', segmentId: 's1', queueCode: 'PS', deadline: 30_000, form: false },
}
const missed = (count: number): ShiftEvent => ({
  type: 'AgentReservationEnded',
  data: { ...who, offerId: 'o1', callId: 'c1', queueCode: 'PS', result: 'no_answer', missed: count, pausedUntil: null },
})

const shift = suite('the shift of an agent')

shift('C1.1-initial-state: an agent is away after signing in, and takes no calls', () => {
  given(shiftDecider).when(signIn).then({ type: 'AgentSignedIn' })
  const { state } = given(shiftDecider, signedIn)
  assert.is(unavailable(state as OpenShift, 0), 'away')
})

shift('a second sign-in on the same shift is refused', () => {
  given(shiftDecider, signedIn).when(signIn).thenRefused('agent.already_signed_in')
})

shift('nothing can be asked of a shift that has not begun or is over', () => {
  given(shiftDecider).when(reserve).thenRefused('agent.not_signed_in')
  given(shiftDecider, signedIn, { type: 'AgentSignedOut', data: { ...who, ...byAgent } })
    .when(reserve)
    .thenRefused('agent.not_signed_in')
})

shift('C4.2-set-idle C4.1-set-busy C4.3-rest: an agent goes ready, not ready, away', () => {
  const set = (work: 'ready' | 'not_ready' | 'away' | 'on_demand'): ShiftCommand => ({
    do: 'set_work',
    work,
    by: 'agent',
  })
  given(shiftDecider, signedIn).when(set('ready')).then({ type: 'AgentBecameReady' })
  given(shiftDecider, signedIn, ready).when(set('not_ready')).then({ type: 'AgentBecameNotReady' })
  given(shiftDecider, signedIn, ready).when(set('away')).then({ type: 'AgentWentAway' })
  given(shiftDecider, signedIn, ready).when(set('on_demand')).then({ type: 'AgentBecameOnDemand' })
  given(shiftDecider, signedIn, ready).when(set('ready')).thenNothing()
})

shift('an offer that expired before it could be written reserves nobody', () => {
  given(shiftDecider, signedIn, ready)
    .when({ ...reserve, deadline: 0 } as ShiftCommand)
    .thenRefused('agent.not_available')
})

shift('an offer by a clock that is right reserves an agent whose shift was written by one that was hours ahead', () => {
  const HOUR_MS = 3_600_000
  given(shiftDecider, signedIn, ready)
    .when({ ...reserve, deadline: 20_000 - HOUR_MS } as ShiftCommand, 0, HOUR_MS)
    .then({ type: 'AgentReserved' })
})

shift('only one call can reserve an agent, and only while they are free', () => {
  given(shiftDecider, signedIn).when(reserve).thenRefused('agent.not_available')
  given(shiftDecider, signedIn, ready)
    .when(reserve)
    .then({ type: 'AgentReserved', data: { ...offer, epoch: 0 } })
  given(shiftDecider, signedIn, ready, reserved).when(reserve).thenNothing()
  given(shiftDecider, signedIn, ready, reserved)
    .when({ ...reserve, offerId: 'o2' } as ShiftCommand)
    .thenRefused('agent.not_available')
  given(shiftDecider, signedIn, ready, reserved, talking)
    .when({ ...reserve, offerId: 'o2' } as ShiftCommand)
    .thenRefused('agent.not_available')
  given(shiftDecider, signedIn, ready, talking, over, wrapUp)
    .when({ ...reserve, offerId: 'o2' } as ShiftCommand)
    .thenRefused('agent.not_available')
})

shift('a phone that is not registered, or a desk that is gone, makes an agent unavailable', () => {
  const unregistered: ShiftEvent = { type: 'AgentPhoneUnregistered', data: { ...who, extension: '8001' } }
  given(shiftDecider, signedIn, ready, unregistered).when(reserve).thenRefused('agent.not_available')
  const lost = given(shiftDecider, signedIn, ready)
    .when({ do: 'desk', connected: false, graceMs: 20_000 })
    .then({ type: 'AgentDeskLost', data: { deadline: 20_000 } })
  given(shiftDecider, signedIn, ready, ...lost)
    .when(reserve)
    .thenRefused('agent.not_available')
})

shift('an agent who is not ready can still be consulted, or dial', () => {
  given(shiftDecider, signedIn)
    .when({ ...reserve, direction: 'internal' } as ShiftCommand)
    .then({ type: 'AgentReserved' })
  given(shiftDecider, signedIn, talking)
    .when({ ...reserve, direction: 'outbound' } as ShiftCommand)
    .thenRefused('agent.not_available')
})

shift('an unanswered offer counts; at the limit the agent is not responding and set away, visibly', () => {
  const end: ShiftCommand = { do: 'end_reservation', offerId: 'o1', result: 'no_answer', maxNoAnswer: 2, pauseMs: 0 }
  given(shiftDecider, signedIn, ready, reserved)
    .when(end)
    .then({ type: 'AgentReservationEnded', data: { missed: 1 } })
  given(shiftDecider, signedIn, ready, reserved, missed(1), reserved)
    .when(end)
    .then(
      { type: 'AgentReservationEnded', data: { missed: 2 } },
      { type: 'AgentBecameNotResponding', data: { missed: 2 } },
      { type: 'AgentWentAway', data: { by: 'system', reason: 'not_responding' } },
    )
})

shift('answering, or going ready, resets the count of unanswered offers', () => {
  assert.is((given(shiftDecider, signedIn, ready, reserved, missed(1), talking).state as OpenShift).missed, 0)
  assert.is((given(shiftDecider, signedIn, ready, reserved, missed(1), ready).state as OpenShift).missed, 0)
})

shift('a refused offer pauses the agent for the reject delay', () => {
  const end: ShiftCommand = { do: 'end_reservation', offerId: 'o1', result: 'refused', maxNoAnswer: 0, pauseMs: 10_000 }
  const events = given(shiftDecider, signedIn, ready, reserved)
    .when(end, 500)
    .then({ type: 'AgentReservationEnded', data: { pausedUntil: 10_500, missed: 0 } })
  const { state } = given(shiftDecider, signedIn, ready, reserved, ...events)
  assert.is(unavailable(state as OpenShift, 10_499), 'paused')
  assert.is(unavailable(state as OpenShift, 10_500), null)
})

shift('the end of any offer but the present one changes nothing', () => {
  given(shiftDecider, signedIn, ready, reserved)
    .when({ do: 'end_reservation', offerId: 'old', result: 'no_answer', maxNoAnswer: 1, pauseMs: 0 })
    .thenNothing()
})

shift(
  'idle time counts from being available: an offer lost through no fault of the agent keeps their place, a missed ' +
    'one does not',
  () => {
    const ended = (result: 'caller_gone' | 'no_answer'): ShiftEvent =>
      ({ ...missed(0), data: { ...missed(0).data, result } }) as ShiftEvent
    const idleSince = (result: 'caller_gone' | 'no_answer'): number =>
      (
        given(
          shiftDecider,
          signedIn,
          { event: ready, after: 100 },
          { event: reserved, after: 100 },
          { event: ended(result), after: 100 },
        ).state as OpenShift
      ).idleSince
    assert.is(idleSince('caller_gone'), 100)
    assert.is(idleSince('no_answer'), 300)
  },
)

shift('A3.2.2.4-wrapup-time: a queue call is followed by wrap-up with a deadline, others are not', () => {
  const end: ShiftCommand = { do: 'end_call', callId: 'c1', talkMs: 5000, holdMs: 200 }
  given(shiftDecider, signedIn, ready, talking)
    .when(end, 1000)
    .then(
      { type: 'AgentCallEnded', data: { talkMs: 5000, holdMs: 200 } },
      { type: 'AgentWrapUpStarted', data: { deadline: 31_000 } },
    )
  const internal: ShiftEvent = {
    ...talking,
    data: { ...talking.data, direction: 'internal', wrapUpMs: 0 },
  } as ShiftEvent
  given(shiftDecider, signedIn, ready, internal).when(end).then({ type: 'AgentCallEnded' })
})

shift('wrap-up ends at its deadline, not before, even if it was extended meanwhile', () => {
  const byDeadline: ShiftCommand = { do: 'end_wrap_up', by: 'deadline' }
  given(shiftDecider, signedIn, ready, talking, over, wrapUp).when(byDeadline, 29_999).thenNothing()
  given(shiftDecider, signedIn, ready, talking, over, wrapUp)
    .when(byDeadline, 30_000)
    .then({ type: 'AgentWrapUpEnded', data: { wrapUpMs: 30_000, by: 'deadline' } })
  const extended = given(shiftDecider, signedIn, ready, talking, over, wrapUp)
    .when({ do: 'extend_wrap_up', byMs: 60_000 })
    .then({ type: 'AgentWrapUpExtended', data: { deadline: 90_000 } })
  given(shiftDecider, signedIn, ready, talking, over, wrapUp, ...extended)
    .when(byDeadline, 30_000)
    .thenNothing()
})

shift('wrap-up has a cap, extensions included', () => {
  given(shiftDecider, signedIn, ready, talking, over, wrapUp)
    .when({ do: 'extend_wrap_up', byMs: WRAP_UP_CAP_MS })
    .thenRefused('agent.wrap_up_too_long')
})

shift('A2.2-btn-wrapup: going ready ends the wrap-up', () => {
  given(shiftDecider, signedIn, ready, talking, over, wrapUp)
    .when({ do: 'set_work', work: 'ready', by: 'agent' }, 4000)
    .then({ type: 'AgentWrapUpEnded', data: { by: 'agent', wrapUpMs: 4000 } })
})

shift(
  'C4.2-idle-refused-when-busy-by-business: what an agent sets during a call is a wish, and granted after it',
  () => {
    const wish = given(shiftDecider, signedIn, ready, talking)
      .when({ do: 'set_work', work: 'away', by: 'agent', reason: 'lunch' })
      .then({ type: 'AgentWishedFor', data: { work: 'away', reason: 'lunch' } })
    given(shiftDecider, signedIn, ready, talking, ...wish, over, wrapUp)
      .when({ do: 'end_wrap_up', by: 'form' })
      .then({ type: 'AgentWrapUpEnded' }, { type: 'AgentWentAway', data: { reason: 'lunch' } })
  },
)

shift('an offer that fails grants no wish while the agent is in another call or its wrap-up', () => {
  const wish: ShiftEvent = {
    type: 'AgentWishedFor',
    data: { ...who, work: 'signed_out', reason: null, by: 'supervisor', byCode: '900' },
  }
  const other: ShiftEvent = {
    type: 'AgentCallStarted',
    data: {
      ...who,
      ...talks,
      callId: 'c2',
      segmentId: 's2',
      offerId: null,
      queueCode: null,
      direction: 'outbound',
      wrapUpForm: false,
    },
  }
  const end: ShiftCommand = { do: 'end_reservation', offerId: 'o1', result: 'caller_gone', maxNoAnswer: 0, pauseMs: 0 }
  given(shiftDecider, signedIn, ready, reserved, wish)
    .when(end)
    .then({ type: 'AgentReservationEnded' }, { type: 'AgentSignedOut' })
  given(shiftDecider, signedIn, ready, reserved, wish, other).when(end).then({ type: 'AgentReservationEnded' })
})

shift('C5.1-force-offline: a forced sign-out stops new calls at once and ends the shift after the call', () => {
  const forced = given(shiftDecider, signedIn, ready, talking)
    .when({ do: 'sign_out', by: 'supervisor', byCode: '900' })
    .then(
      { type: 'AgentWentAway', data: { by: 'supervisor', byCode: '900' } },
      { type: 'AgentWishedFor', data: { work: 'signed_out' } },
    )
  given(shiftDecider, signedIn, ready, talking, ...forced, over, wrapUp)
    .when({ do: 'end_wrap_up', by: 'deadline' }, 30_000)
    .then({ type: 'AgentWrapUpEnded' }, { type: 'AgentSignedOut' })
  given(shiftDecider, signedIn, ready)
    .when({ do: 'sign_out', by: 'supervisor', byCode: '900' })
    .then({ type: 'AgentSignedOut' })
})

shift('C5.0-set-busy: a supervisor’s change takes effect on the state of work at once, also in a call', () => {
  given(shiftDecider, signedIn, ready, talking)
    .when({ do: 'set_work', work: 'not_ready', by: 'supervisor', byCode: '900' })
    .then({ type: 'AgentBecameNotReady', data: { by: 'supervisor', byCode: '900' } })
})

shift('signing out in wrap-up ends the wrap-up first', () => {
  given(shiftDecider, signedIn, ready, talking, over, wrapUp)
    .when({ do: 'sign_out', by: 'agent' })
    .then({ type: 'AgentWrapUpEnded', data: { by: 'signed_out' } }, { type: 'AgentSignedOut' })
})

shift(
  'A3.2.2.4-status on demand (置闲): after one call the agent must go ready again; a call they place does not use it up',
  () => {
    const own: ShiftEvent = { ...talking, data: { ...talking.data, direction: 'outbound', wrapUpMs: 0 } } as ShiftEvent
    given(shiftDecider, signedIn, onDemand, own)
      .when({ do: 'end_call', callId: 'c1', talkMs: 0, holdMs: 0 })
      .then({ type: 'AgentCallEnded' })
    given(shiftDecider, signedIn, onDemand, talking, over, wrapUp)
      .when({ do: 'end_wrap_up', by: 'agent' })
      .then({ type: 'AgentWrapUpEnded' }, { type: 'AgentBecameNotReady', data: { by: 'system', reason: 'on_demand' } })
  },
)

const longSignIn: ShiftCommand = { do: 'long_sign_in', legId: 'l9', ringMs: 30_000, by: 'agent' }
const asked: ShiftEvent = {
  type: 'AgentLongSignInRequested',
  data: { ...who, legId: 'l9', deadline: 30_000, dialled: false, by: 'agent', byCode: null },
}
const longOn: ShiftEvent = { type: 'AgentLongSignInStarted', data: { ...who, legId: 'l9' } }
const leave: ShiftCommand = { do: 'end_long_sign_in', legId: null, by: 'agent' }
const hungUp: ShiftCommand = { do: 'end_long_sign_in', legId: 'l9', by: 'agent', reason: 'hung_up' }

shift(
  'C4.4-enter-by-button C4.5-exit-long-sign-in: requested, answered, ended; until it is answered the agent gets no calls',
  () => {
    given(shiftDecider, signedIn)
      .when(longSignIn)
      .then({ type: 'AgentLongSignInRequested', data: { deadline: 30_000, by: 'agent' } })
    given(shiftDecider, signedIn, ready, asked).when(reserve).thenRefused('agent.not_available')
    given(shiftDecider, signedIn, asked).when(longSignIn).thenNothing()
    given(shiftDecider, signedIn, asked)
      .when({ do: 'long_sign_in_answered', legId: 'l9' })
      .then({ type: 'AgentLongSignInStarted', data: { legId: 'l9' } })
    given(shiftDecider, signedIn, asked).when({ do: 'long_sign_in_answered', legId: 'another' }).thenNothing()
    given(shiftDecider, signedIn, asked, longOn).when({ do: 'long_sign_in_answered', legId: 'l9' }).thenNothing()
    given(shiftDecider, signedIn, asked, longOn)
      .when(leave)
      .then({ type: 'AgentLongSignInEnded', data: { legId: 'l9', by: 'agent' } })
  },
)

shift(
  'C4.4-a5-stop-resume: hanging up the phone ends it, even in a call; the button waits for the end of the call',
  () => {
    given(shiftDecider, signedIn, asked, longOn)
      .when(hungUp)
      .then({ type: 'AgentLongSignInEnded', data: { reason: 'hung_up' } })
    given(shiftDecider, signedIn, ready, asked, longOn, talking).when(hungUp).then({ type: 'AgentLongSignInEnded' })
    given(shiftDecider, signedIn, ready, asked, longOn, talking).when(leave).thenRefused('agent.in_call')
    given(shiftDecider, signedIn, asked, longOn)
      .when({ ...hungUp, legId: 'an-older-leg' } as ShiftCommand)
      .thenNothing()
  },
)

shift('signing out in long sign-in releases the phone; without a phone there is none', () => {
  given(shiftDecider, signedIn, asked, longOn)
    .when({ do: 'sign_out', by: 'agent' })
    .then({ type: 'AgentLongSignInEnded', data: { legId: 'l9', reason: 'signed_out' } }, { type: 'AgentSignedOut' })
  const noPhone: ShiftEvent = { type: 'AgentExtensionChanged', data: { ...who, extension: null, registered: false } }
  given(shiftDecider, signedIn, noPhone).when(longSignIn).thenRefused('agent.no_phone')
})

shift('a phone that is kept connected can be reached even if its registration is gone', () => {
  const unregistered: ShiftEvent = { type: 'AgentPhoneUnregistered', data: { ...who, extension: '8001' } }
  given(shiftDecider, signedIn, ready, asked, longOn, unregistered).when(reserve).then({ type: 'AgentReserved' })
})

shift('an offer that finds no phone marks it as unregistered: the agent is unreachable until it registers', () => {
  given(shiftDecider, signedIn, ready, reserved)
    .when({ do: 'end_reservation', offerId: 'o1', result: 'unregistered', maxNoAnswer: 0, pauseMs: 1000 })
    .then({ type: 'AgentReservationEnded' }, { type: 'AgentPhoneUnregistered' })
})

shift(
  'A2.2-btn-wrapup B4.8-rule-submit-first: if a form is required, neither "done" nor "ready" nor signing out ends ' +
    'the wrap-up; the form, the cap and a supervisor do',
  () => {
    const formTalk: ShiftEvent = { ...talking, data: { ...talking.data, wrapUpForm: true } } as ShiftEvent
    const started = given(shiftDecider, signedIn, ready, formTalk)
      .when({ do: 'end_call', callId: 'c1', talkMs: 0, holdMs: 0 })
      .then({ type: 'AgentCallEnded' }, { type: 'AgentWrapUpStarted', data: { form: true, deadline: 30_000 } })
    const writing = given(shiftDecider, signedIn, ready, formTalk, ...started)
    writing.when({ do: 'end_wrap_up', by: 'agent' }).thenRefused('agent.form_not_sent')
    writing.when({ do: 'set_work', work: 'ready', by: 'agent' }).thenRefused('agent.form_not_sent')
    writing.when({ do: 'sign_out', by: 'agent' }).thenRefused('agent.form_not_sent')
    writing.when({ do: 'end_wrap_up', by: 'form' }).then({ type: 'AgentWrapUpEnded', data: { by: 'form' } })
    writing
      .when({ do: 'end_wrap_up', by: 'deadline' }, 30_000)
      .then({ type: 'AgentWrapUpEnded', data: { by: 'deadline' } })
    writing.when({ do: 'sign_out', by: 'supervisor' }).then({ type: 'AgentWrapUpEnded' }, { type: 'AgentSignedOut' })
  },
)

const previewing: ShiftEvent = { type: 'AgentPreviewStarted', data: { ...who, itemId: 'i1', deadline: 60_000 } }

shift('A11.3.3-work previewing: no queue calls meanwhile; calling ends it, skipping and its deadline too', () => {
  given(shiftDecider, signedIn, ready)
    .when({ do: 'start_preview', itemId: 'i1', deadline: 60_000 })
    .then({ type: 'AgentPreviewStarted' })
  given(shiftDecider, signedIn, ready, previewing)
    .when({ do: 'start_preview', itemId: 'i1', deadline: 60_000 })
    .thenNothing()
  given(shiftDecider, signedIn, ready, previewing)
    .when({ do: 'start_preview', itemId: 'i2', deadline: 60_000 })
    .thenRefused('agent.not_available')
  given(shiftDecider, signedIn, ready, previewing).when(reserve).thenRefused('agent.not_available')
  given(shiftDecider, signedIn, ready, previewing)
    .when({ ...reserve, direction: 'internal' } as ShiftCommand)
    .thenRefused('agent.not_available')
  given(shiftDecider, signedIn, ready, previewing)
    .when({ ...reserve, direction: 'outbound', queueCode: null } as ShiftCommand)
    .then({ type: 'AgentPreviewEnded', data: { result: 'called' } }, { type: 'AgentReserved' })
  given(shiftDecider, signedIn, ready, previewing)
    .when({ do: 'end_preview', result: 'skipped' })
    .then({ type: 'AgentPreviewEnded' })
  given(shiftDecider, signedIn, ready, previewing)
    .when({ do: 'end_preview', result: 'timed_out' }, 59_999)
    .thenNothing()
  given(shiftDecider, signedIn, ready, previewing)
    .when({ do: 'end_preview', result: 'timed_out' }, 60_000)
    .then({ type: 'AgentPreviewEnded' })
})

shift(
  'one browser is the desk of a shift because someone claimed it: its loss stops offers, and what another one asks ' +
    'is refused',
  () => {
    const claimed: ShiftEvent = { type: 'AgentDeskClaimed', data: { ...who, deskId: 'd1', previousDeskId: null } }
    given(shiftDecider, signedIn)
      .when({ do: 'desk', connected: true, deskId: 'd1' })
      .thenRefused('agent.desk_elsewhere')
    given(shiftDecider, signedIn)
      .when({ do: 'claim_desk', deskId: 'd1' })
      .then({ type: 'AgentDeskClaimed', data: { deskId: 'd1', previousDeskId: null } })
    given(shiftDecider, signedIn, claimed).when({ do: 'claim_desk', deskId: 'd1' }).thenNothing()
    given(shiftDecider, signedIn, claimed)
      .when({ do: 'claim_desk', deskId: 'd2' })
      .then({ type: 'AgentDeskClaimed', data: { deskId: 'd2', previousDeskId: 'd1' } })
    given(shiftDecider, signedIn, claimed).when({ do: 'desk', connected: true, deskId: 'd1' }).thenNothing()
    given(shiftDecider, signedIn, claimed)
      .when({ do: 'desk', connected: true, deskId: 'd2' })
      .thenRefused('agent.desk_elsewhere')
    const lost: ShiftEvent = { type: 'AgentDeskLost', data: { ...who, deadline: 20_000 } }
    assert.is(unavailable(given(shiftDecider, signedIn, ready, claimed, lost).state as OpenShift, 0), 'desk_lost')
    given(shiftDecider, signedIn, claimed, lost).when({ do: 'desk', connected: false, graceMs: 1 }).thenNothing()
    given(shiftDecider, signedIn, claimed, lost)
      .when({ do: 'desk', connected: true, deskId: 'd1' })
      .then({ type: 'AgentDeskConnected', data: { deskId: 'd1' } })
    // A browser that was replaced is refused whatever it asks; one that names no desk, or for a shift without one, is
    // obeyed.
    for (const command of [
      { do: 'set_work', work: 'away', by: 'agent' },
      { do: 'sign_out', by: 'agent' },
      { do: 'end_wrap_up', by: 'agent' },
      { ...reserve, direction: 'outbound' },
    ] as ShiftCommand[]) {
      given(shiftDecider, signedIn, ready, claimed)
        .when({ do: 'from_desk', deskId: 'd2', command })
        .thenRefused('agent.desk_elsewhere')
    }
    const busy: ShiftCommand = { do: 'set_work', work: 'not_ready', by: 'agent' }
    given(shiftDecider, signedIn, ready, claimed)
      .when({ do: 'from_desk', deskId: 'd1', command: busy })
      .then({ type: 'AgentBecameNotReady' })
    given(shiftDecider, signedIn, ready, claimed).when(busy).then({ type: 'AgentBecameNotReady' })
    given(shiftDecider, signedIn, ready)
      .when({ do: 'from_desk', deskId: 'd2', command: busy })
      .then({ type: 'AgentBecameNotReady' })
    given(shiftDecider).when({ do: 'from_desk', deskId: 'd2', command: busy }).thenRefused('agent.not_signed_in')
    // A desk in a ledger from before claims: when silent it is lost as ever, and an agent who works there says so once.
    const old: ShiftEvent = { type: 'AgentDeskConnected', data: { ...who, deskId: null } }
    given(shiftDecider, signedIn, old)
      .when({ do: 'desk', connected: false, graceMs: 1 })
      .then({ type: 'AgentDeskLost' })
    given(shiftDecider, signedIn, old).when({ do: 'claim_desk', deskId: 'd1' }).then({ type: 'AgentDeskClaimed' })
  },
)

shift(
  'an agent who was not responding is back when they, or a supervisor, set their state; a rule does not bring them back',
  () => {
    const silent: ShiftEvent[] = [
      { type: 'AgentBecameNotResponding', data: { ...who, missed: 3 } },
      { type: 'AgentWentAway', data: { ...who, by: 'system', byCode: null, reason: 'not_responding' } },
    ]
    assert.is((given(shiftDecider, signedIn, ready, ...silent).state as OpenShift).notResponding, true)
    for (const by of ['agent', 'supervisor'] as const) {
      const back = given(shiftDecider, signedIn, ready, ...silent)
        .when({ do: 'set_work', work: 'not_ready', by })
        .then({ type: 'AgentBecameNotReady' })
      assert.is((given(shiftDecider, signedIn, ready, ...silent, ...back).state as OpenShift).notResponding, false)
    }
  },
)

shift('an order that waits for the end of the call keeps the name of the person who gave it', () => {
  const forced = given(shiftDecider, signedIn, ready, talking)
    .when({ do: 'sign_out', by: 'supervisor', byCode: '900', reason: 'late' })
    .then({ type: 'AgentWentAway' }, { type: 'AgentWishedFor', data: { by: 'supervisor', byCode: '900' } })
  given(shiftDecider, signedIn, ready, talking, ...forced, over, wrapUp)
    .when({ do: 'end_wrap_up', by: 'deadline' }, 30_000)
    .then(
      { type: 'AgentWrapUpEnded' },
      { type: 'AgentSignedOut', data: { by: 'supervisor', byCode: '900', reason: 'late' } },
    )
})

shift('reports that say what is already known change nothing', () => {
  given(shiftDecider, signedIn).when({ do: 'phone', registered: true }).thenNothing()
  given(shiftDecider, signedIn, ready, reserved, talking)
    .when({ do: 'start_call', ...talks })
    .thenNothing()
  given(shiftDecider, signedIn, ready).when({ do: 'end_call', callId: 'c1', talkMs: 0, holdMs: 0 }).thenNothing()
})

shift.run()

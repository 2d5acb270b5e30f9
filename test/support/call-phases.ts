/** Every phase in the life of a call: how to bring a call there, and by which events to recognise it. */
import * as assert from 'uvu/assert'
import { PICK_UP_MS, SUPERVISOR, type Phase, type Role, type Stage } from './stage.ts'

/** A phase that lasts. */
function lasting(
  name: string,
  roles: readonly Role[],
  has: readonly string[],
  hasNot: readonly string[],
  bring: (stage: Stage) => Promise<void>,
): Phase {
  return {
    name,
    roles,
    has,
    hasNot,
    async reach(stage, strike) {
      await bring(stage)
      await strike()
    },
  }
}

/** A phase that begins with an event and ends with the switchboard's next step. */
function momentary(
  name: string,
  roles: readonly Role[],
  type: string,
  hasNot: readonly string[],
  bring: (stage: Stage) => Promise<void>,
): Phase {
  return {
    name,
    roles,
    has: [type],
    hasNot,
    async reach(stage, strike) {
      let struck = false
      stage.when(type, async () => {
        struck = true
        await strike()
      })
      await bring(stage)
      assert.ok(struck, `the log never accepted ${type}`)
    },
  }
}

async function calls(stage: Stage): Promise<void> {
  stage.call()
  await stage.house.pass(PICK_UP_MS + 2_000)
}

/** Agent 201 answers: the first leg that the log records as answered after ringing. */
async function callsAndRings(stage: Stage, then: (stage: Stage) => void): Promise<void> {
  stage.call()
  await stage.house.pass(PICK_UP_MS / 2)
  then(stage)
}

/** Every phase in the life of an incoming call. */
export const inboundPhases: readonly Phase[] = [
  momentary('before answer', ['customer'], 'CallQueued', ['LegAnswered'], calls),
  lasting('waiting', ['customer'], ['CallQueued', 'LegAnswered'], ['AgentReserved', 'CallAnnounced'], (stage) =>
    stage.wait(2_000),
  ),
  lasting('announced', ['customer'], ['CallQueued', 'LegAnswered', 'CallAnnounced'], ['AgentReserved'], (stage) =>
    stage.wait(6_000),
  ),
  lasting(
    'forwarded: a phone outside rings',
    ['customer', 'third'],
    ['CallLeftQueue', 'LegDialled', 'LegRinging'],
    ['CallEnded'],
    async (stage) => {
      await stage.press('9')
      await stage.house.pass(3_000)
    },
  ),
  lasting(
    'forwarded: talking to somebody outside',
    ['customer', 'third'],
    ['CallLeftQueue', 'LegDialled', 'LegRinging'],
    ['CallEnded'],
    async (stage) => {
      await stage.press('9')
      await stage.house.pass(12_000)
    },
  ),
  lasting('asked to be called back', ['customer'], ['CallbackRequested'], ['CallEnded'], async (stage) => {
    await stage.press('1')
    await stage.house.pass(1_000)
  }),
  lasting('owed a call-back', [], ['CallbackRequested', 'LegEnded'], ['AgentReserved'], async (stage) => {
    await stage.press('1')
    await stage.house.pass(15_000)
  }),
  momentary('reserved', ['customer', 'agent'], 'AgentReserved', ['CallOffered'], calls),
  momentary('offered', ['customer', 'agent'], 'CallOffered', ['LegRinging'], calls),
  lasting('ringing', ['customer', 'agent'], ['CallOffered', 'LegRinging', 'AgentRang'], ['CallAnswered'], (stage) =>
    callsAndRings(stage, () => {}),
  ),
  {
    name: 'answered by the agent, not bridged',
    roles: ['customer', 'agent'],
    has: ['LegRinging', 'LegAnswered'],
    hasNot: ['CallAnswered'],
    async reach(stage, strike) {
      let struck = false
      await callsAndRings(stage, () =>
        stage.when('LegAnswered', async () => {
          struck = true
          await strike()
        }),
      )
      await stage.house.pass(PICK_UP_MS)
      assert.ok(struck, 'the agent never answered')
    },
  },
  lasting('talking', ['customer', 'agent'], ['CallAnswered', 'AgentCallStarted'], ['AgentLeftCall'], (stage) =>
    stage.talk(),
  ),
  lasting(
    'held',
    ['customer', 'agent'],
    ['CallAnswered', 'LegHeld', 'AgentCallHeld'],
    ['LegResumed'],
    async (stage) => {
      await stage.talk()
      await stage.house.until(stage.house.desk.hold('201', stage.house.by('agent')))
      await stage.house.pass(1_000)
    },
  ),
  lasting(
    'calling a colleague',
    ['customer', 'agent', 'third'],
    ['LegHeld', 'ConsultationStarted'],
    ['ConsultationAnswered'],
    async (stage) => {
      await stage.talk()
      const { house } = stage
      await house.until(house.desk.consult('201', '202', house.clock.now(), house.by('agent')))
      await house.pass(PICK_UP_MS / 2)
    },
  ),
  lasting(
    'consulting',
    ['customer', 'agent', 'third'],
    ['LegHeld', 'ConsultationAnswered'],
    ['ConsultationEnded'],
    (stage) => stage.consult(),
  ),
  lasting('three-way', ['customer', 'agent', 'third'], ['ThreeWayStarted'], ['ThreeWayEnded'], async (stage) => {
    await stage.consult()
    await stage.house.until(stage.house.desk.join('201', stage.house.by('agent')))
    await stage.house.pass(1_000)
  }),
  lasting(
    'handed over',
    ['customer', 'third'],
    ['CallTransferred', 'ConsultationEnded'],
    ['CallEnded'],
    async (stage) => {
      await stage.consult()
      await stage.house.until(stage.house.desk.handOver('201', stage.house.by('agent')))
    },
  ),
  lasting(
    'transferring blind',
    ['customer'],
    ['CallTransferred', 'AgentLeftCall'],
    ['TransferFailed', 'CallEnded'],
    async (stage) => {
      await stage.talk()
      await stage.house.until(stage.house.desk.transferToAgent('201', '202', stage.house.by('agent')))
    },
  ),
  lasting(
    'calling a supervisor',
    ['customer', 'agent', 'supervisor'],
    ['SupervisorJoined'],
    ['SupervisorLeft'],
    async (stage) => {
      await stage.talk()
      const { house } = stage
      await house.until(
        house.desk.supervise(
          '201',
          { supervisorCode: SUPERVISOR.code, mode: 'listen', extension: SUPERVISOR.extension, number: null },
          house.clock.now(),
          house.by('supervisor'),
        ),
      )
      await house.pass(PICK_UP_MS / 2)
    },
  ),
  lasting('supervised', ['customer', 'agent', 'supervisor'], ['SupervisorJoined'], ['SupervisorLeft'], (stage) =>
    stage.supervise(),
  ),
  lasting('taken over', ['customer', 'supervisor'], ['SupervisorTookOver'], ['CallEnded'], async (stage) => {
    await stage.supervise()
    const { house } = stage
    const engagement = house.process.switchboard.shift('201')!.engagement
    assert.is(engagement.kind, 'talking')
    await house.until(
      house.desk.call(
        (engagement as { callId: string }).callId,
        { do: 'take_over', supervisorCode: SUPERVISOR.code },
        house.by('supervisor'),
      ),
    )
  }),
  lasting('surveying', ['customer'], ['SurveyStarted', 'AgentLeftCall'], ['CallEnded'], async (stage) => {
    await stage.talk()
    await stage.house.until(stage.house.desk.survey('201', stage.house.by('agent')))
    await stage.house.pass(1_000)
  }),
  lasting(
    'in a menu',
    ['customer'],
    ['IvrEntered', 'IvrPromptPlayed'],
    ['IvrKeyPressed', 'CallEnded'],
    async (stage) => {
      stage.call('95500')
      await stage.house.pass(5_500)
    },
  ),
  lasting('in a sub-menu', ['customer'], ['IvrSubmenuEntered'], ['IvrTransferred', 'CallEnded'], async (stage) => {
    stage.call('95500')
    await stage.house.pass(5_500)
    stage.house.telephony.press(stage.legs.customer!, '1')
    await stage.house.pass(2_000)
  }),
  lasting(
    'put through by a menu: the phone rings',
    ['customer', 'third'],
    ['IvrTransferred', 'LegRinging'],
    ['CallEnded'],
    async (stage) => {
      stage.call('95500')
      await stage.house.pass(5_500)
      stage.house.telephony.press(stage.legs.customer!, '2')
      await stage.house.pass(5_000 + PICK_UP_MS / 2)
    },
  ),
  lasting('at a box', ['customer'], ['VoicemailReached'], ['RecordingStarted', 'CallEnded'], async (stage) => {
    stage.call('95501')
    await stage.house.pass(2_000)
  }),
  lasting('leaving a message', ['customer'], ['RecordingStarted'], ['VoiceMessageLeft', 'CallEnded'], async (stage) => {
    stage.call('95501')
    await stage.house.pass(15_000)
  }),
  lasting('wrap-up', ['agent'], ['CallEnded', 'AgentWrapUpStarted'], ['AgentWrapUpEnded'], async (stage) => {
    await stage.talk()
    // The agent's phone is still off the hook: our hang-up is lost and has to be repeated.
    stage.house.telephony.inject({
      kind: 'command-lost',
      when: { nth: 1 },
      of: { legId: stage.legs.agent!, what: 'hang_up' },
    })
    stage.house.telephony.act(stage.legs.customer!, 'hang_up')
    await stage.house.pass(100)
  }),
]

/** Every phase with a phone that is kept connected. */
export const standingPhases: readonly Phase[] = [
  lasting(
    'long sign-in: the phone rings',
    ['standing'],
    ['AgentLongSignInRequested'],
    ['AgentLongSignInStarted'],
    async (stage) => {
      await stage.house.until(stage.house.desk.longSignIn('201', null, stage.house.by('agent')))
      await stage.house.pass(PICK_UP_MS / 2)
    },
  ),
  lasting('long sign-in: between calls', ['standing'], ['AgentLongSignInStarted'], ['AgentLongSignInEnded'], (stage) =>
    stage.stand(),
  ),
  lasting(
    'long sign-in: talking',
    ['standing', 'customer', 'agent'],
    ['AgentLongSignInStarted', 'CallAnswered'],
    ['AgentLongSignInEnded'],
    async (stage) => {
      await stage.stand()
      await stage.talk()
    },
  ),
]

/** Every phase in the life of a call placed by an agent, or by the switchboard as a callback. */
export const placedPhases: readonly Phase[] = [
  momentary('placed: reserved', ['agent'], 'AgentReserved', ['CallPlaced'], async (stage) => {
    await stage.place()
    await stage.house.pass(PICK_UP_MS)
  }),
  lasting('placed: the agent is rung', ['agent'], ['CallPlaced', 'LegRinging'], ['LegAnswered'], async (stage) => {
    await stage.place()
    await stage.house.pass(PICK_UP_MS / 2)
  }),
  lasting(
    'placed: the customer is rung',
    ['agent', 'customer'],
    ['CallPlaced', 'LegAnswered'],
    ['CallAnswered'],
    async (stage) => {
      await stage.place()
      await stage.house.pass(PICK_UP_MS + 2_000)
      assert.ok(stage.legs.customer)
    },
  ),
  lasting('placed: talking', ['agent', 'customer'], ['CallAnswered'], ['CallEnded'], async (stage) => {
    await stage.place()
    await stage.house.pass(PICK_UP_MS + 10_000)
  }),
  lasting('called back: the agent is rung', ['agent'], ['CallPlaced', 'AgentRang'], ['CallAnswered'], async (stage) => {
    await stage.callBack()
    await stage.house.pass(PICK_UP_MS / 2)
  }),
  lasting(
    'called back: the customer is rung',
    ['agent', 'customer'],
    ['CallPlaced', 'AgentRang'],
    ['CallAnswered'],
    async (stage) => {
      await stage.callBack()
      await stage.house.pass(PICK_UP_MS + 2_000)
    },
  ),
  lasting(
    'called back: talking',
    ['agent', 'customer'],
    ['CallPlaced', 'CallAnswered'],
    ['AgentLeftCall'],
    async (stage) => {
      await stage.callBack()
      await stage.house.pass(PICK_UP_MS + 12_000)
    },
  ),
]

/** Legs, segments and events of a made-up call, as `GET /api/v1/calls/{id}/timeline` answers. */
import type { FinishedCall } from './floor-boards.ts'

type Told = { at: number; type: string; [field: string]: unknown }

const leg = (call: FinishedCall, name: string) => `${call.callId}-${name}`

export function segmentsOf(call: FinishedCall): object[] {
  const waited = call.answeredAt ?? call.endedAt
  const queue = {
    segmentId: leg(call, 'queue'),
    callId: call.callId,
    kind: 'queue',
    queueCode: call.queueCode,
    agentId: null,
    agentCode: null,
    startedAt: call.queuedAt,
    endedAt: waited,
    waitMs: call.waitMs,
    ringMs: 0,
    talkMs: 0,
    holdMs: 0,
    wrapUpMs: 0,
    result: call.answeredAt ? 'answered' : call.outcome,
  }
  if (!call.answeredAt) return [queue]
  return [
    queue,
    {
      segmentId: leg(call, 'agent'),
      callId: call.callId,
      kind: 'agent',
      queueCode: call.queueCode,
      agentId: call.agentId,
      agentCode: call.agentCode,
      startedAt: call.answeredAt,
      endedAt: call.endedAt,
      waitMs: null,
      ringMs: call.ringMs,
      talkMs: call.talkMs,
      holdMs: call.holdMs,
      wrapUpMs: call.wrapUpMs,
      result: call.endedAt ? 'completed' : null,
    },
  ]
}

export function legsOf(call: FinishedCall): object[] {
  const customer = {
    legId: leg(call, 'customer'),
    callId: call.callId,
    purpose: 'customer',
    agentId: null,
    agentCode: null,
    extension: null,
    number: call.fromNumber,
    startedAt: call.receivedAt,
    ringingAt: null,
    answeredAt: call.receivedAt + 400,
    endedAt: call.endedAt,
    endedBy: call.endedBy,
    cause: call.cause,
    sip: null,
    reason: call.reason,
  }
  if (!call.answeredAt) return [customer]
  const dialled = call.answeredAt - (call.ringMs || 3000)
  return [
    customer,
    {
      legId: leg(call, 'agent'),
      callId: call.callId,
      purpose: 'agent',
      agentId: call.agentId,
      agentCode: call.agentCode,
      extension: '8001',
      number: null,
      startedAt: dialled,
      ringingAt: dialled + 300,
      answeredAt: call.answeredAt,
      endedAt: call.endedAt && call.endedAt + 200,
      endedBy: call.endedAt ? 'system' : null,
      cause: call.endedAt ? 16 : null,
      sip: null,
      reason: 'completed',
    },
  ]
}

/** Why the agent of a made-up call was chosen, as `GET /api/v1/calls/{id}/decisions` answers. */
export function decisionsOf(call: FinishedCall): object {
  if (!call.answeredAt) return { offers: [], more: 0 }
  const at = call.answeredAt - (call.ringMs || 3000)
  const decision = {
    configVersion: 3,
    strategy: 'longest-idle-agent',
    waited: at - call.queuedAt!,
    score: at - call.queuedAt!,
    candidates: 1,
    level: null,
    place: 0,
  }
  const chosen = {
    agentId: call.agentId,
    agentCode: call.agentCode,
    level: 1,
    position: 1,
    place: 0,
    measure: at - 90_000,
    chosen: true,
    ruledOut: null,
  }
  const other = {
    agentId: 'other',
    agentCode: '999',
    level: 1,
    position: 2,
    place: null,
    measure: null,
    chosen: false,
    ruledOut: 'talking',
  }
  return {
    offers: [
      {
        offerId: leg(call, 'offer'),
        at,
        agentId: call.agentId,
        agentCode: call.agentCode,
        queueCode: call.queueCode,
        result: 'answered',
        decision,
        considered: [chosen, other],
        untold: 0,
      },
    ],
    more: 0,
  }
}

export function eventsOf(call: FinishedCall): object[] {
  const { callId, queueCode, agentId, agentCode } = call
  const customer = leg(call, 'customer')
  const agentLeg = leg(call, 'agent')
  const events: Told[] = [
    {
      at: call.receivedAt,
      type: 'CallReceived',
      callId,
      legId: customer,
      direction: 'inbound',
      from: call.fromNumber,
      to: call.toNumber,
      gateway: null,
      category: null,
    },
    { at: call.receivedAt + 400, type: 'LegAnswered', callId, legId: customer },
    { at: call.queuedAt!, type: 'CallQueued', callId, queueCode, priority: 0, resumed: false, targetMs: call.targetMs },
  ]
  if (call.answeredAt) {
    const dialled = call.answeredAt - (call.ringMs || 3000)
    events.push(
      { at: dialled, type: 'CallOffered', callId, agentId, agentCode, queueCode, legId: agentLeg, extension: '8001' },
      {
        at: dialled,
        type: 'LegDialled',
        callId,
        legId: agentLeg,
        purpose: 'agent',
        agentId,
        agentCode,
        extension: '8001',
        number: null,
      },
      { at: dialled + 300, type: 'LegRinging', callId, legId: agentLeg },
      { at: call.answeredAt, type: 'LegAnswered', callId, legId: agentLeg },
      {
        at: call.answeredAt,
        type: 'CallAnswered',
        callId,
        agentId,
        agentCode,
        queueCode,
        waitMs: call.waitMs ?? call.answeredAt - call.queuedAt!,
        ringMs: call.ringMs || 3000,
      },
    )
  }
  if (call.endedAt) {
    if (call.answeredAt) {
      if (call.holdMs > 2000) {
        const held = call.answeredAt + Math.round(call.talkMs / 2)
        events.push(
          { at: held, type: 'LegHeld', callId, legId: customer, by: 'agent', agentId, agentCode },
          { at: held + call.holdMs, type: 'LegResumed', callId, legId: customer, agentId, agentCode },
        )
      }
      events.push({
        at: call.endedAt,
        type: 'AgentLeftCall',
        callId,
        agentId,
        agentCode,
        queueCode,
        by: 'customer',
        talkMs: call.talkMs,
        holdMs: call.holdMs,
      })
    } else
      events.push({
        at: call.endedAt,
        type: 'CallLeftQueue',
        callId,
        queueCode,
        exit: call.outcome,
        waitMs: call.waitMs,
      })
    events.push(
      {
        at: call.endedAt,
        type: 'LegEnded',
        callId,
        legId: customer,
        purpose: 'customer',
        by: call.endedBy,
        cause: 16,
        sip: null,
        reason: 'hung_up',
      },
      { at: call.endedAt, type: 'CallEnded', callId, by: call.endedBy, cause: 16, reason: 'hung_up' },
    )
  }
  return events
    .sort((a, b) => a.at - b.at)
    .map(({ at, type, ...data }, revision) => ({
      id: `${callId}-${revision}`,
      type,
      revision,
      at,
      recordedAt: at + 3,
      actor: 'system:switchboard',
      origin: 'simulated',
      causation: null,
      data,
      unreadable: null,
    }))
}

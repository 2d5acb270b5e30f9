/**
 * Where a call goes: pure, total, and the same for the same question (catalogue A3.2.3). The simulator, the real network
 * and the operator's tool all ask here; the steps say what was looked at and why it decided nothing, or everything.
 *
 * The order: emergency numbers, which no rule and no limit can block; feature codes; then the rules in their order, of
 * which the first that matches and applies decides. A configuration from before there were types has queue rules alone:
 * the one that names the number goes first, then the one for all numbers.
 */
import type { Dice } from '../kernel/clock.ts'
import { isEmergency } from '../number/number.ts'
import { calledNumber, lookupOf, type Called, type DialPlan } from './dial-plan.ts'
import { readKeys } from './feature-codes.ts'
import type { Lines } from './lines.ts'
import { openingAt } from './opening.ts'
import type { Destination, Outcome, Routing, Step } from './outcome.ts'
import { emergencyCall, outsideCall, type Asking } from './outside.ts'
import type { RouteSettings, RouteTarget } from './settings.ts'

/** Who calls: someone outside by a gateway (null: not known which), one of our phones, or the house itself. */
export type From =
  | { kind: 'gateway'; gateway: string | null }
  | { kind: 'extension'; extension: string }
  | { kind: 'house' }

export interface Asked {
  from: From
  /** The called number, as it was dialled. */
  to: string
  /** UTC ms. */
  at: number
  /** Draws the number of ours that is shown. */
  dice: Dice
}

/** At most this many rules that did not match are told one by one. */
const MOST_TOLD = 100

export function route({ from, to, at, dice }: Asked, plan: DialPlan, lines: Lines): Routing {
  const steps: Step[] = []
  const note: Asking['note'] = (code, values = {}) => void steps.push({ code, values })
  const asking: Asking = { plan, lookup: lookupOf(plan), lines, at, dice, note }
  const called = calledNumber(to)
  const routing = (outcome: Outcome, rule: RouteSettings | null): Routing => ({
    outcome,
    rule: rule?.code ?? null,
    record: rule?.record === true || (outcome.do === 'outside' && outcome.record),
    steps,
  })
  if (from.kind === 'extension') note('from_extension', { extension: from.extension })
  else if (from.kind === 'house') note('from_house')
  else if (from.gateway === null) note('from_outside')
  else note('from_gateway', { gateway: from.gateway })
  note('called', { number: called.normalised })
  const phone = from.kind === 'extension' ? from.extension : null
  if (from.kind !== 'gateway' && (isEmergency(called.dialled) || isEmergency(called.normalised))) {
    note('emergency', { number: called.normalised })
    return routing(emergencyCall(called, phone, asking), null)
  }
  if (from.kind === 'extension') {
    const { feature } = readKeys(plan.network.featureCodes, called.dialled)
    if (feature) {
      note('feature_code', { action: feature.action })
      return routing({ do: 'feature', ...feature }, null)
    }
  }
  for (const { rule, form } of matching(called, asking)) {
    const outcome = applied(rule, form, called, from, asking)
    if (!outcome) continue
    if (rule.record) note('rule_record')
    return routing(outcome, rule)
  }
  // Extensions reach each other even if no rule says so, and a house without gateways of its own dials outside.
  if (from.kind !== 'gateway' && isExtension(called, asking)) return routing(toExtension(called, from, asking), null)
  note('no_rule')
  const dialsItself = from.kind !== 'gateway' && asking.lookup.gateways.size === 0
  return routing(dialsItself ? outsideCall(called, called.normalised, phone, null, asking) : refused('no_route'), null)
}

/** Where something in the house sends a call on: a menu, an exit of a queue, the closed hours of a rule. */
export function routeTo(
  target: RouteTarget,
  { at, dice }: Pick<Asked, 'at' | 'dice'>,
  plan: DialPlan,
  lines: Lines,
): Routing {
  const steps: Step[] = []
  const asking: Asking = {
    plan,
    lookup: lookupOf(plan),
    lines,
    at,
    dice,
    note: (code, values = {}) => void steps.push({ code, values }),
  }
  const outcome = leadingTo(target, { kind: 'house' }, asking)
  return { outcome, rule: null, record: outcome.do === 'outside' && outcome.record, steps }
}

/** The rules whose number or expression is the called one, in their order, with the form that matched. */
function* matching(called: Called, { lookup, note }: Asking): Iterable<{ rule: RouteSettings; form: string }> {
  const literal = lookup.literal.get(called.normalised) ?? []
  const elsewhere = lookup.rules.length - lookup.open.length - literal.length
  if (elsewhere > 0) note('rules_elsewhere', { count: elsewhere })
  let next = 0
  let told = 0
  for (const { rule, place, pattern } of lookup.open) {
    for (; next < literal.length && literal[next]!.place < place; next++)
      yield { rule: literal[next]!.rule, form: called.normalised }
    const form =
      pattern === null
        ? called.normalised
        : pattern === 'unusable'
          ? undefined
          : [called.dialled, called.normalised].find((candidate) => pattern.test(candidate))
    if (form !== undefined) yield { rule, form }
    else if (told++ < MOST_TOLD)
      note(pattern === 'unusable' ? 'rule_pattern_unusable' : 'rule_does_not_match', { rule: rule.code, to: rule.to })
  }
  for (; next < literal.length; next++) yield { rule: literal[next]!.rule, form: called.normalised }
}

/** What a rule that matches makes of the call; null: it does not apply, and the next one is asked. */
function applied(rule: RouteSettings, form: string, called: Called, from: From, asking: Asking): Outcome | null {
  const { note } = asking
  const { code, type = 'queue', fromGateway } = rule
  const values = { rule: code }
  if (fromGateway && !(from.kind === 'gateway' && from.gateway === fromGateway)) {
    note('rule_other_gateway', { ...values, gateway: fromGateway })
    return null
  }
  if (type === 'inbound' && from.kind !== 'gateway') return (note('rule_outside_only', values), null)
  if (type === 'outbound' && from.kind === 'gateway') return (note('rule_inside_only', values), null)
  // "Every number" to a queue or menu means every number that strangers call, not what our own phones dial.
  if (rule.to === '*' && type !== 'outbound' && type !== 'basic' && from.kind !== 'gateway')
    return (note('rule_every_number', values), null)
  if (type === 'basic' && !isExtension(called, asking)) {
    note('rule_matches', { ...values, type })
    note('no_such_extension', { number: called.normalised })
    return null
  }
  note('rule_matches', { ...values, type })
  switch (type) {
    case 'basic':
      return toExtension(called, from, asking)
    case 'outbound':
      return outsideCall(called, form, from.kind === 'extension' ? from.extension : null, rule, asking)
    case 'inbound':
      return opened(rule, from, asking) ?? targetOf(rule, called, from, asking)
    case 'queue':
    case 'ivr':
    case 'robot':
      return targetOf(rule, called, from, asking)
  }
}

/** Null: the rule is open, or has no calendar. */
function opened(rule: RouteSettings, from: From, asking: Asking): Outcome | null {
  const { plan, lookup, at, note } = asking
  const { calendar: code, closed } = rule
  if (!code) return (note('calendar_always'), null)
  const calendar = lookup.calendars.get(code)
  if (!calendar) return (note('calendar_missing', { calendar: code }), null)
  const { open, day, name } = openingAt(calendar, at, plan.zone)
  if (day !== null)
    note(open ? 'day_open' : 'day_closed', { calendar: code, day: name === '' ? day : `${day} ${name}` })
  else note(open ? 'calendar_open' : 'calendar_closed', { calendar: code })
  if (open) return null
  const media = closed?.media ?? null
  if (media === null) note('closed_no_prompt')
  else note('closed_prompt', { media })
  return { do: 'closed', media, then: closed?.target ? leadingTo(closed.target, from, asking) : { do: 'hang_up' } }
}

/** What a queue, IVR, robot or inbound rule names, or what the called number is the number of. */
function targetOf(rule: RouteSettings, called: Called, from: From, asking: Asking): Destination {
  const { type = 'queue', queueCode, target } = rule
  if (queueCode && (type === 'queue' || !target)) return leadingTo({ kind: 'queue', code: queueCode }, from, asking)
  if (target) return leadingTo(target, from, asking)
  const own = asking.lookup.extensions.get(called.normalised)
  if (own && own.type !== 'line') return ofOwnNumber(own.number, asking)
  asking.note('no_target', { rule: rule.code })
  return refused('no_target')
}

function leadingTo({ kind, code }: RouteTarget, from: From, asking: Asking): Destination {
  const { plan, lookup, note } = asking
  const missing = (): Destination => {
    note('target_missing', { kind, code })
    return refused('no_target')
  }
  switch (kind) {
    case 'extension': {
      const called = calledNumber(code)
      return isExtension(called, asking) ? toExtension(called, from, asking) : missing()
    }
    case 'queue':
      if (!plan.queues[code]) return missing()
      note('leads_to', { kind, code })
      return { do: 'queue', queueCode: code }
    case 'ivr':
      if (!lookup.ivrs.has(code)) return missing()
      note('leads_to', { kind, code })
      return { do: 'ivr', code }
    case 'agent':
      if (!lookup.agentCodes.has(code)) return missing()
      note('leads_to', { kind, code })
      return { do: 'agent', agentCode: code }
    case 'robot':
      note('leads_to', { kind, code })
      return { do: 'robot', code }
    case 'voicemail': {
      // The box of an agent is that of their extension.
      const agents = Object.values(plan.agents)
      const own = isExtension(calledNumber(code), asking)
        ? code
        : (agents.find(({ agentCode }) => agentCode === code)?.extension ?? null)
      if (own === null) return missing()
      note('to_voicemail', { extension: own })
      return { do: 'voicemail', extension: own }
    }
    case 'number':
      return onwards(code, asking)
    case 'hang_up':
      return { do: 'hang_up' }
  }
}

/** The house calls an outside number, by the first outbound rule for it. */
function onwards(number: string, asking: Asking): Destination {
  const called = calledNumber(number)
  if (isEmergency(called.normalised)) return emergencyCall(called, null, asking)
  for (const { rule, form } of matching(called, asking)) {
    if (rule.type !== 'outbound' || rule.fromGateway) continue
    asking.note('rule_matches', { rule: rule.code, type: 'outbound' })
    return outsideCall(called, form, null, rule, asking)
  }
  asking.note('no_rule')
  return asking.lookup.gateways.size === 0
    ? outsideCall(called, called.normalised, null, null, asking)
    : refused('no_route')
}

function isExtension({ normalised }: Called, { lookup, lines }: Asking): boolean {
  return lookup.extensions.has(normalised) || lookup.agentOf.has(normalised) || lines.agentAt(normalised) !== null
}

/** An extension: the phone, or the menu, queue or robot whose number it is (A3.2.1-type). */
function toExtension({ normalised }: Called, from: From, asking: Asking): Destination {
  const { lookup, lines, note } = asking
  const settings = lookup.extensions.get(normalised)
  if (settings && settings.type !== 'line') return ofOwnNumber(normalised, asking)
  const agentCode = lines.agentAt(normalised) ?? lookup.agentOf.get(normalised) ?? null
  if (agentCode === null) note('phone_of_nobody', { extension: normalised })
  else note('phone_of', { extension: normalised, agent: agentCode })
  const why = lines.occupied(normalised)
  if (why !== null) {
    note('phone_occupied', { extension: normalised, why })
    // Colleagues are told at once (C3.1-not-eligible); a caller from outside may leave a message, or waits a moment.
    if (from.kind === 'extension') return refused('not_eligible')
    if (settings?.voicemail) {
      note('to_voicemail', { extension: normalised })
      return { do: 'voicemail', extension: normalised }
    }
    if (why === 'phone_not_registered') return refused('not_eligible')
  }
  return { do: 'extension', extension: normalised, agentCode: lines.agentAt(normalised) }
}

function ofOwnNumber(number: string, asking: Asking): Destination {
  const { type, target } = asking.lookup.extensions.get(number)!
  asking.note('own_number', { number, type })
  if (type === 'line' || target === null) {
    asking.note('no_target', { rule: number })
    return refused('no_target')
  }
  return leadingTo({ kind: type, code: target }, { kind: 'house' }, asking)
}

function refused(reason: Extract<Destination, { do: 'refused' }>['reason']): Destination {
  return { do: 'refused', reason }
}

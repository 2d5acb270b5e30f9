/**
 * The part of a configuration by which calls are routed, and its lists in the form in which they are looked up. They
 * are made once for each configuration.
 */
import type {
  CalendarSettings,
  ExtensionSettings,
  GatewaySettings,
  NetworkSettings,
  OwnNumber,
} from '../network/settings.ts'
import { cut, phoneNumber } from '../number/number.ts'
import { compiledPattern, isPattern, LONGEST_NUMBER } from './pattern.ts'
import type { RouteSettings } from './settings.ts'

/** What a configuration says about routing. */
export interface DialPlan {
  /** IANA name; calendars are read in it. */
  zone: string
  queues: Readonly<Record<string, unknown>>
  agents: Readonly<Record<string, { agentCode: string; extension: string | null }>>
  routes: readonly RouteSettings[]
  network: NetworkSettings
}

/** A called number: as it was dialled, without spaces and hyphens, and in the form in which numbers are compared. */
export interface Called {
  dialled: string
  normalised: string
}

/** Total: what is no number keeps its text. */
export function calledNumber(to: string): Called {
  const text = cut(to, LONGEST_NUMBER)
  const { normalised } = phoneNumber(text)
  const keys = text.replace(/[\s().-]/g, '')
  return { dialled: /^[\d+*#]+$/.test(keys) ? keys : (normalised ?? text), normalised: normalised ?? text }
}

/** A rule for many numbers. */
export interface OpenRule {
  rule: RouteSettings
  /** Its place among all rules. */
  place: number
  /** Null: it is for every number; `unusable`: its expression cannot be tried. */
  pattern: RegExp | null | 'unusable'
}

export interface Lookup {
  /** Rules in the order in which they are looked at. */
  rules: readonly RouteSettings[]
  /** Rules for one number, by that number. */
  literal: ReadonlyMap<string, { rule: RouteSettings; place: number }[]>
  /** Rules for many numbers, in order. */
  open: readonly OpenRule[]
  /** Does any rule handle internal extensions? */
  hasBasic: boolean
  /** The numbers of agents, by the extension configured for them. */
  agentOf: ReadonlyMap<string, string>
  agentCodes: ReadonlySet<string>
  extensions: ReadonlyMap<string, ExtensionSettings>
  gateways: ReadonlyMap<string, GatewaySettings>
  calendars: ReadonlyMap<string, CalendarSettings>
  ivrs: ReadonlySet<string>
  /** Our own outside numbers, by their compared form. */
  pool: ReadonlyMap<string, OwnNumber>
  /** The same, by the gateway that alone may show them; null: those that any may. */
  poolOf: ReadonlyMap<string | null, readonly string[]>
}

type RuleLists = Pick<Lookup, 'rules' | 'literal' | 'open' | 'hasBasic'>
type AgentLists = Pick<Lookup, 'agentOf' | 'agentCodes'>
type NetworkLists = Pick<Lookup, 'extensions' | 'gateways' | 'calendars' | 'ivrs' | 'pool' | 'poolOf'>

/** The lists of a plan. */
export function lookupOf({ routes, agents, network }: DialPlan): Lookup {
  return {
    ...keptFor(routes, ruleLists, listsOfRules),
    ...keptFor(agents, agentLists, listsOfAgents),
    ...keptFor(network, networkLists, listsOfNetwork),
  }
}

const listsOfRules = new WeakMap<object, RuleLists>()
const listsOfAgents = new WeakMap<object, AgentLists>()
const listsOfNetwork = new WeakMap<object, NetworkLists>()

function keptFor<S extends object, L>(settings: S, made: (settings: S) => L, kept: WeakMap<object, L>): L {
  let lists = kept.get(settings)
  if (!lists) kept.set(settings, (lists = made(settings)))
  return lists
}

/** A rule without an order has this one (A3.2.3-order). */
const USUAL_ORDER = 100

function ruleLists(routes: readonly RouteSettings[]): RuleLists {
  const rules = routes
    .map((rule, index) => ({ rule, index, kind: rule.to === '*' ? 2 : isPattern(rule.to) ? 1 : 0 }))
    .toSorted(
      (a, b) => (a.rule.order ?? USUAL_ORDER) - (b.rule.order ?? USUAL_ORDER) || a.kind - b.kind || a.index - b.index,
    )
    .map(({ rule }) => rule)
  const literal = new Map<string, { rule: RouteSettings; place: number }[]>()
  const open: OpenRule[] = []
  for (const [place, rule] of rules.entries()) {
    if (rule.to === '*') open.push({ rule, place, pattern: null })
    else if (isPattern(rule.to)) open.push({ rule, place, pattern: compiledPattern(rule.to) ?? 'unusable' })
    else {
      const { normalised } = calledNumber(rule.to)
      literal.set(normalised, [...(literal.get(normalised) ?? []), { rule, place }])
    }
  }
  return { rules, literal, open, hasBasic: rules.some(({ type }) => type === 'basic') }
}

function agentLists(agents: DialPlan['agents']): AgentLists {
  const agentOf = new Map<string, string>()
  const agentCodes = new Set<string>()
  for (const { agentCode, extension } of Object.values(agents)) {
    agentCodes.add(agentCode)
    if (extension !== null) agentOf.set(extension, agentCode)
  }
  return { agentOf, agentCodes }
}

function networkLists({ extensions, gateways, calendars, ivrs, numbers }: NetworkSettings): NetworkLists {
  return {
    extensions: new Map(extensions.map((extension) => [extension.number, extension])),
    gateways: new Map(gateways.map((gateway) => [gateway.code, gateway])),
    calendars: new Map(calendars.map((calendar) => [calendar.code, calendar])),
    ivrs: new Set(ivrs.map(({ code }) => code)),
    pool: new Map(numbers.map((own) => [calledNumber(own.number).normalised, own])),
    poolOf: new Map(
      Object.entries(Object.groupBy(numbers, ({ gateway }) => gateway ?? '')).map(([gateway, own = []]) => [
        gateway === '' ? null : gateway,
        own.map(({ number }) => number),
      ]),
    ),
  }
}

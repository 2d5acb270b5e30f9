/** What happens to a call in a voice menu: the menu decides (`core/ivr/menu.ts`), and the call follows it out. */
import { enter, fallDue, moved, press, refused, removed, takesKeys, type IvrFacts } from '../ivr/menu.ts'
import type { IvrEvent } from '../ivr/progress.ts'
import type { IvrAction } from '../ivr/settings.ts'
import type { Context } from '../kernel/decider.ts'
import type { IvrCommand, Routed } from './commands.ts'
import type { CallEvent } from './events.ts'
import { evolveIvr } from '../ivr/progress.ts'
import type { LiveCall } from './state.ts'
import { withdrawn } from './decision-parts.ts'

export function decideIvr(
  command: IvrCommand,
  call: LiveCall,
  context: Context,
  routedTo: (callId: string, routed: Routed, context: Context) => CallEvent[],
): CallEvent[] {
  const { callId } = call
  if (call.status !== 'live') return []
  const { at } = context
  const facts = ({ configVersion, zone }: { configVersion: number; zone: string }): IvrFacts => ({
    callId,
    configVersion,
    zone,
    at,
  })
  switch (command.do) {
    case 'enter_ivr': {
      if (!call.toIvr || call.ivr) return []
      const { settings } = command
      const ivr = call.toIvr.code
      return settings
        ? enter(settings, facts(command))
        : [{ type: 'IvrExited', data: { callId, ivr, menu: null, reason: 'removed' } }]
    }
    case 'ivr_key': {
      if (!call.ivr || command.legId !== call.customerLegId) return []
      const events: IvrEvent[] = []
      let state: LiveCall['ivr'] = call.ivr
      // Each key decides by what those before it have led to.
      for (const key of command.keys) {
        if (!state || !takesKeys(state)) break
        for (const event of press(command.settings, state, key, command.reach, facts(command))) {
          events.push(event)
          state = evolveIvr(state, { ...event, at })
        }
      }
      return events
    }
    case 'ivr_due':
      if (!call.ivr || call.ivr.steps !== command.step) return []
      return fallDue(command.what, command.settings, call.ivr, command.reach, facts(command))
    case 'ivr_go': {
      const { ivr } = call
      if (!ivr || ivr.steps !== command.step || !ivr.leaving) return []
      const { settings, routed } = command
      const there = settings && moved(settings, ivr, facts(command))
      if (there) return there
      const { to, because } = ivr.leaving
      const menu = ivr.path.at(-1)!
      if (!routed || routed.to.kind === 'hang_up' || isWithin(to))
        return [{ type: 'IvrExited', data: { callId, ivr: ivr.ivr, menu, reason: because } }]
      if (routed.to.kind === 'refused') return refused(settings, ivr, routed.to.reason, facts(command))
      if (routed.to.kind === 'robot') return refused(settings, ivr, 'not_built', facts(command))
      const { configVersion } = command
      return [
        { type: 'IvrTransferred', data: { callId, ivr: ivr.ivr, menu, to, because, configVersion } },
        ...routedTo(callId, { ...routed, record: routed.record || call.record === true }, context),
      ]
    }
    case 'end_ivr':
      return call.ivr && call.ivr.then !== 'leave' ? removed(call.ivr, callId) : []
    case 'ivr_return': {
      if (call.ivr || !call.fromIvr) return []
      return [...withdrawn(call), ...refused(command.settings, call.fromIvr, command.reason, facts(command))]
    }
  }
}

/** A way within the menus that is not there any longer. */
function isWithin({ do: what }: IvrAction): boolean {
  return what === 'menu' || what === 'back' || what === 'top' || what === 'play' || what === 'application'
}

/** The caller hung up in a menu. */
export function leftIvr({ callId, ivr }: LiveCall): CallEvent[] {
  return ivr
    ? [{ type: 'IvrExited', data: { callId, ivr: ivr.ivr, menu: ivr.path.at(-1)!, reason: 'caller_gone' } }]
    : []
}

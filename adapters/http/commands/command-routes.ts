/**
 * All commands: what agents and supervisors ask of the switchboard's desk. Their common parts are in
 * `routing/command.ts`.
 */
import type { CommandDependencies } from '../routing/command.ts'
import type { Route } from '../routing/route.ts'
import { conversationCommands, presenceRoute, shiftCommands } from './agent-commands.ts'
import { makers } from './command-route.ts'
import { missedRoutes } from './missed-routes.ts'
import { forcedStates, supervisedCalls, waitingCalls } from './supervisor-commands.ts'

export function commandRoutes(dependencies: CommandDependencies): Route[] {
  const { agentCommand, callCommand, supervisorCommand } = makers(dependencies)
  return [
    ...shiftCommands(agentCommand),
    presenceRoute(dependencies),
    ...conversationCommands(callCommand, agentCommand),
    ...forcedStates(supervisorCommand),
    ...supervisedCalls(supervisorCommand),
    ...waitingCalls(supervisorCommand),
    ...missedRoutes(dependencies),
  ]
}

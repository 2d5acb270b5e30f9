/** Names of the icons in the sprite: an agent's states, levels, and the struck phone. */
import type { AgentState } from '../live/protocol.ts'
import type { Level } from '../live/levels.ts'

export type IconName = AgentState | Level | 'phone_missing'

/**
 * Why someone is away, busy or signed out. People choose a reason from their tenant's configuration and never type one:
 * reasons stay in the ledger in the clear, and free text would contain names, numbers and illnesses. A rule that
 * changes a state has a word of its own.
 *
 * Pure and browser-safe.
 */
import type { Words } from '../kernel/words.ts'

/** The states for which screens offer a reason. */
export const reasonUses = ['not_ready', 'away', 'signed_out'] as const
export type ReasonUse = (typeof reasonUses)[number]

/** A reason as configured. */
export interface Reason extends Words {
  code: string
  for: readonly ReasonUse[]
}

/** The reasons of a tenant that configures none. */
export const houseReasons: readonly Reason[] = [
  { code: 'break', zh: '小休', en: 'Break', for: ['away'] },
  { code: 'lunch', zh: '用餐', en: 'Meal', for: ['away'] },
  { code: 'training', zh: '培训', en: 'Training', for: ['away', 'not_ready'] },
  { code: 'meeting', zh: '会议', en: 'Meeting', for: ['away', 'not_ready'] },
  { code: 'coaching', zh: '辅导', en: 'Coaching', for: ['away', 'not_ready'] },
  { code: 'paperwork', zh: '处理资料', en: 'Paperwork', for: ['not_ready'] },
  { code: 'technical', zh: '设备故障', en: 'Technical trouble', for: ['not_ready', 'away', 'signed_out'] },
  { code: 'end_of_shift', zh: '下班', en: 'End of shift', for: ['signed_out'] },
  { code: 'other', zh: '其他', en: 'Other', for: ['not_ready', 'away', 'signed_out'] },
]

/** Words used by rules and by the network; nobody can choose them, and none may be configured. */
export const ruleReasons = [
  'desk_lost',
  'phone_unregistered',
  'phone_taken',
  'shift_limit',
  'not_responding',
  'on_demand',
  'asked',
  'signed_out',
  'extension_changed',
  'set_aside',
  'hung_up',
  'busy',
  'no_answer',
  'rejected',
  'unregistered',
  'cancelled',
  'unreachable',
  'media_lost',
  'no_media',
  'node_lost',
  'refused',
  'completed',
  'forced',
  'taken_over',
  'limit',
] as const

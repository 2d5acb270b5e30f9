/**
 * The effects that this house has outside, by its configuration: kinds of jobs (`projections/engine/jobs.ts`), and the
 * code that carries them out.
 */
import { callRecordHook } from '@ledgerline/adapters/jobs/call-record-hook.ts'
import type { CarryOut } from '@ledgerline/adapters/jobs/runner.ts'
import { CALL_RECORD } from '@ledgerline/projections/models/calls.ts'
import type { Config } from '../config.ts'

export type Effects = ReadonlyMap<string, CarryOut>

export function effectsOf({ callRecordHook: hook }: Pick<Config, 'callRecordHook'>): Effects {
  return new Map(hook === null ? [] : [[CALL_RECORD, callRecordHook(hook)]])
}

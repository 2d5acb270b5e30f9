/**
 * The trail that people leave: log-ins, good and bad, log-outs, requests that were refused. A session is a stream of its own,
 * `session-<tenant>.<id>`; what belongs to none is a stream of one event, `trail-<tenant>.<id>`. Who somebody is stands in
 * the event's actor; a name that was typed in vain is sealed, since people type passwords into the wrong field.
 */
import { z } from 'zod'
import { clearText, codeText, defineEvents, event, idText, personalDetail, personalIdentity } from '../kernel/event.ts'

/** Why a log-in was refused. The person who tried learns less than this. */
export const logInRefusals = [
  'unknown_user',
  'wrong_password',
  'disabled',
  'password_expired',
  'frozen',
  'wrong_code',
] as const
export type LogInRefusal = (typeof logInRefusals)[number]

/** Why a session ended. */
export const sessionEnds = [
  'logged_out',
  'ended_by_user',
  'ended_by_administrator',
  'password_changed',
  'disabled',
] as const
export type SessionEnd = (typeof sessionEnds)[number]

const place = {
  source: personalIdentity('the address that it came from'),
}

export const sessionEvents = defineEvents({
  LoggedIn: event('A user logged in.', {
    sessionId: idText,
    userId: idText,
    factors: z
      .array(z.enum(['password', 'totp', 'recovery_code']))
      .max(3)
      .describe('what they proved it with'),
    ...place,
  }),
  SessionEnded: event('A session was ended: nobody can act with it any longer.', {
    sessionId: idText,
    userId: idText,
    why: z.enum(sessionEnds),
  }),
})

export const trailEvents = defineEvents({
  LogInRefused: event('Somebody could not log in.', {
    attemptId: idText,
    userId: idText.nullable().describe('whose name was given; null: nobody has it'),
    name: personalDetail('the name that was given', 'attemptId'),
    why: z.enum(logInRefusals),
    failures: z.number().int().min(0).describe('how many in a row, for this name from this address'),
    ...place,
  }),
  RequestForbidden: event('Somebody asked for what they may not have.', {
    attemptId: idText,
    userId: idText.nullable(),
    permission: codeText,
    method: clearText('ours', 10),
    route: clearText('ours', 200).describe('the address as it is declared, without what was put into it'),
    ...place,
  }),
  AuditRead: event('Somebody read the audit trail; told once a minute.', {
    attemptId: idText,
    userId: idText.nullable(),
    ...place,
  }),
})

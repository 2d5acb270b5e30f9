/** Answers of the desk's routes that a screen reads too. */
import { z } from 'zod'

export const webPhoneSchema = z
  .object({
    extension: z.string().describe('the extension that the browser is from now on'),
    address: z.string().describe('its address of record, a SIP URI'),
    url: z.string().describe('where to register: SIP over WebSocket (RFC 7118)'),
    user: z.string().describe('name for the digest'),
    password: z.string().describe('good until it expires, for this extension and over a WebSocket only'),
    iceServers: z
      .array(
        z.object({
          urls: z.string().describe('RFC 7064, RFC 7065'),
          username: z.string().optional(),
          credential: z.string().optional().describe('good for twelve hours'),
        }),
      )
      .describe('STUN and TURN servers, for sound through address translation'),
    renewInMs: z.number().int().describe('ask again after this time'),
  })
  .meta({ id: 'WebPhone' })
export type WebPhone = z.infer<typeof webPhoneSchema>

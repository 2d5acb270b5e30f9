/** What a phone hears after a function was dialled on it (catalogue C21). */
import type { LiveCall } from './state.ts'

/** The prompt: a tone, or digits that are read out. */
export function saidBy({ say, said }: NonNullable<LiveCall['feature']>): string {
  return said === null ? `feature/${say}` : `digits/${said}`
}

/** Who works in this browser, and what they may do: asked of the server once, and again when it says that something is over. */
import type { SessionAnswer } from '@ledgerline/adapters/http/access/answers.ts'
import type { Permission } from '@ledgerline/core/access/session.ts'
import { get, post } from '../http/requests.ts'
import { neededFor } from './pages.ts'

class OwnSession {
  /** Null: not known yet. */
  known: SessionAnswer | null = $state.raw(null)
  #asking: Promise<void> | null = null

  /** Asks the server. Whoever is nobody (any longer) is sent to the log-in page, and comes back here from there. */
  async load(): Promise<void> {
    this.#asking ??= get<SessionAnswer>('/api/v1/session', {}, new AbortController().signal)
      .then((answer) => {
        this.known = answer
        if (answer.state === 'nobody' || answer.state === 'new_password') toLogIn()
      })
      // A server that does not answer is shown by the page itself.
      .catch(() => {})
      .finally(() => (this.#asking = null))
    await this.#asking
  }

  may(permission: Permission): boolean {
    return this.known?.permissions.includes(permission) ?? false
  }

  async logOut(): Promise<void> {
    await post('/api/v1/session/log-out', {})
    // Whoever leaves need not come back here.
    removeEventListener('loggedout', toLogIn)
    location.replace('/log-in')
  }
}

function toLogIn(): void {
  const to = location.pathname + location.search
  location.replace(`/log-in?to=${encodeURIComponent(to)}`)
}

export const own = new OwnSession()

/** Whether a page is for this person; while the server does not answer, the page says so itself. */
export async function mayOpen(path: string): Promise<boolean> {
  const permission = neededFor(path)
  if (permission === null) return true
  if (own.known === null) await own.load()
  return own.known === null || own.may(permission)
}

addEventListener('loggedout', toLogIn)

// A page that the browser kept and brings back with "Back" would show what its reader may no longer see.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload()
})

/**
 * Which agent this browser works as. Kept for the tab's session: a reload continues without asking; a new tab, a duplicated
 * one and another browser are view-only until somebody says that they work there. Whom a user
 * may work as is decided by the server.
 */
import { commandId } from '../http/requests.ts'
import { holdAlone, type Holding } from './held-alone.ts'

const KEPT = 'ledgerline.desk'

class DeskIdentity {
  /** Names this session of the browser to the server. */
  deskId: string = $state('')
  /** The agent that somebody works as here; null: nobody, the page is view-only. */
  worksAs: string | null = $state(null)
  /** No other tab has this identity: it was made here, or the lock says so. */
  #ours = false
  #letGo: () => void = () => {}

  constructor() {
    const [deskId = '', ...code] = (sessionStorage.getItem(KEPT) ?? '').split(' ')
    if (deskId === '') this.#anew()
    // The stored identity may be a copy: it counts once no other tab is known to hold it.
    else
      this.#hold(deskId, (holding) => {
        if (holding === 'copied') return this.#anew()
        this.#ours = true
        this.worksAs ??= code.join(' ') || null
      })
  }

  /** The identity to claim a desk with: a new one while it is unknown whose the stored one is. */
  own(): string {
    if (!this.#ours) this.#anew()
    return this.deskId
  }

  workAs(agentCode: string): void {
    this.worksAs = agentCode
    sessionStorage.setItem(KEPT, `${this.deskId} ${agentCode}`)
  }

  #anew(): void {
    this.worksAs = null
    sessionStorage.removeItem(KEPT)
    this.#ours = true
    this.#hold(commandId(), () => {})
  }

  #hold(deskId: string, tell: (holding: Holding) => void): void {
    this.#letGo()
    this.deskId = deskId
    this.#letGo = holdAlone(deskId, tell)
  }
}

export const identity = new DeskIdentity()

/**
 * Who this browser works as. Kept for the session of the tab: a reload goes on working without asking again; a new tab, a
 * duplicated one and another browser only look on until somebody says in it that they work there. Until there are log-ins
 * this is the act that a log-in will be.
 */
import { commandId } from '../http/requests.ts'
import { holdAlone, type Holding } from './held-alone.ts'

const KEPT = 'ledgerline.desk'

class DeskIdentity {
  /** Names this session of the browser to the server. */
  deskId: string = $state('')
  /** The agent whom somebody works as here; null: nobody does, the page only looks on. */
  worksAs: string | null = $state(null)
  /** No other tab has this identity: it was made here, or the lock says so. */
  #ours = false
  #letGo: () => void = () => {}

  constructor() {
    const [deskId = '', ...code] = (sessionStorage.getItem(KEPT) ?? '').split(' ')
    if (deskId === '') this.#anew()
    // What was kept may be a copy: it counts once it is known that no other tab has it.
    else
      this.#hold(deskId, (holding) => {
        if (holding === 'copied') return this.#anew()
        this.#ours = true
        this.worksAs ??= code.join(' ') || null
      })
  }

  /** The identity to claim a desk with: where it is not known yet whose the one is that was kept, another. */
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

/**
 * Who this browser works as. Kept for the session of the tab: a reload goes on working without asking again, a new
 * tab or another browser only looks on until somebody says in it that they work there. Until there are log-ins this
 * is the act that a log-in will be.
 */
import { commandId } from '../http/requests.ts'

const KEPT = 'ledgerline.desk'

class DeskIdentity {
  /** Names this session of the browser to the server. */
  readonly deskId: string
  /** The agent whom somebody works as here; null: nobody does, the page only looks on. */
  worksAs: string | null = $state(null)

  constructor() {
    const [deskId, ...code] = (sessionStorage.getItem(KEPT) ?? '').split(' ')
    this.deskId = deskId || commandId()
    this.worksAs = code.join(' ') || null
  }

  workAs(agentCode: string): void {
    this.worksAs = agentCode
    sessionStorage.setItem(KEPT, `${this.deskId} ${agentCode}`)
  }
}

export const identity = new DeskIdentity()

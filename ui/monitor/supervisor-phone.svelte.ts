/** The number that is called for the supervisor, and its kind, as he set it in this browser (catalogue C5.0-settings-dialog, C5.0-number-*). */
const KEPT = 'ledgerline.supervisor-phone'

class SupervisorPhone {
  kind: 'extension' | 'number' = $state('extension')
  value = $state('')

  constructor() {
    const [kind, value] = (localStorage.getItem(KEPT) ?? '').split(' ', 2)
    if (kind === 'extension' || kind === 'number') this.kind = kind
    this.value = value ?? ''
  }

  keep(): void {
    localStorage.setItem(KEPT, `${this.kind} ${this.value.replaceAll(' ', '')}`)
  }

  /** As a command names it; nothing where he left it empty. */
  get given(): { extension?: string; number?: string } {
    const value = this.value.replaceAll(' ', '')
    return value === '' ? {} : { [this.kind]: value }
  }
}

export const supervisorPhone = new SupervisorPhone()

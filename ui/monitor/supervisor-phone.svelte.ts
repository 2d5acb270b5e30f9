/**
 * The supervisor's phone number and its kind, as set in this browser (catalogue C5.0-settings-dialog, C5.0-number-*).
 * Asked for before the first supervision and remembered.
 */
const KEPT = 'ledgerline.supervisor-phone'

export type PhoneKind = 'extension' | 'number'

/** Whether it can be called. */
export function isPhone(kind: PhoneKind, value: string): boolean {
  const plain = value.replaceAll(' ', '')
  return kind === 'extension' ? /^\d{2,6}$/.test(plain) : /^\+?[\d*#()-]{3,40}$/.test(plain)
}

class SupervisorPhone {
  kind: PhoneKind = $state('extension')
  value = $state('')

  constructor() {
    const [kind, value] = (localStorage.getItem(KEPT) ?? '').split(' ', 2)
    if (kind === 'extension' || kind === 'number') this.kind = kind
    this.value = value ?? ''
  }

  /** Whether one is set that can be called. */
  get known(): boolean {
    return isPhone(this.kind, this.value)
  }

  keep(kind: PhoneKind, value: string): void {
    this.kind = kind
    this.value = value.replaceAll(' ', '')
    localStorage.setItem(KEPT, `${this.kind} ${this.value}`)
  }

  /** As a command names it. */
  get given(): { extension?: string; number?: string } {
    return this.known ? { [this.kind]: this.value } : {}
  }
}

export const supervisorPhone = new SupervisorPhone()

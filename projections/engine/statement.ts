/** A statement to send. */
export interface Statement {
  text: string
  values?: unknown[]
  /** Prepared once per connection under this name. */
  name?: string
}

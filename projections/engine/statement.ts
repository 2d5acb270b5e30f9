/** A statement to be sent. */
export interface Statement {
  text: string
  values?: unknown[]
  /** Prepared once a connection under this name. */
  name?: string
}

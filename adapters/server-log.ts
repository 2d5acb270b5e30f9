/** What the server reports to its operator: pino in the house, a list in a test. Never a personal value. */
export interface ServerLog {
  debug(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** A button of the panel of a missed call or a voice message. */
export interface Act {
  /** Of its command, after the panel's path. */
  name: string
  label: string
  /** What it says besides whom it is about. */
  fields?: object
  tone?: 'go' | 'danger'
  impossible?: boolean
  /** Done in place of the command, as a question is asked first. */
  instead?: () => void
}

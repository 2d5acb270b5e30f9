/** Messages of the live stream that carry no rows: its greeting and its signs of life. The screens take the types from here. */

/** The tenant's clock. */
export interface ClockTold {
  /** Its time, UTC ms. */
  now: number
  /** Its seconds per real second: 1, except in a demo. */
  speed: number
  /** The requested speed; `behind`: the server cannot keep up with it. */
  asked: number
  behind: boolean
}

/** The first message of a connection that does not resume. */
export interface Hello extends ClockTold {
  tenant: string
  /** IANA name of the tenant's time zone. */
  zone: string
  /** Changes when the server serves other screens. */
  build: string
  topics: readonly string[]
}

/** A sign of life. */
export interface Beat extends ClockTold {
  /** How far the tables are behind the log, ms. */
  lagMs: number
  /** Changes are currently polled every second instead of pushed. */
  delayed: boolean
  position: string | null
}

/** What charts draw. */
import type { Unit } from './scale.ts'

/** A measure, or a part of one. */
export interface Series {
  key: string
  label: string
  /** A CSS colour: a variable of the theme. */
  colour: string
}

export interface Measure extends Series {
  unit: Unit
  write: (value: number) => string
}

/** A row of bars. */
export interface BarRow {
  key: string
  label: string
  /** Small and grey before the label: a number, a code. */
  code?: string
  /** One for each measure, null where there is none. */
  values: readonly (number | null)[]
}

/** A column over a period of time. */
export interface Column {
  key: string
  /** On the axis. */
  label: string
  /** In full: beside the values, and in the table. */
  title: string
  /** One for each series, null where there is none. */
  values: readonly (number | null)[]
  /** Not over yet, so its figures still grow. */
  open?: boolean
}

/** A place on the axis that lines run along. */
export interface Place {
  key: string
  /** Its position; places are in order. */
  at: number
  label: string
  title: string
}

export interface Line extends Series {
  /** One for each place; null is a gap. */
  values: readonly (number | null)[]
}

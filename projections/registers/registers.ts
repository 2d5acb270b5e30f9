/** The tables of all registers. */
import { registers } from '@ledgerline/core/registers.ts'
import { changesOf, tableOf } from './table.ts'

export const registerTables = registers.map(tableOf)
export const recordChanges = changesOf(registers)

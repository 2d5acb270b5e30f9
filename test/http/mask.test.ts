/** What a viewer without the permission sees of numbers: the customer's masked, our own in the clear. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { maskedColumns, maskRow } from '@ledgerline/adapters/queries/mask.ts'
import { configuredSession, type Permission } from '@ledgerline/core/access/session.ts'
import { readModels } from '@ledgerline/projections/models.ts'

const calls = readModels.models.find((model) => model.name === 'calls')!
const viewer = (...permissions: Permission[]) =>
  configuredSession({ tenant: () => 'test', permissions })({ headers: {} })
const row = { direction: 'inbound', fromNumber: '13800002225', toNumber: '95500', customerId: '23317894' }

const mask = suite('masking')

mask('C0.3-number-masking: an inbound call shows the caller masked and the dialled number in the clear', () => {
  assert.equal(maskRow(row, maskedColumns(calls, viewer('calls.see'))), {
    ...row,
    fromNumber: '138****2225',
    customerId: '233****94',
  })
})

mask('for an outbound call it is the other way round', () => {
  const placed = { ...row, direction: 'outbound', fromNumber: '95500', toNumber: '13800002225' }
  assert.equal(maskRow(placed, maskedColumns(calls, viewer('calls.see'))), {
    ...placed,
    toNumber: '138****2225',
    customerId: '233****94',
  })
})

mask('a viewer with the permission sees numbers', () => {
  assert.equal(maskRow(row, maskedColumns(calls, viewer('calls.see', 'numbers.see'))), row)
})

mask.run()

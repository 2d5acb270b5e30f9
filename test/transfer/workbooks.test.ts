/** Workbooks that strangers build: what they say of themselves is not believed, and what they hold is bounded. */
import { buffer } from 'node:stream/consumers'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ZipFile } from 'yazl'
import type { FileRow } from '@ledgerline/adapters/transfer/csv.ts'
import type { TransferFiles } from '@ledgerline/adapters/transfer/files.ts'
import { xlsxRows } from '@ledgerline/adapters/transfer/xlsx.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import { PART_BYTES } from '@ledgerline/core/transfer/parts.ts'

const WORKBOOK = '<workbook><sheets><sheet name="S" r:id="r1"/></sheets></workbook>'
const RELATIONS = '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'

/** A workbook of these parts; those of every workbook need not be named. */
function workbook(parts: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new ZipFile()
  const all = { 'xl/workbook.xml': WORKBOOK, 'xl/_rels/workbook.xml.rels': RELATIONS, ...parts }
  for (const [name, content] of Object.entries(all)) zip.addBuffer(Buffer.from(content as string), name)
  zip.end()
  return buffer(zip.outputStream)
}
const sheet = (rows: string, before = ''): string => `<worksheet>${before}<sheetData>${rows}</sheetData></worksheet>`
const cell = (text: string): string => `<c t="inlineStr"><is><t>${text}</t></is></c>`

async function rowsOf(bytes: Buffer): Promise<FileRow[]> {
  const partOf = (part: number) => bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES)
  const parts = Math.ceil(bytes.length / PART_BYTES)
  const files = {
    lengths: async () => Array.from({ length: parts }, (_, part) => partOf(part).length),
    part: async (_: unknown, part: number) => partOf(part),
  } as unknown as TransferFiles
  const rows: FileRow[] = []
  for await (const row of xlsxRows(files, { tenant: 't', file: 'f', owner: 'o' })) rows.push(row)
  return rows
}
const cellsOf = async (bytes: Buffer) => (await rowsOf(bytes)).map(({ line, cells }) => [line, ...cells])
async function refusal(bytes: Buffer): Promise<Problem> {
  const error = await rowsOf(bytes).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  assert.ok(isProblem(error), `it was read, or failed otherwise: ${String(error)}`)
  return error
}

test('dimensions and row numbers that lie are not believed', async () => {
  const rows = `<row r="1">${cell('a')}</row><row r="7"><c r="C7"><v>5</v></c></row><row r="3">${cell('b')}</row>`
  const bytes = await workbook({ 'xl/worksheets/sheet1.xml': sheet(rows, '<dimension ref="A1:XFD1048576"/>') })
  assert.equal(await cellsOf(bytes), [
    [1, 'a'],
    [7, null, null, 5],
    [8, 'b'],
  ])
  const far = await workbook({ 'xl/worksheets/sheet1.xml': sheet(`<row r="1048577">${cell('a')}</row>`) })
  assert.is((await refusal(far)).code, 'transfer.too_many_rows')
  const wide = await workbook({ 'xl/worksheets/sheet1.xml': sheet('<row><c r="XFD1"><v>1</v></c></row>') })
  assert.equal(await cellsOf(wide), [[1]])
})

test('of a formula its value is taken, of an error nothing; texts are shared, rich and phonetic', async () => {
  const shared = '<sst><si><t>一</t></si><si><r><t>二</t></r><r><t>三</t></r><rPh><t>er san</t></rPh></si></sst>'
  const cells =
    '<c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>9</v></c><c><f>WEBSERVICE("http://example.com")</f><v>42</v></c>' +
    '<c t="str"><f>A1</f><v>text</v></c><c t="e"><v>#REF!</v></c><c t="b"><v>1</v></c><c><v>1e400</v></c>'
  const bytes = await workbook({
    'xl/sharedStrings.xml': shared,
    'xl/worksheets/sheet1.xml': sheet(`<row>${cells}</row>`),
  })
  assert.equal(await cellsOf(bytes), [[1, '一', '二三', null, 42, 'text', null, true, '1e400']])
})

test('days that count from 1904 are told as such', async () => {
  const bytes = await workbook({
    'xl/workbook.xml': WORKBOOK.replace('<sheets>', '<workbookPr date1904="1"/><sheets>'),
    'xl/worksheets/sheet1.xml': sheet('<row><c><v>44000</v></c></row>'),
  })
  assert.equal(
    (await rowsOf(bytes)).map(({ from1904 }) => from1904),
    [true],
  )
})

const bombs: Record<string, () => Promise<Buffer>> = {
  'a sheet that becomes a thousand times as large': () =>
    workbook({ 'xl/worksheets/sheet1.xml': sheet(`<row>${cell(' '.repeat(60_000_000))}</row>`) }),
  'texts that do': () =>
    workbook({
      'xl/sharedStrings.xml': `<sst>${`<si><t>${'x'.repeat(30_000)}</t></si>`.repeat(1_500)}</sst>`,
      'xl/worksheets/sheet1.xml': sheet('<row><c t="s"><v>0</v></c></row>'),
    }),
  'entities within entities': () =>
    workbook({
      'xl/worksheets/sheet1.xml': `<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>${sheet(`<row>${cell('&b;')}</row>`)}`,
    }),
  'thousands of parts': () =>
    workbook({
      ...Object.fromEntries(Array.from({ length: 2_100 }, (_, nth) => [`xl/media/${nth}.bin`, 'x'])),
      'xl/worksheets/sheet1.xml': sheet(`<row>${cell('a')}</row>`),
    }),
}
for (const [what, made] of Object.entries(bombs))
  test(`a bomb is refused: ${what}`, async () => assert.is((await refusal(await made())).code, 'transfer.broken'))

test('what is no whole workbook is refused, wherever it was cut', async () => {
  const whole = await workbook({ 'xl/worksheets/sheet1.xml': sheet(`<row>${cell('a')}</row>`.repeat(50)) })
  for (const part of [0.1, 0.5, 0.9, 0.99])
    assert.is((await refusal(whole.subarray(0, Math.floor(whole.length * part)))).code, 'transfer.broken', `${part}`)
  const broken = Buffer.from(whole)
  broken.fill(0, 60, 90)
  assert.is((await refusal(broken)).code, 'transfer.broken')
  assert.is((await refusal(Buffer.from('not a zip at all'))).code, 'transfer.broken')
  assert.is((await refusal(await workbook({}))).code, 'transfer.broken')
  const unclosed = await workbook({ 'xl/worksheets/sheet1.xml': '<worksheet><sheetData><row>' })
  assert.is((await refusal(unclosed)).code, 'transfer.broken')
})

test('names of parts lead nowhere outside the file', async () => {
  for (const target of ['../../../../etc/passwd', '/etc/passwd', 'C:\\windows\\win.ini', 'http://example.com/x.xml']) {
    const relations = RELATIONS.replace('worksheets/sheet1.xml', target)
    const bytes = await workbook({
      'xl/_rels/workbook.xml.rels': relations,
      'xl/worksheets/sheet1.xml': sheet(`<row>${cell('a')}</row>`),
    })
    assert.is((await refusal(bytes)).code, 'transfer.broken', target)
  }
})

test.run()

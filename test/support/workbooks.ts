import { buffer } from 'node:stream/consumers'
import ExcelJS from 'exceljs'
import { ZipFile } from 'yazl'

const WORKBOOK = `<?xml version="1.0" encoding="UTF-8"?>
<workbook xmlns:r="r"><sheets><sheet name="Contacts" sheetId="1" r:id="rId1"/></sheets></workbook>`
const RELATIONS = `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`

/** A zip with these parts, deflated as far as it goes. */
export async function aZip(parts: Record<string, string | Buffer>): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [name, content] of Object.entries(parts)) zip.addBuffer(Buffer.from(content), name)
  zip.end()
  return buffer(zip.outputStream)
}

/** The smallest workbook there is around the insides of one sheet; `parts` takes the place of its other parts. */
export function aRawWorkbook(sheet: string, parts: Record<string, string | Buffer> = {}): Promise<Buffer> {
  return aZip({
    'xl/workbook.xml': WORKBOOK,
    'xl/_rels/workbook.xml.rels': RELATIONS,
    'xl/worksheets/sheet1.xml': `<worksheet>${sheet}</worksheet>`,
    ...parts,
  })
}

/** A workbook as spreadsheet programs write them. */
export async function aWorkbook(rows: unknown[][]): Promise<Buffer> {
  const book = new ExcelJS.Workbook()
  book.addWorksheet('People').addRows(rows)
  return Buffer.from(await book.xlsx.writeBuffer())
}

/** The cells of the first sheet as a spreadsheet program would show them, row by row. */
export async function cellsOf(file: Buffer): Promise<string[][]> {
  const sheet = await firstSheet(file)
  const width = sheet.columnCount
  const rows: string[][] = []
  sheet.eachRow({ includeEmpty: true }, row => {
    rows.push(Array.from({ length: width }, (_, index) => row.getCell(index + 1).text))
  })
  return rows
}

export async function firstSheet(file: Buffer): Promise<ExcelJS.Worksheet> {
  const book = new ExcelJS.Workbook()
  await book.xlsx.load(file as unknown as ExcelJS.Buffer)
  const [sheet] = book.worksheets
  if (!sheet) throw new Error('There is no sheet')
  return sheet
}

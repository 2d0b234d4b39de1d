import ExcelJS from 'exceljs'
import { PORTALS, type Person } from './people.ts'

/** The two rows that the sheet of portal users begins with. */
const TOP = [
  ['Access Level', 'Name', 'Email', 'Roles', 'Company', 'Portals', 'ID', 'Check'],
  ['Required', 'Required', 'Required', ...Array<string>(5).fill('Optional')],
]

/** Somebody in the sheet of portal users, up to the portals. */
export function userCells({ name, email, company }: Person): string[] {
  return ['Full', name, email, '', company, `${PORTALS[0]}; ${PORTALS[1]}`]
}

/** Writes a sheet of portal users as a stream; spreadsheet programs keep the texts of it in a part that cells share. */
export async function writeWorkbook(file: string, rows: string[][], sharedTexts: boolean): Promise<void> {
  const book = new ExcelJS.stream.xlsx.WorkbookWriter({
    filename: file,
    useStyles: true,
    useSharedStrings: sharedTexts,
  })
  const sheet = book.addWorksheet('Portal users')
  sheet.columns = TOP.map(() => ({ width: 20, style: { numFmt: '@' } }))
  for (const cells of [...TOP, ...rows]) sheet.addRow(cells.map(text => (text === '' ? null : text))).commit()
  sheet.commit()
  await book.commit()
}

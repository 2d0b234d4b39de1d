import ExcelJS from 'exceljs'

const OPTIONS = { sharedStrings: 'cache', worksheets: 'emit', styles: 'ignore', hyperlinks: 'ignore' } as const

/** The rows of a workbook as its usual reader streams them, every cell as text. */
export async function* bookRows(file: string): AsyncGenerator<string[]> {
  for await (const sheet of new ExcelJS.stream.xlsx.WorkbookReader(file, OPTIONS)) {
    for await (const row of sheet) {
      const cells: string[] = []
      row.eachCell({ includeEmpty: true }, (cell, column) => (cells[column - 1] = cell.text))
      yield cells
    }
  }
}

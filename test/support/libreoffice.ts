import { execFile } from 'node:child_process'
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { scratchFolder } from './scratch.ts'

const run = promisify(execFile)

const USUAL_FOLDERS = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/libreoffice/program']
const ON_A_MAC = '/Applications/LibreOffice.app/Contents/MacOS/soffice'
const LONGEST_MS = 60_000

export const NO_LIBREOFFICE =
  'SKIPPED: no LibreOffice on this machine, so no template is filled in and saved by it. Install it (on Debian: ' +
  'apt-get install --no-install-recommends libreoffice-calc-nogui) and run the tests again.'

/** Where LibreOffice is on this machine, or undefined. */
export function libreOfficePath(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...USUAL_FOLDERS]
  const places = ['soffice', 'libreoffice'].flatMap(name => folders.map(folder => path.join(folder, name)))
  return [...places, ON_A_MAC].find(isProgram)
}

let prepared: Promise<string> | undefined

/**
 * Opens a workbook in LibreOffice, types into cells of its first sheet as a person does, and saves it as a workbook.
 */
export async function typedByLibreOffice(
  program: string,
  workbook: Buffer,
  cells: Record<string, string>,
): Promise<Buffer> {
  prepared ??= preparedFolder(program)
  const folder = await prepared
  const saved = path.join(folder, 'after.xlsx')
  rmSync(saved, { force: true })
  writeFileSync(path.join(folder, 'before.xlsx'), workbook)
  writeFileSync(path.join(folder, 'profile/user/basic/Standard/Module1.xba'), macro(folder, cells))
  await run(program, [...optionsIn(folder), 'macro:///Standard.Module1.FillIn'], { timeout: LONGEST_MS })
  return readFileSync(saved)
}

/** A folder with a profile of our own in it, which goes when the tests end: making one takes LibreOffice seconds. */
async function preparedFolder(program: string): Promise<string> {
  const folder = mkdtempSync(path.join(scratchFolder(), 'libreoffice-'))
  await run(program, [...optionsIn(folder), '--terminate_after_init'], { timeout: LONGEST_MS })
  return folder
}

function optionsIn(folder: string): string[] {
  return ['--headless', '--norestore', `-env:UserInstallation=file://${folder}/profile`]
}

/** What is given to FormulaLocal is taken as if it were typed: in a cell of text it stays, elsewhere 007 becomes 7. */
function macro(folder: string, cells: Record<string, string>): string {
  const typing = Object.entries(cells).map(
    ([cell, text]) => `  sheet.getCellRangeByName(${quoted(cell)}).FormulaLocal = ${quoted(text)}`,
  )
  const program = `Sub FillIn
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  Dim asWorkbook(0) As New com.sun.star.beans.PropertyValue
  asWorkbook(0).Name = "FilterName"
  asWorkbook(0).Value = "Calc MS Excel 2007 XML"
  book = StarDesktop.loadComponentFromURL(${quoted(`file://${folder}/before.xlsx`)}, "_blank", 0, hidden())
  sheet = book.Sheets.getByIndex(0)
${typing.join('\n')}
  book.storeToURL(${quoted(`file://${folder}/after.xlsx`)}, asWorkbook())
  book.close(True)
  StarDesktop.terminate()
End Sub`
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
${program.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}
</script:module>
`
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

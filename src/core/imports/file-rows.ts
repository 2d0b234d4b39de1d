import type { Config } from '../../config.ts'
import { textRows, type FileRow, type TextFormat } from './read-csv.ts'
import { keptFile } from './upload-file.ts'

/** How the kept file is to be read; null when it is the rows of a workbook. */
export type FileFormat = TextFormat | null

/** Every row that is not blank, the heading row first. Throws UnreadableFile where a text cannot be cut into rows. */
export function rowsOf(config: Config, fileKey: string, format: FileFormat): AsyncGenerator<FileRow> {
  const bytes = keptFile(config, fileKey)
  return format ? textRows(bytes, format) : lineRows(bytes)
}

async function* lineRows(bytes: AsyncIterable<Buffer>): AsyncGenerator<FileRow> {
  const decoder = new TextDecoder()
  let begun: string[] = []
  for await (const piece of bytes) {
    const [end = '', ...others] = decoder.decode(piece, { stream: true }).split('\n')
    begun.push(end)
    if (others.length === 0) continue
    const lines = [begun.join(''), ...others]
    begun = lines.splice(-1)
    for (const line of lines) yield JSON.parse(line) as FileRow
  }
}

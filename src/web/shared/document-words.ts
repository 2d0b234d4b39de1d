import { number } from './words.ts'

/** Why a file was not kept, as a sentence that names it. */
export function refusedFileWords(
  { name, reason }: { name: string; reason: 'too-big' | 'kind' | 'empty' | 'content' | 'no-room' | 'already-here' },
  { megabytes, endings }: { megabytes: number; endings: string[] },
): string {
  switch (reason) {
    case 'too-big':
      return `${name} is bigger than ${number(megabytes)} MB. Choose a smaller file`
    case 'kind':
      return `${name} is not one of the kinds of files that can be kept here: ${endings.join(', ')}`
    case 'empty':
      return `${name} is empty. Choose a file with something in it`
    case 'content':
      return `${name} does not hold what the end of its name says. Save it again as that kind of file, then choose it`
    case 'no-room':
      return `${name} does not fit: this portal is full. Delete what is no longer needed first`
    case 'already-here':
      return `${name} is in this folder already, with the same content`
  }
}

/** "84 KB". */
export function sizeWords(bytes: number): string {
  if (bytes < 1024) return `${number(bytes)} B`
  if (bytes < 1_048_576) return `${number(Math.round(bytes / 1024))} KB`
  return `${number(Math.round(bytes / 104_857.6) / 10)} MB`
}

/** "PDF, 84 KB". */
export function kindWords({ name, size }: { name: string; size: number }): string {
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toUpperCase()
  return [ending, sizeWords(size)].filter(Boolean).join(', ')
}

/** The rows with what each is called here: of several with one name, all but the first carry a number. */
export function labelled<T extends { name: string }>(rows: T[]): (T & { label: string })[] {
  const seen = new Map<string, number>()
  return rows.map(row => {
    const before = seen.get(row.name) ?? 0
    seen.set(row.name, before + 1)
    return { ...row, label: before === 0 ? row.name : `${row.name} (${number(before + 1)})` }
  })
}

/** What stands in an archive for documents that should be there and are not. */
export function lostWords({ officeName }: { officeName: string }): { name: string; text(paths: string[]): string } {
  return {
    name: 'Missing documents.txt',
    text: paths =>
      [`These documents could not be put in this archive. Please tell ${officeName}.`, '', ...paths, ''].join('\r\n'),
  }
}

import { normalized } from '../names.ts'
import { fieldNamed, isProblemHeading, type Field } from './fields.ts'

/** A column of the file: its heading as written, and where its cells go; null when they are not imported. */
export interface Column {
  heading: string
  field: Field | null
}

export type RememberedColumns = Record<string, Field | null>

/** Where each column goes: as it was chosen last time, else as its heading says. */
export function matchedColumns(headings: string[], remembered: RememberedColumns): Column[] {
  const columns = headings.map(heading => ({ heading, field: fieldFor(heading, remembered) }))
  const wholeName = columns.some(({ field }) => field === 'name')
  return columns.map(column => (wholeName && isPartOfName(column) ? { ...column, field: null } : column))
}

/** The key under which a heading is remembered. */
export function headingKey(heading: string): string {
  return normalized(heading)
}

/** `columns` counts from 0. 'twice': two columns go into one field. 'name-twice': a whole name and a part of one. */
export type ColumnMistake =
  { code: 'twice'; field: Field; columns: number[] } | { code: 'name-twice'; columns: number[] } | { code: 'no-name' }

/** What must be put right before the rows can be read. */
export function columnMistakes(columns: Column[]): ColumnMistake[] {
  const places = new Map<Field, number[]>()
  columns.forEach(({ field }, index) => {
    if (field) places.set(field, [...(places.get(field) ?? []), index])
  })
  const twice = [...places].filter(([, at]) => at.length > 1)
  const mistakes: ColumnMistake[] = twice.map(([field, at]) => ({ code: 'twice', field, columns: at }))
  const parts = [...(places.get('firstName') ?? []), ...(places.get('lastName') ?? [])]
  const whole = places.get('name') ?? []
  if (whole.length > 0 && parts.length > 0) mistakes.push({ code: 'name-twice', columns: [...whole, ...parts] })
  if (whole.length === 0 && parts.length === 0) mistakes.push({ code: 'no-name' })
  return mistakes
}

function fieldFor(heading: string, remembered: RememberedColumns): Field | null {
  if (isProblemHeading(heading)) return null
  const key = headingKey(heading)
  return Object.hasOwn(remembered, key) ? (remembered[key] ?? null) : fieldNamed(heading)
}

function isPartOfName({ field }: Column): boolean {
  return field === 'firstName' || field === 'lastName'
}

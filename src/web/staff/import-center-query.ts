import type { PortalChoice } from '../../core/invitations/standing.ts'
import { INVITATION_LENGTHS } from '../../core/invitations/rows.ts'
import type { Portal } from '../../core/portals/portals.ts'
import { readId, text, texts, type FieldError } from '../shared/forms.ts'
import { count } from '../shared/words.ts'

export const IMPORT_CENTER = '/staff/import-center'
export const INVITATIONS = `${IMPORT_CENTER}/invitations`

/** Which of the two lists of the report is shown: those never invited, or those who were before. */
export type ReportBlock = 'new' | 'before'

/** What the report, and every step after it, is about. */
export interface ReportQuery {
  choice: PortalChoice
  block: ReportBlock
  message: string
}

/** Reads an address, or a form with fields of the same names; a button of the form may turn to the other list. */
export function readReport(query: unknown, fields: unknown): ReportQuery {
  const turned = /^block:(new|before)$/.exec(text(fields, 'go'))?.[1]
  const block = turned ?? text(query, 'block')
  return {
    choice: readId(text(query, 'choice')) ?? readId(text(fields, 'choice')) ?? 'own',
    block: block === 'before' ? 'before' : 'new',
    message: plainMessage(texts(fields, 'message').length > 0 ? fields : query),
  }
}

/** As parts of an address, without what is as usual. */
export function reportParams({ choice, block, message }: ReportQuery): Record<string, string> {
  return {
    choice: String(choice),
    ...(block === 'before' ? { block } : {}),
    ...(message ? { message } : {}),
  }
}

/** The address of a step with this selection. */
export function stepAddress(step: string, selection: string, report: ReportQuery): string {
  return `${INVITATIONS}${step}?${new URLSearchParams({ s: selection, ...reportParams(report) }).toString()}`
}

export function messageMistakes({ message }: Pick<ReportQuery, 'message'>): FieldError[] {
  const over = [...message].length - INVITATION_LENGTHS.message
  return over > 0 ? [{ field: 'message', message: `Make the message ${count(over, 'character')} shorter` }] : []
}

/** "Each contact’s own portal", or the name of the shared one; null when there is no such portal any more. */
export function choiceWords(choice: PortalChoice, portals: Portal[]): string | null {
  if (choice === 'own') return 'Each contact’s own portal'
  return portals.find(portal => portal.id === choice)?.name ?? null
}

/** Line breaks may stand in a message, other control characters may not. Longer ones are cut where nobody writes. */
function plainMessage(fields: unknown): string {
  return text(fields, 'message', 2000)
    .replaceAll('\r\n', '\n')
    .replace(/[^\P{Cc}\n]/gu, '')
}

import { rawText, text } from '../shared/forms.ts'

/** The username or email address typed at the door. */
export function typedName(body: unknown): string {
  return text(body, 'username', 254)
}

/** A password exactly as typed. Far more is read than a password may hold, so that none is ever cut short unnoticed. */
export function typedPassword(body: unknown, field: string): string {
  return rawText(body, field, 5000)
}

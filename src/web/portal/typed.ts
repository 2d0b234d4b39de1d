import { text } from '../shared/forms.ts'

/** The username or email address typed at the door. */
export function typedName(body: unknown): string {
  return text(body, 'username', 254)
}

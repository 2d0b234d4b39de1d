import type { MailDeps } from '../mail/send.ts'
import type { Passwords } from '../passwords.ts'

/** What background work is given. */
export interface JobDeps extends MailDeps {
  passwords: Passwords
}

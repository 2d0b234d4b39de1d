import type { PasswordWeakness } from '../../core/passwords.ts'

/** What is wrong with a chosen password and what to do about it. `least` is how long it has to be. */
export function passwordAdvice(weakness: PasswordWeakness, least: number): string {
  switch (weakness) {
    case 'too-short':
      return `Use at least ${String(least)} characters. A few words you remember work well`
    case 'too-long':
      return 'Use at most 256 characters'
    case 'common':
      return 'Choose a password that is harder to guess: this one is common, or made of a simple pattern'
    case 'personal':
      return 'Choose a password without your name, your email address or the name of this office'
    case 'same-as-before':
      return 'Choose a new password: this is the one you have now'
  }
}

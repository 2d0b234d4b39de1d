import type { Browser } from './browser.ts'

/** Chooses a file of contacts on the import page, and sends it. */
export async function choose(staff: Browser, content: string | Buffer, filename = 'contacts.csv'): Promise<void> {
  await staff.open('/staff/import-export')
  staff.attach('Choose File', filename, content)
  await staff.press('Import')
}

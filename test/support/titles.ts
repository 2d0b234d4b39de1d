const TITLE = /\b(?:it|itOn\w+)\(\s*(?:'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`)/g

/** The titles of the tests in a file; … stands for what changes from case to case. */
export function titlesOf(text: string): string[] {
  return [...text.matchAll(TITLE)].map(([, plain, drawn]) => (plain ?? drawn ?? '').replaceAll(/\$\{[^}]*\}/g, '…'))
}

/** Whether these words, in which … stands for anything, are this title. */
export function isTitle(words: string, title: string): boolean {
  return new RegExp(`^${words.split('…').map(escaped).join('[^]*')}$`).test(title)
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
}

import iconv from 'iconv-lite'

/** The encodings staff may choose from when the guess is wrong. */
export const ENCODINGS = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'windows-1250',
  'windows-1251',
  'iso-8859-15',
  'macintosh',
] as const

const SAMPLE = 65_536
const TELLING_SAMPLE = 16_384
const SURE_ENOUGH = 0.5

/** Where Windows-1252, by far the commonest, is nearly as likely as the best guess, it is taken. */
const NEARLY = 0.8

/** Encodings with one byte for each character that offices still use, by the names that the detector gives them. */
const ONE_BYTE = /^(windows-125[0-8]|iso-8859-(1|2|5|7|9|15)|macroman|maccyrillic|koi8-[ru])$/

/** Looks at a file while it passes and then says how its text is written. */
export interface EncodingGuess {
  watch(piece: Buffer): void
  /** An encoding, or null when this is no text at all. */
  encoding(): Promise<string | null>
}

/** By its mark if it has one, else UTF-8 if every byte of it is, else by its letters, else Windows-1252. */
export function encodingGuess(): EncodingGuess {
  const strict = new TextDecoder('utf-8', { fatal: true })
  let utf8 = true
  let sample = Buffer.alloc(0)
  return {
    watch(piece) {
      if (sample.length < SAMPLE) sample = Buffer.concat([sample, piece.subarray(0, SAMPLE - sample.length)])
      utf8 &&= decodes(strict, piece)
    },
    encoding: async () =>
      byMark(sample) ??
      (isBinary(sample) ? null : (byZeros(sample) ?? (utf8 && decodes(strict) ? 'utf-8' : await byLetters(sample)))),
  }
}

function decodes(strict: InstanceType<typeof TextDecoder>, piece?: Buffer): boolean {
  try {
    strict.decode(piece, { stream: piece !== undefined })
    return true
  } catch {
    return false
  }
}

function byMark(sample: Buffer): string | null {
  if (sample.subarray(0, 3).equals(Buffer.from('efbbbf', 'hex'))) return 'utf-8'
  if (sample.subarray(0, 2).equals(Buffer.from('fffe', 'hex'))) return 'utf-16le'
  return sample.subarray(0, 2).equals(Buffer.from('feff', 'hex')) ? 'utf-16be' : null
}

/** Text in a Western language in UTF-16 has a zero in every other byte. */
function byZeros(sample: Buffer): string | null {
  let even = 0
  let odd = 0
  sample.forEach((byte, at) => {
    if (byte === 0 && at % 2 === 0) even += 1
    if (byte === 0 && at % 2 === 1) odd += 1
  })
  if (odd > sample.length / 5) return 'utf-16le'
  return even > sample.length / 5 ? 'utf-16be' : null
}

function isBinary(sample: Buffer): boolean {
  if (/^(%PDF|GIF8|\x89PNG|\xff\xd8\xff|\x7fELF|MZ|Rar!|7z\xbc)/.test(sample.toString('latin1', 0, 8))) return true
  const control = sample.filter(byte => byte < 32 && byte !== 0 && byte !== 9 && byte !== 10 && byte !== 13).length
  return control > sample.length / 50
}

/** A few names among much ASCII make nobody sure, so the best guess is taken when it gives letters. */
async function byLetters(sample: Buffer): Promise<string> {
  const { detectAll } = await import('jschardet') // heavy, and few files need it
  const guesses = detectAll(telling(sample))
  const western = guesses.find(({ encoding }) => encoding?.toLowerCase() === 'windows-1252')?.confidence ?? 0
  for (const { encoding, confidence } of guesses) {
    if (confidence * NEARLY < western) break
    const name = encoding?.toLowerCase() ?? ''
    if (!iconv.encodingExists(name) || !(confidence >= SURE_ENOUGH || ONE_BYTE.test(name))) continue
    if (!givesLetters(sample, name)) continue
    return { 'iso-8859-1': 'windows-1252', ascii: 'windows-1252', macroman: 'macintosh' }[name] ?? name
  }
  return 'windows-1252'
}

/** The lines that are not plain ASCII: the others say nothing, and the detector is slow. */
function telling(sample: Buffer): Buffer {
  const lines = sample.toString('latin1').split(/[\r\n]+/)
  const odd = lines.filter(line => /[\x80-\xff]/.test(line)).join('\n')
  return Buffer.from(odd.slice(0, TELLING_SAMPLE), 'latin1')
}

function givesLetters(sample: Buffer, encoding: string): boolean {
  const odd = iconv.decode(sample, encoding).replace(/[\0-\x7f]/g, '')
  const letters = odd.replace(/[^\p{L}\p{M}]/gu, '')
  return odd !== '' && !odd.includes('\ufffd') && letters.length >= odd.length / 2
}

import iconv from 'iconv-lite'
import { detect } from 'jschardet'

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
const SURE_ENOUGH = 0.5

/** Looks at a file while it passes and then says how its text is written. */
export interface EncodingGuess {
  watch(piece: Buffer): void
  /** An encoding, or null when this is no text at all. */
  encoding(): string | null
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
    encoding: () =>
      byMark(sample) ??
      (isBinary(sample) ? null : (byZeros(sample) ?? (utf8 && decodes(strict) ? 'utf-8' : byLetters(sample)))),
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

function byLetters(sample: Buffer): string {
  const { encoding, confidence } = detect(sample)
  if (encoding === null || confidence < SURE_ENOUGH || !iconv.encodingExists(encoding)) return 'windows-1252'
  return /^(ascii|iso-8859-1|utf-8)$/i.test(encoding) ? 'windows-1252' : encoding.toLowerCase()
}

import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ZipFile } from 'yazl'
import { documentName } from '../../../src/core/documents/documents.ts'
import { checkedType, mediaTypeOf } from '../../../src/core/documents/file-types.ts'

const PNG = Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1')
const JPG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2])
const ODT = 'application/vnd.oasis.opendocument.text'

describe('The kinds of documents', () => {
  let folder: string
  beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'portico-types-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const said = async (name: string, content: Buffer | string): Promise<string> => {
    const file = path.join(folder, 'arrived')
    writeFileSync(file, content)
    const type = await checkedType(file, name)
    return type.ok ? type.value : type.error
  }

  it('are known by their ending and by how they begin', async () => {
    const word = await zipped([
      ['[Content_Types].xml', 'x'],
      ['word/document.xml', 'x'],
    ])
    const odt = await zipped([
      ['mimetype', ODT],
      ['content.xml', 'x'],
    ])

    expect(await said('a.PDF', '%PDF-1.7\n')).to.equal('application/pdf')
    expect(await said('a.png', PNG)).to.equal('image/png')
    expect(await said('a.jpeg', JPG)).to.equal('image/jpeg')
    expect(await said('a.webp', 'RIFF1234WEBPVP8 ')).to.equal('image/webp')
    expect(await said('a.txt', '\ufeffÅngström\r\n\tx')).to.equal('text/plain')
    expect(await said('a.csv', Buffer.from('a;b', 'utf16le').toString('latin1'))).to.equal('content')
    expect(await said('a.csv', Buffer.from('\ufeffa;b', 'utf16le'))).to.equal('text/csv')
    expect(await said('a.docx', word)).to.include('wordprocessingml')
    expect(await said('a.odt', odt)).to.equal(ODT)
  })

  it('are refused when they are none we keep, or hold something else', async () => {
    const word = await zipped([
      ['[Content_Types].xml', 'x'],
      ['word/document.xml', 'x'],
    ])
    const plain = await zipped([['readme.txt', 'x']])
    for (const name of ['a.exe', 'a.svg', 'a.html', 'a.docm', 'a', '.pdf.', 'a.pdf.js'])
      expect(await said(name, '%PDF-'), name).to.equal('kind')
    expect(await said('a.pdf', '')).to.equal('empty')
    for (const [name, content] of [
      ['a.pdf', '<html><script>alert(1)</script>'],
      ['a.pdf', PNG],
      ['a.txt', '  <!DOCTYPE html><p>'],
      ['a.txt', '<svg onload=alert(1)>'],
      ['a.txt', 'MZ\x90\0\x03'],
      ['a.xlsx', word],
      ['a.docx', plain],
      ['a.docx', 'PK\x03\x04 no archive'],
      ['a.odt', word],
      ['a.ods', await zipped([['mimetype', ODT]])],
    ] as const)
      expect(await said(name, content), name).to.equal('content')
  })

  it('are refused when they are two things at once', async () => {
    const archive = await zipped([['evil.js', 'x']])

    expect(await said('a.pdf', Buffer.concat([Buffer.from('%PDF-1.4\n'), archive]))).to.equal('content')
    expect(await said('a.jpg', Buffer.concat([JPG, archive]))).to.equal('content')
    expect(await said('a.txt', Buffer.concat([Buffer.from('hello\n'), archive]))).to.equal('content')
    expect(await said('a.pdf', '%PDF-1.4 mentions PK\x05\x06 and goes on')).to.equal('application/pdf')
  })

  it('are sent as what the table says, else as bytes', () => {
    expect(mediaTypeOf('x.csv')).to.equal('text/csv')
    expect(mediaTypeOf('x.html')).to.equal('application/octet-stream')
    expect(mediaTypeOf('__proto__')).to.equal('application/octet-stream')
  })

  it('carry names without folders, control characters or direction marks, and none too long', () => {
    expect(documentName('../../etc/passwd.pdf')).to.equal('passwd.pdf')
    expect(documentName('C:\\temp\\a.pdf')).to.equal('a.pdf')
    expect(documentName('a\0b\r\nc\u202efdp.pdf')).to.equal('a b c fdp.pdf')
    expect(documentName('re\u0301sume\u0301\ud800.pdf')).to.equal('résumé.pdf')
    expect(documentName(`${'x'.repeat(5000)}.pdf`)).to.match(/^x{196}\.pdf$/)
    expect(documentName(`a.${'x'.repeat(5000)}`)).to.have.length(200)
    expect(documentName('..')).to.equal('..')
  })
})

async function zipped(parts: [name: string, content: string][]): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [name, content] of parts) zip.addBuffer(Buffer.from(content), name, { compress: false })
  zip.end()
  const pieces: Buffer[] = []
  for await (const piece of zip.outputStream) pieces.push(Buffer.from(piece as Buffer))
  return Buffer.concat(pieces)
}

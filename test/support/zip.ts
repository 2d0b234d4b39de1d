import { buffer } from 'node:stream/consumers'
import { fromBuffer } from 'yauzl'

/** What is in an archive, by name. */
export async function unzipped(archive: Buffer): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>()
  return new Promise((resolve, reject) => {
    fromBuffer(archive, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error)
      zip.on('end', () => resolve(entries))
      zip.on('error', reject)
      zip.on('entry', entry => {
        zip.openReadStream(entry, (wrong, stream) => {
          if (wrong) return reject(wrong)
          void buffer(stream).then(content => {
            entries.set(entry.fileName, content)
            zip.readEntry()
          }, reject)
        })
      })
      zip.readEntry()
    })
  })
}

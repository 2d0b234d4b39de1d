import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import S3rver from 's3rver'
import type { BucketConfig } from '../../src/config.ts'
import { scratchFolder } from './scratch.ts'

/** A real server of this machine that speaks S3, with one empty bucket. */
export interface S3Server {
  bucket: BucketConfig
  stop(): Promise<void>
}

export async function anS3Server(): Promise<S3Server> {
  const directory = mkdtempSync(path.join(scratchFolder(), 's3-'))
  const name = 'portico'
  const buckets = [{ name, configs: [] }]
  const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets: buckets })
  const { port } = await server.run()
  const endpoint = `http://127.0.0.1:${String(port)}`
  return {
    bucket: { endpoint, name, region: 'us-east-1', accessKey: 'S3RVER', secretKey: 'S3RVER' },
    async stop() {
      await server.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

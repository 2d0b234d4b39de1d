import { chmodSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Client } from 'pg'
import { embeddedPostgres } from '../../support/embedded-postgres.ts'
import type { DatabaseServer } from './engine.ts'

/** A PostgreSQL of our own in a folder, with the settings it comes with: what is committed is on the disk. */
export async function postgresServer(folder: string): Promise<DatabaseServer> {
  chmodSync(folder, 0o755) // it runs as another person when the bench runs as root
  const databaseDir = path.join(folder, 'postgres')
  const { server, urlOf } = await embeddedPostgres(databaseDir)
  const tell = (statement: string): Promise<void> => told(urlOf('postgres'), statement)
  return {
    engine: 'postgres',
    pid: Number(readFileSync(path.join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0]),
    urlOf,
    create: name => tell(`create database "${name}"`),
    copy: (from, to) => tell(`create database "${to}" template "${from}" strategy file_copy`),
    drop: name => tell(`drop database if exists "${name}" with (force)`),
    stop: () => server.stop(),
  }
}

async function told(connectionString: string, statement: string): Promise<void> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

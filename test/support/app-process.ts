import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import pino from 'pino'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { createPasswords, type PasswordCost } from '../../src/core/passwords.ts'
import { openDb } from '../../src/db/index.ts'

// Run as a process of its own: the pages over the database of the environment, with the password cost that it is given and
// no background work. Says its port once it listens.
const config = readConfig(process.env)
const db = openDb(config.databaseUrl)
const log = pino({ level: config.logLevel }, pino.destination(2))
const passwords = createPasswords(JSON.parse(process.argv[2] ?? '') as PasswordCost)
const app = createApp({ db, config, log, passwords, now: Date.now, wakeWorker: () => undefined })
const server = createServer(app).listen(0, 'localhost', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())

import { spawn } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { projectRoot } from '../src/root.ts'

const LINES = 5000
const TALKER = `
  import { logLines } from './src/log.ts'
  process.stdout.on('error', () => undefined)
  const log = logLines(process.stdout.fd)
  for (let at = 0; at < ${String(LINES)}; at += 1) log.write('{"at":' + at + ',"text":"' + 'x'.repeat(100) + '"}\\n')
  process.exit(1)
`

describe('The log of the server', () => {
  it('is there to its last line when whoever reads it is behind as the process ends', async () => {
    const talker = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', TALKER], {
      cwd: projectRoot,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const text: Buffer[] = []
    await setTimeout(900) // it has begun, and fills what may be on its way
    talker.stdout.on('data', (piece: Buffer) => text.push(piece))
    await new Promise(resolve => talker.on('close', resolve))

    const lines = Buffer.concat(text).toString().trimEnd().split('\n')
    expect(lines.map(line => (JSON.parse(line) as { at: number }).at)).to.deep.equal(
      Array.from({ length: LINES }, (_, at) => at),
    )
    expect(talker.exitCode).to.equal(1)
  })
})

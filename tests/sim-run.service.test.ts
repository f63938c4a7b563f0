import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const execute = promisify(execFile)
const vafa = (...args: string[]) => execute(process.execPath, ['cli/vafa.js', 'sim', ...args])
const examples = 'examples/scenarios'
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vafa-scenario-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const scenario = async (text: string) => {
  const file = join(folder, 'scenario.yaml')
  await writeFile(file, text)
  return file
}

describe('vafa sim run', { timeout: 60_000 }, () => {
  test.each(readdirSync(examples))('plays the example %s to its end', async (name) => {
    const { stdout } = await vafa('run', join(examples, name), '--store', '--json')
    const { steps } = JSON.parse(stdout) as { steps: { error?: unknown }[] }
    expect(steps.length).toBeGreaterThan(0)
    expect(steps.filter(({ error }) => error)).toEqual([])
  })

  test('plays the example that docs/simulators.md shows', async () => {
    const [, shown = ''] = /```yaml\n(.*?)```/s.exec(await readFile('docs/simulators.md', 'utf8')) ?? []
    const { stdout } = await vafa('run', await scenario(shown), '--store', '--json')
    expect(JSON.parse(stdout).steps.length).toBe(shown.match(/^ {2}- /gm)?.length)
  })

  test('names the line and the step where something else came than was expected, and fails', async () => {
    const file = await scenario(
      'scenario: a sale\nsteps:\n  - sale: 1000\n  - expect: { answer: quote, with: { payable: 7 } }\n    within: 0.2\n',
    )
    await expect(vafa('run', file, '--store')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /scenario\.yaml:4: step 2 of 2 \(expect .*payable.*: it did not come in 0\.2 s; there was .*quote/,
      ),
    })
  })

  test('names the line of a step that cannot be read, and plays nothing', async () => {
    const file = await scenario('scenario: a sale\nsteps:\n  - sale: 1000\n  - juggle: 3\n')
    await expect(vafa('run', file, '--store')).rejects.toMatchObject({
      code: 3,
      stderr: expect.stringContaining('scenario.yaml:4'),
    })
  })
})

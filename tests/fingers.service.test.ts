import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeInstallation } from '#cli/installation.ts'
import { emptyFlash } from '#simulators/fingerprint/sensor-model.ts'
import { startVirtualSensor } from '#simulators/fingerprint/virtual-sensor.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startProcess, startVafa, vafaCommand } from '#simulators/process/watched-process.ts'

async function installed() {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-fingers-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const port = await freePort()
  const finger = {
    device: 'finger-1',
    lane: 'lane-1',
    driver: 'fingerprint-r30x',
    options: { connection: { tcp: { host: '127.0.0.1', port } } },
  }
  const store = { store: 's1', title: { fa: 'فروشگاه', en: 'Store' }, lanes: [{ lane: 'lane-1' }], devices: [finger] }
  const { gatewayConfigs } = writeInstallation({
    folder: join(folder, 'installation'),
    club: 'test',
    clubPort: await freePort(),
    stores: [store],
  })
  return { folder, port, config: gatewayConfigs.get('s1') ?? '' }
}

const vafa = (args: readonly string[]) =>
  new Promise<{ code: number; text: string }>((resolve) => {
    const [program, ...rest] = vafaCommand(args)
    execFile(program, rest, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, text: `${stdout}${stderr}` }),
    )
  })

test('vafa fingers names the sensor that is not used and why, and begins anew with it', async () => {
  const { port, config } = await installed()
  const sensor = await startVirtualSensor({ tcp: { port } }, { flash: { ...emptyFlash(), fingers: { 3: 'somebody' } } })
  onTestFinished(() => sensor.close())
  expect(await vafa(['fingers', 'list', '-c', config])).toMatchObject({ code: 4, text: expect.stringMatching(/no gateway runs/) })

  const gateway = startVafa(['gateway', '-c', config])
  onTestFinished(async () => void (await gateway.stop()))
  await gateway.line(/the fingerprint sensor is not used/)
  const { text } = await vafa(['fingers', 'list', '-c', config])
  expect(text).toMatch(/^finger-1 \(lane-1\): not used; 0 of 200 fingers\n {2}it holds fingers that this box did not put there/)
  expect(await vafa(['fingers', 'empty', 'finger-1', '-c', config])).toMatchObject({ code: 0 })
  expect(sensor.flash.fingers).toEqual({})
})

test('vafa sim finger is a sensor whose fingers outlive it', async () => {
  const { folder, config } = await installed()
  const flash = join(folder, 'sensor.json')
  const [program, ...args] = vafaCommand(['sim', 'finger', '-c', config, '--flash', flash, '--capacity', '2'])
  const sim = startProcess('sh', ['-c', 'printf "fill\\nslots\\nquit\\n" | "$0" "$@"', program, ...args])
  expect(await sim.ended).toBe(0)
  expect(sim.output()).toMatch(/slot 0: somebody 0\nslot 1: somebody 1/)
  expect(JSON.parse(readFileSync(flash, 'utf8')).fingers).toEqual({ 0: 'somebody 0', 1: 'somebody 1' })
})

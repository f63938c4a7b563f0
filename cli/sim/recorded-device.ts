import type { Driver } from '#drivers/contract.ts'
import { loadDrivers } from '#drivers/registry.ts'
import { controlPath, type GatewayConfig } from '#gateway/config.ts'
import { reachGateway } from '#gateway/control.ts'
import { localBrokerOf } from '#gateway/local-broker.ts'
import { pathBeside } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'

/** Two gateways on one store would give two facts one number. */
export async function refuseRunning(config: GatewayConfig, file: string): Promise<void> {
  const running = await reachGateway(pathBeside(file, controlPath(config)))
  if (!running) return
  running.close()
  throw new VafaError({
    key: 'gateway.running',
    message: `the gateway of ${config.store} runs: this one would take its place`,
    hint: 'stop it first (sudo systemctl stop vafa-gateway); head office captures a running one’s device (docs/remote-hands.md)',
    permanent: false,
  })
}

/** A device of a store by its name, with its lanes. Throws `usage.device` where the store has none of that name. */
export async function deviceOf(
  config: GatewayConfig,
  file: string,
  name: string,
): Promise<{ index: number; driver: Driver; parsed: unknown; lanes: readonly string[] }> {
  const devices = [...config.devices, ...localBrokerOf(config)]
  const index = devices.findIndex(({ device }) => device === name)
  const device = devices[index]
  const driver = device && (await loadDrivers([device.driver])).get(device.driver)
  if (!device || !driver)
    throw new VafaError({
      key: 'usage.device',
      message: `${file} has no device ${name}`,
      hint: `it has ${devices.map((one) => one.device).join(', ')}`,
    })
  const parsed = driver.options.parse(device.options)
  return { index, driver, parsed, lanes: driver.lanes?.(parsed) ?? [device.lane] }
}

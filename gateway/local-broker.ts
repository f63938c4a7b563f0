import { type DeviceConfig, type GatewayConfig, localBrokerName } from './config.ts'

/**
 * The box's own broker as a device of the driver `till-mqtt`, so that it is looked after like the others: a port that is
 * taken is told and tried again. Lanes without a password have no access.
 */
export function localBrokerOf({ club, lanes, localBroker }: GatewayConfig): DeviceConfig[] {
  const [first] = lanes
  if (!localBroker || !first) return []
  const open = lanes.flatMap(({ lane, secretFile }) => (secretFile === undefined ? [] : [{ lane, secretFile }]))
  return [
    { device: localBrokerName, lane: first.lane, driver: 'till-mqtt', options: { ...localBroker, club: club.name, lanes: open } },
  ]
}

import { type DeviceConfig, type GatewayConfig, localBrokerName } from './config.ts'

/**
 * The box's own broker as a device of the driver `till-mqtt`, so that it is looked after like the others: a port that is
 * taken is told and tried again. Lanes without a password have no access over TCP, lanes without a page none by a browser.
 */
export function localBrokerOf(config: GatewayConfig): DeviceConfig[] {
  const { club, lanes, localBroker, pages } = config
  const [first] = lanes
  if ((!localBroker && !pages) || !first) return []
  const open = localBroker
    ? lanes.flatMap(({ lane, secretFile }) => (secretFile === undefined ? [] : [{ lane, secretFile }]))
    : []
  const options = { ...localBroker, club: club.name, lanes: open, ...(pages ? { pages: pagesOf(config, pages) } : {}) }
  return [{ device: localBrokerName, lane: first.lane, driver: 'till-mqtt', options }]
}

function pagesOf(config: GatewayConfig, { staffPinFile, survey, ...listen }: NonNullable<GatewayConfig['pages']>) {
  const { store, title = { fa: store, en: store }, language, moneyShown, currency, timeZone } = config
  const shown = { title, language, moneyShown, currency, timeZone, staff: staffPinFile !== undefined, survey }
  const lanes = config.lanes.flatMap(({ lane, kind, page }) => (page === 'none' ? [] : [{ lane, kind, page }]))
  return { ...listen, lanes, shown }
}

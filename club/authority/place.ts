import type { ClubConfig } from '../config.ts'

/** Where a club's authority is and what it certifies, as club.yaml has it. */
export function trustPlace(config: ClubConfig, trust: NonNullable<ClubConfig['trust']>) {
  const { club, broker } = config
  const { folder, names } = trust
  if (broker === undefined) return { club, folder, names, brokerFolder: undefined }
  // The club, too, must find Mosquitto's certificate to be made out to where it connects.
  const host = new URL(broker.mosquitto.url).hostname.replace(/^\[|\]$/g, '')
  return { club, folder, names: [...new Set([...names, host])], brokerFolder: broker.mosquitto.files }
}

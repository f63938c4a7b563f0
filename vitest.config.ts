import { defineConfig } from 'vitest/config'

/** One project a tier; `scripts/test.js` runs them in this order and prints each tier's time. */
const tier = (
  name: string,
  include: string[],
  testTimeout: number,
  more: { exclude?: string[]; globalSetup?: string[] } = {},
) => ({
  test: { name, include, testTimeout, hookTimeout: testTimeout, pool: 'forks' as const, ...more },
})

const folders = '{protocol,programme,receipts,runtime,gateway,club,cli}'
/** Codecs of devices and terminals, their drivers and simulators: what is fuzzed most. */
const devices = '{drivers,agent,simulators}'
/** What starts daemons, brokers or commands is called so, beside the code that it is about. */
const services = [`${folders}/**/*.service.test.ts`, `${devices}/**/*.service.test.ts`, 'tests/*.service.test.ts']

export default defineConfig({
  test: {
    projects: [
      tier('unit', [`${folders}/**/*.test.ts`, 'tests/*.test.ts'], 20_000, { exclude: services }),
      tier('drivers', [`${devices}/**/*.test.ts`, 'tests/parsers/**/*.test.ts'], 20_000, { exclude: services }),
      tier('services', services, 20_000),
      tier('devices', ['tests/devices/**/*.test.ts'], 60_000),
      tier('databases', ['tests/databases/**/*.test.ts'], 60_000, { globalSetup: ['tests/databases/postgres-server.ts'] }),
      tier('crash', ['tests/crash/**/*.test.ts'], 60_000),
      tier('faults', ['tests/faults/**/*.test.ts'], 170_000),
      tier('hostile', ['tests/hostile/**/*.test.ts'], 120_000),
    ],
  },
})

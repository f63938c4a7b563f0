import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take longest begin first, so that no worker is left alone with one at the end. */
const longest = [
  'tests/guides.service.test.ts',
  'tests/sim-run.service.test.ts',
  'tests/sim-record.service.test.ts',
  'tests/updates.service.test.ts',
  'tests/configuration-push.service.test.ts',
  'tests/backup-and-trace.service.test.ts',
  'tests/agent.service.test.ts',
  'tests/remote-hands.service.test.ts',
  'tests/devices/pcsc.test.ts',
  'tests/devices/virtual-devices.test.ts',
  'tests/devices/pos-nexo-chain.test.ts',
  'tests/devices/tap-to-receipt.test.ts',
  'tests/devices/paper-till-to-club.test.ts',
]
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((name) => moduleId.endsWith(`/${name}`))
      return at < 0 ? longest.length : at
    }
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}

/** Files of one worker share the modules that they load: to load them for each file again took as long as the tests. */
const shared = { isolate: false }

/** One project a tier; `scripts/test.js` runs them in this order and prints each tier's time. */
const tier = (
  name: string,
  include: string[],
  testTimeout: number,
  more: { exclude?: string[]; globalSetup?: string[]; retry?: number } = {},
) => ({
  test: { name, include, testTimeout, hookTimeout: testTimeout, pool: 'forks' as const, ...shared, ...more },
})

/**
 * Tests of whole processes share two noisy cores with one another: one that fails gets a second attempt, and
 * `scripts/test.js` names each that needed it, for it is a fault to be found.
 */
const processes = { retry: 1 }

const folders = '{protocol,programme,receipts,runtime,gateway,club,web,cli}'
/** Codecs of devices and terminals, their drivers and simulators: what is fuzzed most. */
const devices = '{drivers,agent,simulators}'
/** What starts daemons, brokers or commands is called so, beside the code that it is about. */
const services = [`${folders}/**/*.service.test.ts`, `${devices}/**/*.service.test.ts`, 'tests/*.service.test.ts']

export default defineConfig({
  test: {
    // Most tests wait for another process; more workers than this, and deadlines become a matter of luck.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      tier('unit', [`${folders}/**/*.test.ts`, 'tests/*.test.ts'], 20_000, { exclude: services }),
      tier('drivers', [`${devices}/**/*.test.ts`, 'tests/parsers/**/*.test.ts'], 20_000, { exclude: services }),
      tier('services', services, 20_000, processes),
      tier('devices', ['tests/devices/**/*.test.ts'], 60_000, processes),
      tier('databases', ['tests/databases/**/*.test.ts'], 60_000, {
        globalSetup: ['tests/databases/postgres-server.ts'],
        ...processes,
      }),
      tier('crash', ['tests/{crash,faults}/**/*.test.ts'], 170_000, processes),
      tier('world', ['tests/world/**/*.test.ts'], 240_000),
      tier('pages', ['tests/pages/**/*.test.ts'], 60_000, { globalSetup: ['tests/pages/built-pages.ts'], ...processes }),
      tier('hostile', ['tests/hostile/**/*.test.ts'], 120_000, processes),
    ],
  },
})
